"""jc1p keeps a 1Password Business account in sync with a JumpCloud directory."""

__version__ = "0.1.0"
