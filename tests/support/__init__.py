"""Shared test code: builders of people and groups, the simulators over sockets, the installed command."""
