"""The values that configuration keys accept: one enumeration for each key or kind of key."""

from enum import StrEnum


class Region(StrEnum):
    """Where the JumpCloud organization is hosted."""

    US = "us"
    EU = "eu"
    IN = "in"


class HoldOrReactivate(StrEnum):
    """What to do with accounts that an admin suspended in 1Password."""

    HOLD = "hold"
    REACTIVATE = "reactivate"


class SuspendOrIgnore(StrEnum):
    """Whether a loss in JumpCloud suspends in 1Password."""

    SUSPEND = "suspend"
    IGNORE = "ignore"


class Staged(StrEnum):
    """What staged users get."""

    IGNORE = "ignore"
    PROVISION = "provision"


class PasswordPending(StrEnum):
    """What users without a password get."""

    PROVISION = "provision"
    WAIT = "wait"


class EmptyGroup(StrEnum):
    """What to do with a group without members that 1Password lacks."""

    SKIP = "skip"
    CREATE = "create"


class ForeignMembers(StrEnum):
    """What to do with members of a pushed group that jc1p doesn't manage."""

    KEEP = "keep"
    REMOVE = "remove"


class EmptySource(StrEnum):
    """Whether an empty scope is accepted."""

    REFUSE = "refuse"
    ALLOW = "allow"
