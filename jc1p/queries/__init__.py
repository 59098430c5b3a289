"""Answers about both sides, pure: why something happens, all users and groups, how a fleet's runs ended."""
