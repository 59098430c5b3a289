"""The real answers of both services, as a bundle that may be shared; redact.py decides what is shown. Pure."""
