"""The JSON document: one set of models for writing it, its published schema, saved plans and reading. Pure."""
