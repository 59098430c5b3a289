"""One HTTP service: request path, retries, pace, authentication, TLS."""
