"""The JSON document: one set of models to write it, publish its schema, save plans and read it back. Pure."""
