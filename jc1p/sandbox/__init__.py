"""A simulated JumpCloud and a simulated SCIM bridge on loopback: the other side of the wire.

Written from what the vendors document, never from our clients, and sharing no code with them. world.py is the made-up
company and days.py what happens there; jumpcloud/ and bridge/ answer for it, server.py serves both.
"""
