"""The commands and their options, without their work."""
