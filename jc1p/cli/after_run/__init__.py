"""Steps after a run: report files, metrics, GitHub's step summary."""
