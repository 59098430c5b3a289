"""The simulated JumpCloud: service.py is what it knows and accepts, app.py its paths, v1.py and v2.py its API."""
