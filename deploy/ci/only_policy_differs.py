"""Refuse a proposed jc1p.yaml that changes more than which users and groups jc1p provisions.

    python -I only_policy_differs.py TRUSTED.yaml PROPOSED.yaml

A preview of a proposal needs the real credentials. A proposal could send them elsewhere before its review: through
another address, another secret command or another notification. So this exits 1 and names such sections. Users who can
merge may preview such a change themselves.

jc1p parses both files, because another parser could read the same text differently. So run this with the Python that
jc1p is installed in.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from jc1p.config.yaml_positions import LARGEST_FILE, Loader, parse_yaml
from jc1p.errors import Jc1pError

POLICY = frozenset({"scope", "users", "groups", "guard"})
"""The sections for users, groups and limits; none of them names a host, a file or a program."""


class ForeignFile(Exception):
    """A configuration that can't be compared."""


def sections(path: Path) -> dict[str, Any]:
    """The sections of a configuration, with its variables not filled in.

    Raises ForeignFile for a file that is a link, which could point anywhere, is not a plain file, or is not plain YAML.
    """
    if path.is_symlink() or not path.is_file():
        raise ForeignFile(f"{path} is not a plain file")
    if path.stat().st_size > LARGEST_FILE:
        raise ForeignFile(f"{path} is larger than {LARGEST_FILE:,} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        refuse_tricks(text, path)
        source = parse_yaml(text, str(path), None)
    except (Jc1pError, yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise ForeignFile(f"{path} is not YAML; run `jc1p config check`") from None
    for problem in source.problems:
        raise ForeignFile(f"{path}:{problem.line}:{problem.column}: {problem.key!r}: {problem.message}")
    if not isinstance(source.tree, dict):
        raise ForeignFile(f"{path} has no sections")
    return source.tree


def refuse_tricks(text: str, path: Path) -> None:
    """Raises ForeignFile for YAML that can look like something else; no configuration needs it."""
    for event in yaml.parse(text, Loader=Loader):
        line = f"{path}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ForeignFile(f"{line}: an anchor or alias (& or *); repeat the value instead")
        is_directive = isinstance(event, yaml.DocumentStartEvent) and (event.tags or event.version)
        if is_directive or getattr(event, "tag", None):
            raise ForeignFile(f"{line}: a tag or directive (! or %); remove it")
        if isinstance(event, yaml.ScalarEvent) and event.style and not event.value.strip():
            raise ForeignFile(f"{line}: an empty text; remove the key or the quotes")


def asks_for_variables(tree: object) -> bool:
    """True if a value would be filled in from the environment, which may hold the credentials."""
    if isinstance(tree, dict):
        return any(asks_for_variables(each) for pair in tree.items() for each in pair)
    if isinstance(tree, list):
        return any(map(asks_for_variables, tree))
    return isinstance(tree, str) and "${" in tree


def main(trusted: Path, proposed: Path) -> int:
    """Compare two files; the exit code."""
    try:
        old, new = sections(trusted), sections(proposed)
    except ForeignFile as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    nothing = object()
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name, nothing) != new.get(name, nothing))
    others = [name for name in changed if name not in POLICY]
    filled = [name for name in changed if name in POLICY and asks_for_variables(new.get(name))]
    for name in others:
        sys.stderr.write(f"error: {name!r} differs; a preview allows only {', '.join(sorted(POLICY))} to differ\n")
    for name in filled:
        sys.stderr.write(f"error: {name!r} differs and contains ${{...}}; write the value instead\n")
    return 1 if others or filled else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
