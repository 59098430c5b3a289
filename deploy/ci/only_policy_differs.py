"""Refuse a proposed jc1p.yaml that changes more than whom and what jc1p provisions.

    python only_policy_differs.py TRUSTED.yaml PROPOSED.yaml

A preview of a proposal needs the real credentials. A proposal that also changes where they are sent, which command
fetches them or whom a notification tells would carry them off before anybody has reviewed it: exit 1, and the
sections are named. Such a change is fine, but is previewed by whoever may merge it.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

POLICY = frozenset({"scope", "users", "groups", "guard"})
"""The sections that say who gets what, and how much of it at once; none of them names a host, a file or a program."""


class ForeignFile(Exception):
    """A configuration that can't be compared."""


def sections(path: Path) -> dict[str, Any]:
    """The top of a configuration. Raises ForeignFile for what isn't one; links could lead to any file."""
    if path.is_symlink() or not path.is_file():
        raise ForeignFile(f"{path} is not a plain file")
    try:
        # As jc1p reads it: every scalar as the text that stands there.
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes no objects
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise ForeignFile(f"{path} is not YAML; `jc1p config check` says where") from None
    if not isinstance(tree, dict):
        raise ForeignFile(f"{path} holds no sections")
    return tree


def asks_for_variables(tree: object) -> bool:
    """True where a policy would have text filled in from the environment, in which the credentials may be."""
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
    changed = sorted(str(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    others = [name for name in changed if name not in POLICY]
    filled = [name for name in changed if name in POLICY and asks_for_variables(new.get(name))]
    for name in others:
        sys.stderr.write(f"error: {name!r} differs; with the real credentials only {', '.join(sorted(POLICY))} may\n")
    for name in filled:
        sys.stderr.write(f"error: {name!r} differs and has ${{...}} in it; write it out\n")
    return 1 if others or filled else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
