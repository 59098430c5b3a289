"""Showing a run: text.py for people, document.py for machines. Neither reads a service nor decides."""
