"""The simulated SCIM bridge: store.py holds 1Password's data, app.py routes requests, the rest answers them."""
