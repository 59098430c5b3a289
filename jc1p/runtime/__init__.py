"""Helpers for all modules: signals, redaction, atomic files, concurrency."""
