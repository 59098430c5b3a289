"""The simulated SCIM bridge: store.py is what 1Password holds, app.py how it answers, the rest what it is asked for."""
