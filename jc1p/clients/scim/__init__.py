"""1Password's SCIM bridge, read and written."""
