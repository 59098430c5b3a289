"""The pair of accounts of a configuration, and the folder of its state: read without the models, for a quick answer.

Only three sections are read, by the same rules as the models. If anything in them is unusual, the models decide: they
either accept it or report the problem with its place.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from jc1p.config.addresses import CONSOLES, bridge_addresses, console_address, parse_scim_url
from jc1p.config.choices import Region
from jc1p.config.files import read_text
from jc1p.config.user_folders import user_state_folder
from jc1p.config.yaml_positions import LARGEST_FILE, Loader, read_scalar
from jc1p.state.folder_name import state_folder

SECTIONS = ("jumpcloud", "onepassword", "state")
READ = {("jumpcloud", "region"), ("jumpcloud", "url"), ("jumpcloud", "org_id"), ("onepassword", "scim_url"),
        ("state", "path")}  # fmt: skip


class Odd(Exception):
    """Something unusual that the models have to judge."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The pair of accounts of a configuration, and the folder of its state; `digest` is of the file's text."""

    jumpcloud: str
    org_id: str | None
    bridge: str
    folder: Path
    digest: str

    @property
    def bridge_host(self) -> str:
        """The name that admins know the pair by."""
        return urlsplit(self.bridge).netloc


def read_accounts(path: Path, environment: Mapping[str, str]) -> Accounts:
    """The pair of accounts of a configuration file. Raises ConfigError."""
    text = read_text(path)
    try:
        return accounts_in(values_of(text, environment), path, digest_of(text))
    except (Odd, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RuntimeError):
        return by_the_models(path, environment, digest_of(text))


def digest_of(text: str) -> str:
    """A short digest of a file's text."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def values_of(text: str, environment: Mapping[str, str]) -> dict[tuple[str, str], Any]:
    """The values of these sections that are set. Raises Odd and YAMLError."""
    if len(text) > LARGEST_FILE:
        raise Odd
    root = yaml.compose(text, Loader=Loader)
    if not isinstance(root, yaml.MappingNode):
        raise Odd
    found: dict[tuple[str, str], Any] = {}
    seen: set[Any] = set()
    for key, section in root.value:
        if key.value in seen:
            raise Odd
        seen.add(key.value)
        if key.value not in SECTIONS:
            continue
        if not isinstance(section, yaml.MappingNode):
            raise Odd
        for name, node in section.value:
            place = (key.value, name.value)
            if place in READ:
                found[place] = value_of(node, environment, seen, place)
    return found


def value_of(node: yaml.Node, environment: Mapping[str, str], seen: set[Any], place: tuple[str, str]) -> str | None:
    """A scalar with its variables filled in. Raises Odd for anything else, and for a duplicate key."""
    if not isinstance(node, yaml.ScalarNode) or place in seen:
        raise Odd
    seen.add(place)
    value, is_sound = read_scalar(node, environment)
    if not is_sound:
        raise Odd
    return value


def accounts_in(values: Mapping[tuple[str, str], Any], path: Path, digest: str) -> Accounts:
    """Computed like `settings.state_folder_of`. Raises ValueError and others for what the models have to judge."""
    url, region = values.get(("jumpcloud", "url")), values.get(("jumpcloud", "region"))
    jumpcloud = console_address(url) if url is not None else CONSOLES[Region(region or Region.US)][0]
    org_id = values.get(("jumpcloud", "org_id"))
    if org_id is not None and not re.fullmatch("[0-9a-fA-F]{24}", org_id):
        raise Odd
    bridge = bridge_addresses(parse_scim_url(values["onepassword", "scim_url"]))[0]
    root = root_of(values.get(("state", "path")), path)
    return Accounts(jumpcloud, org_id, bridge, state_folder(root, f"{jumpcloud} {org_id or ''}", bridge), digest)


def root_of(given: str | None, path: Path, default: Callable[[], Path] = user_state_folder) -> Path:
    if given is None:
        return default()
    if "\0" in given or not given:
        raise Odd
    os.fsencode(given)  # raises a ValueError if the locale lacks a character
    return Path(path.parent / Path(given).expanduser())


def by_the_models(path: Path, environment: Mapping[str, str], digest: str) -> Accounts:
    from jc1p.config.loader import load_config  # noqa: PLC0415 - only for unusual values
    from jc1p.config.settings import state_folder_of  # noqa: PLC0415 - as above

    config = load_config(path, environment, needs_secrets=False).config
    jumpcloud, bridge = config.jumpcloud, config.onepassword
    return Accounts(jumpcloud.api_root, jumpcloud.org_id, bridge.scim_root, state_folder_of(config), digest)
