"""Whole runs of jc1p against independent SCIM servers, each as its package is published: `make conformance`."""
