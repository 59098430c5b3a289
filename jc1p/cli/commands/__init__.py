"""The commands and their options; nothing here knows what they do."""
