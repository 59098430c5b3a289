"""Sums up the runs of a whole fleet from their documents: one pair of accounts each, run by any scheduler.

An invalid document becomes Unreadable and is never skipped; an absent one is missing. A failure must not look like
success.
"""

from jc1p.queries.fleet.documents import read_document
from jc1p.queries.fleet.runs import Applying, Fleet, Summed, Told, Unreadable, gather

__all__ = ["Applying", "Fleet", "Summed", "Told", "Unreadable", "gather", "read_document"]
