"""What both services really answer, as a bundle that anybody may see: what lets anything through is redact.py. Pure."""
