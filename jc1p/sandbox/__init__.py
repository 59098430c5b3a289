"""A simulated JumpCloud and a simulated SCIM bridge on loopback, for tests and demos.

They are written from the vendors' documentation, not from our clients, and share no code with them. world.py is the
simulated company and days.py its changes; jumpcloud/ and bridge/ answer requests, server.py serves both.
"""
