"""Compares a group's expected members after its changes with those that the target shows: an answer proves nothing.

Pure. apply decides which groups are read back, and when.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from jc1p.core.attributes import listed
from jc1p.core.plan import Change, Kind

MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Before:
    """What was read before: the accounts in each group, and the name of each account."""

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)


class Written(NamedTuple):
    """The accounts that a change added to a group, or removed from it."""

    change: Change
    account_ids: tuple[str, ...]

    @property
    def adds(self) -> bool:
        """True for added accounts, False for removed ones."""
        return self.change.kind is Kind.ADD_MEMBERS


def unkept(written: Written, shown: AbstractSet[str]) -> tuple[str, ...]:
    """Accounts for which a change had no effect."""
    return tuple(id_ for id_ in written.account_ids if (id_ in shown) is not written.adds)


def lost(
    changes: Iterable[Change], ids: Mapping[str, str], before: AbstractSet[str], shown: AbstractSet[str]
) -> set[str]:  # fmt: skip
    """Accounts that were in a group before, that no change removes, and that are missing now."""
    taken_out = {
        ids[member.key] for change in changes if change.kind is Kind.REMOVE_MEMBERS
        for member in change.members if member.key in ids
    }  # fmt: skip
    return set(before - shown - taken_out)


def unkept_words(written: Written, unkept_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """The members that weren't kept, in words."""
    said = called(unkept_ids, names)
    counted = f"{len(said)} of {len(written.account_ids)} members"
    who = listed(said, most=MOST_NAMES)
    if written.adds:
        return f"{counted} were not saved: {who}; the next run adds them again"
    return f"{counted} {'is' if len(said) == 1 else 'are'} still in the group: {who}; the next run tries again"


def lost_words(lost_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """The members that are missing beyond those, in words."""
    said = called(lost_ids, names)
    noun = "member" if len(said) == 1 else "members"
    lost = listed(said, most=MOST_NAMES)
    return f"{len(said)} other {noun} of the group disappeared: {lost}; the next run adds them again"


def called(account_ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return sorted(names.get(id_, id_) for id_ in account_ids)
