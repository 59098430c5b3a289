"""The licences in a bill of materials, from the packages' own metadata. Unknown ones are listed, never left out."""

from collections import Counter
from typing import Any

UNKNOWN = "unknown"


def licence_of(component: dict[str, Any]) -> str:
    """A component's licence: an SPDX expression or id, otherwise a name; classifiers are less exact."""
    stated = component.get("licenses", [])
    expressions = [each["expression"] for each in stated if each.get("expression")]
    ids = [each["license"]["id"] for each in stated if each.get("license", {}).get("id")]
    names = [each["license"]["name"] for each in stated if each.get("license", {}).get("name")]
    return " and ".join(sorted(set(expressions or ids or names))) or UNKNOWN


def name_unknown_licences(bill: dict[str, Any]) -> list[str]:
    """Mark the licence of components without one in their metadata as unknown; returns their names."""
    unknown = [each for each in bill["components"] if licence_of(each) == UNKNOWN]
    for each in unknown:
        each["licenses"] = [{"license": {"name": UNKNOWN}}]
    return sorted(each["name"] for each in unknown)


def licences_in_words(bill: dict[str, Any]) -> str:
    """Text such as "MIT 17, BSD-3-Clause 3", most frequent first; unknown ones last, by name."""
    counted = Counter(map(licence_of, bill["components"]))
    unknown = sorted(each["name"] for each in bill["components"] if licence_of(each) == UNKNOWN)
    known = sorted(((-count, name) for name, count in counted.items() if name != UNKNOWN))
    said = [f"{name} {-count}" for count, name in known]
    return ", ".join([*said, *([f"{UNKNOWN}: {', '.join(unknown)}"] if unknown else [])])
