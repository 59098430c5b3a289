"""The simulated JumpCloud: service.py has its data and credentials, app.py its paths, v1.py and v2.py its API."""
