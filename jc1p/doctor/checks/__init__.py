"""Judges the probes' answers: pure, each finding with what to do."""
