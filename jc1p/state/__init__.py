"""What outlives a run: links and waits, the lock, the journal, the pause note, saved plans."""
