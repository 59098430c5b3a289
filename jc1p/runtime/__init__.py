"""What every room may use: signals, redaction, files written whole, a few things at once."""
