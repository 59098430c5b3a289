"""The runs of a whole fleet summed up from their documents: one pair of accounts each, started by whatever starts them.

A document that can't be believed is Unreadable, never left out, and one that isn't there is missing: a failure must
not look like success.
"""

from jc1p.queries.fleet.documents import read_document
from jc1p.queries.fleet.runs import Applying, Fleet, Summed, Told, Unreadable, gather

__all__ = ["Applying", "Fleet", "Summed", "Told", "Unreadable", "gather", "read_document"]
