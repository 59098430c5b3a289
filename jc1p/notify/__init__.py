"""Decides which receivers are notified of what, once for each incident, and delivers the notifications."""
