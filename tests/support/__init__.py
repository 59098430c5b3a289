"""What tests share: builders of people and groups, the simulators over sockets, the installed command."""
