"""What both services really answer, as a bundle that may be shared: what lets anything through is redact.py. Pure."""
