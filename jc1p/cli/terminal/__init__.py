"""What a user sees and types while a command runs: streams, log lines, progress, questions, signals."""
