"""Whole runs of jc1p against SCIM servers that we didn't write, each as its package comes: `make conformance`."""
