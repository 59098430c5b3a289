"""YAML with positions: parsed values, and line and column of each key, for useful error messages.

Scalars stay text as written: a group called `0123` or `on` keeps its name, and the models convert numbers and booleans
where needed. Duplicate keys are refused. ${NAME} is filled into scalars after parsing, so that a value can't inject
YAML.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from jc1p.config.yaml_errors import NO_BREAK, SPACES, explain_yaml
from jc1p.errors import ConfigError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST_FILE = 1_000_000
MOST_NODES = 50_000
DEEPEST = 20
VARIABLE = re.compile(r"\$(?:\$\{|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<bad>\{[^}]*\}?))")

Path_ = tuple[str | int, ...]

ANY = "*"
"""Stands for every index of a list in a path."""


class Problem(NamedTuple):
    """One thing wrong in a file; line and column count from 1."""

    line: int
    column: int
    key: str
    message: str


@dataclass(slots=True, eq=False, repr=False)
class Source:
    """A parsed file: dicts and lists with text (or None) at the leaves, and the position of each path.

    `from_variables` are the scalars that came entirely from environment variables; `variables` the names used in each
    scalar.
    """

    tree: Any = None
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    key_places: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    from_variables: set[Path_] = field(default_factory=set)
    variables: dict[Path_, set[str]] = field(default_factory=dict)
    unset: set[Path_] = field(default_factory=set)
    """Scalars with a variable that isn't set and is optional."""

    def is_null(self, path: Path_) -> bool:
        """A key that is there, without a value."""
        value = self.tree
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value is None and path in self.key_places

    def place(self, path: Path_, *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of a path, or of its nearest parent."""
        while path:
            found = (self.key_places if of_key else self.places).get(path) or self.key_places.get(path)
            if found:
                return found
            path = path[:-1]
        return (1, 1)


def parse_yaml(
    text: str, name: str, environment: Mapping[str, str] | None, *, optional: frozenset[Path_] = frozenset()
) -> Source:
    """Parse a file; the variables of `optional` keys need not be set. Without an environment they stay as written.

    Raises:
        ConfigError: it is not YAML at all; other problems are collected in the source.
    """
    if len(text) > LARGEST_FILE:
        raise ConfigError(f"{name}: the file is larger than {LARGEST_FILE:,} characters")
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        hint = "Correct the line, then run `jc1p config check`."
        raise ConfigError(f"{name}:{explain_yaml(error, text)}", hint=hint) from None
    source = Source()
    if node is not None:
        _Walk(source, environment, optional).visit(node, ())
    return source


def read_scalar(node: yaml.ScalarNode, environment: Mapping[str, str]) -> tuple[str | None, bool]:
    """The text of one scalar with its variables filled in, and whether it is valid."""
    source = Source()
    value = _Walk(source, environment).scalar(node, ())
    return value, not source.problems


@dataclass(slots=True, eq=False, repr=False)
class _Walk:
    source: Source
    environment: Mapping[str, str] | None
    optional: frozenset[Path_] = frozenset()
    nodes: int = 0

    def problem(self, node: yaml.Node, path: Path_, message: str) -> None:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.source.problems.append(Problem(line, column, dotted(path), message))

    def visit(self, node: yaml.Node, path: Path_) -> None:
        self.source.tree = self.value(node, path)

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if len(path) > DEEPEST:
            raise ConfigError(f"the configuration has more than {DEEPEST} levels; an alias may contain itself")
        if self.nodes > MOST_NODES:
            raise ConfigError(f"the configuration has more than {MOST_NODES:,} values; aliases may be nested")
        self.source.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if node.tag.startswith("!"):
            self.problem(node, path, f"the tag {node.tag} has no meaning here. Put text that starts with ! in quotes")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, position)) for position, each in enumerate(node.value)]
        return self.scalar(node, path) if isinstance(node, yaml.ScalarNode) else None

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem(key_node, path, "a key must be plain text")
                continue
            key = str(key_node.value)
            if not key_node.style and key.startswith(NO_BREAK):
                self.problem(key_node, (*path, key.strip()), f"indented with {SPACES[NO_BREAK]}")
                continue
            here = (*path, key)
            if key in found:
                line = self.source.key_places[here][0]
                self.problem(key_node, here, f"duplicate key (first in line {line})")
                continue
            self.source.key_places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            found[key] = self.value(value_node, here)
        return found

    def scalar(self, node: yaml.ScalarNode, path: Path_) -> str | None:
        """The text as written, with variables filled in; None for an unquoted null or nothing."""
        text = str(node.value)
        if not node.style and node.tag == "tag:yaml.org,2002:null":
            return None
        environment = self.environment
        if environment is None:
            return text
        filled = VARIABLE.sub(lambda match: self.fill(match, node, path, environment), text)
        if filled != text and not VARIABLE.sub("", text).strip():
            self.source.from_variables.add(path)
        return filled

    def fill(self, match: re.Match[str], node: yaml.Node, path: Path_, environment: Mapping[str, str]) -> str:
        if match["bad"] is not None:
            # The text there is not quoted: it may be part of a secret.
            self.problem(
                node,
                path,
                "${ is not followed by a variable name; write ${NAME} or ${NAME:-default}, or $${ for a literal ${",
            )
            return ""
        name = match["name"]
        if name is None:
            return "${"
        self.source.variables.setdefault(path, set()).add(name)
        found = environment.get(name) or match["default"]
        if found is None and tuple(ANY if isinstance(part, int) else part for part in path) in self.optional:
            self.source.unset.add(path)
            return f"unset-{name}"
        if found is None:
            self.problem(node, path, f"the environment variable {name} is not set (or empty)")
        return found or ""


def dotted(path: Path_) -> str:
    """A path as admins write it: scope.groups[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
