"""Answers about both sides, pure: why something happens, who is where, what a fleet's runs came to."""
