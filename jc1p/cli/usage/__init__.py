"""The words of a command line: options, variables, help, examples, completion, and what a mistaken word meant."""
