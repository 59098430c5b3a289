"""Words for kinds and counts, and the only way to make remote text printable: as data without any effect."""

import re
import unicodedata
from collections.abc import Iterable

from jc1p.core.attributes import quoted_name
from jc1p.core.outcomes import Failed
from jc1p.core.plan import ORDER_OF_APPLYING, Change, Difference, Kind, Plan, Value
from jc1p.errors import OutcomeUnknown

JOINER, EMOJI_STYLE = "\u200d", "\ufe0f"
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
"""Letters and marks that are invisible (Unicode's default ignorables that are not format characters)."""

PHRASES: dict[Kind, tuple[str, str, str]] = {
    Kind.CREATE_USER: ("Invite", "user", "users"),
    Kind.REACTIVATE_USER: ("Reactivate", "user", "users"),
    Kind.UPDATE_USER: ("Update", "user", "users"),
    Kind.RENAME_USER: ("Change the email of", "user", "users"),
    Kind.LINK_USER: (
        "Match",
        "existing account (no change in 1Password)",
        "existing accounts (no change in 1Password)",
    ),
    Kind.CREATE_GROUP: ("Create", "group", "groups"),
    Kind.RENAME_GROUP: ("Rename", "group", "groups"),
    Kind.ADD_MEMBERS: ("Add members to", "group", "groups"),
    Kind.REMOVE_MEMBERS: ("Remove members from", "group", "groups"),
    Kind.DELETE_GROUP: ("Delete", "group", "groups"),
    Kind.SUSPEND_USER: ("Suspend", "user", "users"),
}


def failing(outcome: Failed) -> str:
    """The outcome of a change that isn't known to be done: failed, or unknown if its answer was lost."""
    return "not known to be done" if isinstance(outcome.error, OutcomeUnknown) else "failed"


REMOVALS_FIRST = tuple(reversed(ORDER_OF_APPLYING))
"""The order for readers: removals first, since reviewers look for them."""


def printable(text: str) -> str:
    """Remote text as one line without effects or hidden characters.

    Control, direction and invisible characters are shown as escapes: two addresses that differ look different. So is a
    colon with which a line could begin a command of GitHub Actions (`::set-output`).
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if shows(text, at) else escape(c) for at, c in enumerate(text))
    return text.replace(":", escape(":"), 1) if text.lstrip().startswith("::") else text


def shows(text: str, at: int) -> bool:
    """True for a visible character, and for one that only joins or colours an emoji."""
    c = text[at]
    if c == JOINER:
        return is_emoji(text[at - 1 : at]) and is_emoji(text[at + 1 : at + 2])
    if c == EMOJI_STYLE:
        return is_emoji(text[at - 1 : at])
    return unicodedata.category(c) not in UNSEEN and not INVISIBLE.match(c)


def is_emoji(c: str) -> bool:
    """True for a symbol, its skin colour or its style; never for a letter."""
    return c == EMOJI_STYLE or (c != "" and unicodedata.category(c) in {"So", "Sk"})


def escape(c: str) -> str:
    """The escape that Python and JSON use."""
    number = ord(c)
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - widths of the escapes


def headline(kind: Kind, count: int) -> str:
    """Text such as "Invite 2 users"."""
    verb, one, many = PHRASES[kind]
    return f"{verb} {count} {one if count == 1 else many}"


def verb_of(kind: Kind) -> str:
    """Text such as "Invite", "Add members to"."""
    return PHRASES[kind][0]


def count_of(count: int, one: str, many: str | None = None) -> str:
    """Text such as "1 group", "1,234 groups"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Text such as "0.6 % of 512"."""
    return f"{100 * part / whole:.1f} % of {whole:,}" if whole else f"of {whole}"


def blast_radius(plan: Plan, kind: Kind) -> str:
    """Text such as "10.0 % of 37 active managed accounts" for removals; "" otherwise."""
    changes = plan.of_kind(kind)
    if kind is Kind.SUSPEND_USER:
        return f"{share(len(changes), plan.bases.owned_accounts)} active managed accounts"
    if kind is Kind.REMOVE_MEMBERS:
        return f"{share(sum(len(change.members) for change in changes), plan.bases.owned_memberships)} memberships"
    return ""


COMMAND = re.compile(
    r"(?<!`)\bjc1p (?:-c (?:'[^']*'|[^\s'`]+) )?[a-z]+(?: [A-Z0-9][\w.-]*)?"
    r"(?: --[a-z][a-z-]*(?: (?!-)[^\s`]*[^\s`.,;:)])?)+"
)


def with_commands_marked(text: str) -> str:
    """A sentence with each command that has options in backticks, for formats that mark code."""
    return COMMAND.sub(r"`\g<0>`", text)


def decapitalised(sentence: str) -> str:
    """A sentence for use within another one."""
    return sentence[:1].lower() + sentence[1:]


def quoted(value: Value) -> str:
    """An attribute's value, printable."""
    return f'"{printable(value)}"' if isinstance(value, str) else "(none)" if value is None else str(value).lower()


def as_sentence(text: str) -> str:
    """A message that stands on a line of its own: a capital letter, and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def shown_name(name: str) -> str:
    """A name or address on its own, such as in a table: quoted where spaces would not show."""
    return name if name == " ".join(name.split()) else f'"{name}"'


def shown_names(names: Iterable[str], *, none: str = "") -> str:
    """Names one after the other: quoted where a sign or a space would mislead."""
    return ", ".join(map(quoted_name, names)) or none


def shown_differences(change: Change) -> list[tuple[str, Difference]]:
    """The differences that an admin wants to see: names and addresses, not what the kind already says."""
    hidden = {"externalId", "active", "name.givenName", "name.familyName"}
    if change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP}:
        hidden |= {"displayName"}
    if change.kind is Kind.CREATE_USER and change.attributes["userName"].after == change.user:
        hidden |= {"userName"}
    return [(name, diff) for name, diff in change.attributes.items() if name not in hidden]
