"""JumpCloud's API, read and (for import) written."""
