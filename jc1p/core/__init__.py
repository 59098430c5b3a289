"""Decides what to change, and whether that is allowed. Pure: clock, limits and all readings are passed in."""
