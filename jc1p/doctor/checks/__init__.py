"""What the probes' answers mean: pure judgements, each finding with what to do."""
