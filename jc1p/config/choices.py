"""The words that configuration keys take: one enumeration for each key or kind of keys."""

from enum import StrEnum


class Region(StrEnum):
    """Where the JumpCloud organization lives."""

    US = "us"
    EU = "eu"
    IN = "in"


class HoldOrReactivate(StrEnum):
    """What becomes of accounts that somebody else suspended."""

    HOLD = "hold"
    REACTIVATE = "reactivate"


class SuspendOrIgnore(StrEnum):
    """Whether a loss in JumpCloud suspends in 1Password."""

    SUSPEND = "suspend"
    IGNORE = "ignore"


class Staged(StrEnum):
    """What staged people get."""

    IGNORE = "ignore"
    PROVISION = "provision"


class PasswordPending(StrEnum):
    """What people without a password get."""

    PROVISION = "provision"
    WAIT = "wait"


class EmptyGroup(StrEnum):
    """What becomes of a group without members that 1Password doesn't have yet."""

    SKIP = "skip"
    CREATE = "create"


class ForeignMembers(StrEnum):
    """What becomes of members of a pushed group that jc1p doesn't own."""

    KEEP = "keep"
    REMOVE = "remove"


class EmptySource(StrEnum):
    """Whether nobody in scope is believed."""

    REFUSE = "refuse"
    ALLOW = "allow"
