"""YAML in pages: blocks with jc1p's keys are loaded like a configuration file."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from jc1p.config import Config, load_config
from jc1p.errors import ConfigError
from tools.docs.examples import EXAMPLES
from tools.docs.pages import Page, Problem
from tools.docs.settings import SMALLEST, dotted_keys

ALTERNATIVES = {"jumpcloud": {"client_id", "client_secret"}, "scope": {"groups"}}
"""Keys that replace those of the minimal configuration."""


class Everything(defaultdict[str, str]):
    """An environment in which every variable is set to a value that is valid everywhere."""

    def __init__(self) -> None:
        super().__init__(str)

    def __missing__(self, name: str) -> str:
        return "https://hooks.example.com/x" if re.search("HOOK|URL|ADDRESS", name) else "5f1a00000000000000000001"

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, key: str, default: object = None) -> Any:  # noqa: ARG002 - nothing is unset
        """The variable's value."""
        return self[key]


def check_yaml(page: Page) -> Iterator[Problem]:
    """Every mistake in the YAML and JSON of a page."""
    for block in page.blocks():
        if block.language == "json" and "…" not in block.text and (wrong := json_mistake(block.text)):
            yield page.problem(block.line, f"this is no JSON: {wrong}")
        if block.language not in {"yaml", "yml"}:
            continue
        try:
            values = [as_text(each) for each in yaml.load_all(block.text, yaml.BaseLoader)]
        except yaml.YAMLError as error:
            yield page.problem(block.line, f"this is no YAML: {error}")
            continue
        is_ours = len(values) == 1 and isinstance(values[0], dict) and values[0].keys() & set(Config.model_fields)
        if is_ours and not block.orders.get("foreign") and (wrong := mistake_in(values[0])):
            yield page.problem(block.line, f"no configuration: {wrong}")


def as_text(tree: Any) -> Any:
    """YAML as jc1p reads it: every scalar is text (`on` is not a boolean), and a key without a value has none."""
    if isinstance(tree, dict):
        return {key: as_text(value) for key, value in tree.items()}
    return [as_text(each) for each in tree] if isinstance(tree, list) else tree or None


def json_mistake(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        return str(error)
    return ""


def mistake_in(given: Mapping[str, Any]) -> str:
    """The error of `jc1p config check` for a part of a configuration, after completing it; "" if none."""
    whole: dict[str, Any] = {}
    for section in [*given, *(name for name in SMALLEST if name not in given)]:
        part = given.get(section)
        missing = SMALLEST.get(section, {})
        if isinstance(part, dict):
            stands_alone = part.keys() & ALTERNATIVES.get(section, set())
            whole[section] = part if stands_alone else {**missing, **part}
        else:
            whole[section] = part if section in given and part is not None else missing
    with TemporaryDirectory() as folder:
        path = Path(folder) / "jc1p.yaml"
        path.write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True), encoding="utf-8")
        try:
            load_config(path, Everything())
        except ConfigError as error:
            return error.message.replace(f"{path}:", "")
    return ""


def check_examples() -> Iterator[Problem]:
    """Keys without an example, and examples without a key."""
    known = {key for key in dotted_keys() if "." in key and "[]" not in key}
    groups = {key for key in known if any(other.startswith(f"{key}.") for other in known)}
    for key in sorted(known - groups - EXAMPLES.keys()):
        yield Problem("tools/docs/examples.py", 1, f"{key} has no example")
    for key, example in EXAMPLES.items():
        if key.split("[")[0] not in known and key.split(".")[0] not in Config.model_fields:
            yield Problem("tools/docs/examples.py", 1, f"there is no key {key}")
            continue
        if wrong := mistake_in(nested(key, example)):
            yield Problem("tools/docs/examples.py", 1, f"{key}: {wrong}")


def nested(key: str, example: Any) -> dict[str, Any]:
    """A configuration with only this key, and its partner if it needs one."""
    section, _, name = key.partition(".")
    partner = {"client_id": "client_secret", "client_secret": "client_id"}.get(name)
    inner = {name: example, **({partner: "${NAME}"} if partner else {})} if name else example
    return {section: inner}
