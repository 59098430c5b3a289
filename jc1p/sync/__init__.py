"""The run: read both sides, plan, judge, apply, remember."""
