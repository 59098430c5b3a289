"""Words for kinds and counts, and the one way remote text becomes printable: as data that never acts."""

import unicodedata

from jc1p.plan import Kind

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

PHRASES: dict[Kind, tuple[str, str, str]] = {
    Kind.CREATE_USER: ("Invite", "person", "people"),
    Kind.REACTIVATE_USER: ("Reactivate", "person", "people"),
    Kind.UPDATE_USER: ("Update", "person", "people"),
    Kind.RENAME_USER: ("Change the email of", "person", "people"),
    Kind.LINK_USER: ("Link", "account to its JumpCloud person", "accounts to their JumpCloud people"),
    Kind.CREATE_GROUP: ("Create", "group", "groups"),
    Kind.RENAME_GROUP: ("Rename", "group", "groups"),
    Kind.ADD_MEMBERS: ("Add members to", "group", "groups"),
    Kind.REMOVE_MEMBERS: ("Remove members from", "group", "groups"),
    Kind.DELETE_GROUP: ("Delete", "group", "groups"),
    Kind.SUSPEND_USER: ("Suspend", "person", "people"),
}


def printable(text: str) -> str:
    """Remote text as one line in which nothing acts: control and direction characters show as escapes."""
    return "".join(
        f"\\x{ord(c):02x}" if unicodedata.category(c) in {"Cc", "Cs"} and ord(c) < 0x100  # noqa: PLR2004
        else f"\\u{ord(c):04x}" if c in BIDI_CONTROLS or unicodedata.category(c) in {"Cs", "Zl", "Zp"}
        else c
        for c in text
    )  # fmt: skip


def headline(kind: Kind, count: int) -> str:
    """Such as "Invite 2 people"."""
    verb, one, many = PHRASES[kind]
    return f"{verb} {count} {one if count == 1 else many}"


def count_of(count: int, one: str, many: str | None = None) -> str:
    """Such as "1 group", "1,234 groups"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Such as "0.6 % of 512"."""
    return f"{100 * part / whole:.1f} % of {whole:,}" if whole else f"of {whole}"
