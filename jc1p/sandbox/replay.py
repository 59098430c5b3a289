"""Turns a bundle that `jc1p doctor --record` saved into knobs that make the simulators behave the same. Pure.

A bundle comes from outside: it is only used for existing knobs with values of the right type.
"""

import json
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs

FORMAT, NEWEST = "jc1p recording", 1

CHOICES = {
    "shape": {"2026", "2023"}, "auth_failure": {"scim", "403", "html", "empty"}, "user_order": {"random", "stable"},
    "filters": {"on", "off", "ignore"}, "post_existing": {"409", "return"}, "post_group": {"existing", "second", "409"},
    "email_change": {"pending", "immediate"}, "name_split": {"half", "first"},
    "members": {"always", "nonempty", "detail-only", "never"},
}  # fmt: skip
"""Knobs with fixed values, and these values."""

Knobs = TypeVar("Knobs", JumpCloudKnobs, BridgeKnobs)


def read_bundle(content: bytes) -> tuple[JumpCloudKnobs, BridgeKnobs]:
    """The knobs of a bundle. Raises ValueError with a clear message for anything else."""
    try:
        bundle = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("it is not a complete JSON document") from None
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise ValueError("it is not a recording of `jc1p doctor --record`")
    version = bundle.get("format_version")
    if type(version) is not int or version < 1:
        raise ValueError("its format_version is missing or damaged")
    if version > NEWEST:
        raise ValueError(f"it is of format {version}, and this jc1p knows {NEWEST}: update jc1p")
    knobs = bundle.get("knobs")
    if not isinstance(knobs, dict):
        raise ValueError("it has no knobs")  # noqa: TRY004 - one type of error for all problems
    return turned(JumpCloudKnobs(), knobs.get("jumpcloud")), turned(BridgeKnobs(), knobs.get("bridge"))


def turned(knobs: Knobs, given: object) -> Knobs:
    """Set each knob. Raises ValueError for an unknown name, or a value of another type."""
    if not isinstance(given, dict):
        raise ValueError("it has no knobs")  # noqa: TRY004 - as above
    kinds = get_type_hints(type(knobs))
    known = {each.name for each in fields(knobs)}
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"there is no knob {name[:40]!r}")
        if not fits(kinds[name], value) or (name in CHOICES and value not in CHOICES[name]):
            raise ValueError(f"the knob {name} has a value that it can't have")
        setattr(knobs, name, value)
    return knobs


def fits(kind: Any, value: object) -> bool:
    """Whether a JSON value has a knob's type."""
    if kind == list[str]:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind == dict[str, str]:
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if kind == bool | None:
        return value is None or isinstance(value, bool)
    if kind is float:
        return type(value) in {int, float}
    return type(value) is kind
