"""The configuration's reference, from the models: key, type, default, meaning and an example of every key.

The type comes from the JSON Schema that `jc1p config schema` prints, the default from a minimal configuration.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from jc1p.config import Config
from jc1p.core.attributes import CORE_FIELDS, EXTRA_FIELDS
from tools.docs.examples import EXAMPLES

SMALLEST: dict[str, Any] = {
    "jumpcloud": {"api_key": "${JUMPCLOUD_API_KEY}"},
    "onepassword": {"scim_url": "https://scim.example.com", "token": "${OP_SCIM_TOKEN}"},
    "scope": {"application": "1Password Business"},
}
"""A configuration with only the required keys."""

GIVEN_IN_SMALLEST = frozenset({"api_key", "scim_url", "token", "application"})


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema."""
    return Config.model_json_schema()


@cache
def defaults() -> dict[str, Any]:
    """The default of every key."""
    return Config.model_validate(SMALLEST).model_dump(mode="json")


def section_table(section: str) -> str:
    """The table of one section."""
    lines = ["| key | takes | default | meaning | for example |", "|---|---|---|---|---|"]
    return "\n".join(lines + [row(*parts) for parts in keys_of(section)])


def keys_of(section: str) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Dotted name, schema and default of the keys of a section, or of the section itself if it has no keys."""
    values = schema()["properties"][section]
    yield from below(section, values, defaults()[section])


def below(name: str, values: Mapping[str, Any], default: Any) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    model = resolved(values)
    if "properties" in model:
        required = model.get("required", [])
        for key, child in model["properties"].items():
            own = default.get(key) if isinstance(default, dict) and key not in GIVEN_IN_SMALLEST else None
            yield from below(f"{name}.{key}", {**child, "must": key in required}, own)
        return
    yield name, values, default
    for item in variants(values.get("items", {})):
        if "properties" in resolved(item):
            yield from below(f"{name}[]", item, None)


def variants(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alternative forms of a list item."""
    return list(values.get("oneOf", values.get("anyOf", [values])))


def resolved(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference points to."""
    name = str(values.get("$ref", "")).rpartition("/")[2]
    return {**schema()["$defs"][name], **values} if name else values


def row(name: str, values: Mapping[str, Any], default: Any) -> str:
    given = "required" if values.get("must") else shown(values.get("default") if default is None else default)
    example = EXAMPLES.get(name, values.get("examples", [None])[0])
    meaning = resolved(values).get("description", "")
    return f"| `{name}` | {takes(values)} | {given} | {escaped(meaning)} | {shown(example)} |"


def shown(value: Any) -> str:
    """A value as YAML in one line."""
    if value is None:
        return ""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False).strip()
    text = text.removesuffix("...").strip()
    return f"`{escaped(text)}`"


def escaped(text: str) -> str:
    """Text escaped for a table cell."""
    return text.replace("|", "\\|")


def takes(values: Mapping[str, Any]) -> str:
    """The accepted values of a key, in words."""
    model = resolved(values)
    for forms in (model.get("anyOf", []), model.get("oneOf", [])):
        real = [form for form in forms if form.get("type") != "null"]
        if any("file" in form.get("properties", {}) for form in real):
            return "[secret](#secrets)"
        if any("percent" in form.get("properties", {}) for form in real):
            return "[limit](#limits)"
        if real:
            return " or ".join(dict.fromkeys(takes(form) for form in real))
    if "enum" in model:
        return ", ".join(f"`{value}`" for value in model["enum"])
    if str(model.get("pattern", "")).endswith("[smhd]$"):
        return "[duration](#durations)"
    return simple(model)


def simple(model: Mapping[str, Any]) -> str:
    kind = model.get("type")
    if kind == "array":
        inner = takes(model.get("items", {}))
        return "list" if inner in {"", "keys of its own"} else f"list of {inner}"
    if kind == "object":
        is_map = isinstance(model.get("additionalProperties"), dict) and "properties" not in model
        return "keys and values" if is_map else "keys of its own"
    if kind in {"integer", "number"}:
        low = model.get("minimum", model.get("exclusiveMinimum"))
        over = "over " if "exclusiveMinimum" in model else ""
        limits = f", {over}{low:g} to {model['maximum']:g}" if low is not None and "maximum" in model else ""
        return f"number{limits}"
    words = {"boolean": "`true`, `false`", "string": "path" if model.get("format") == "path" else "text"}
    return words.get(str(kind), "")


def template_fields() -> str:
    """The fields that templates may use."""
    return (
        "Fields: "
        + ", ".join(f"`{{{name}}}`" for name in sorted(CORE_FIELDS | EXTRA_FIELDS))
        + (", and `{attributes.NAME}` for the custom attribute NAME.")
    )


def dotted_keys() -> frozenset[str]:
    """Every key that a page may name, including sections."""
    found = set(Config.model_fields)
    for section in Config.model_fields:
        for name, _, _ in keys_of(section):
            parts = name.split(".")
            found |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return frozenset(found)
