"""What lasts beyond a run: links, waiting changes, the lock, the journal, the pause file, saved plans."""
