"""Loads the configuration file: from YAML to Config, or all problems at once, each with its place."""

import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from jc1p.config.fields import nearest
from jc1p.config.files import RISK, SYSTEM_CONFIG, read_text
from jc1p.config.impossible_entries import find_impossible_entries
from jc1p.config.models import Config, Guard, secret_paths
from jc1p.config.notify import WEBHOOKS
from jc1p.config.people_entries import BY_FIELDS, BY_TEXT
from jc1p.config.secrets import FromFile, Given, is_readable_by_others
from jc1p.config.trust import why_untrusted
from jc1p.config.yaml_positions import ANY, Path_, Problem, Source, dotted, parse_yaml
from jc1p.core.attributes import is_known_field
from jc1p.core.nothing import NOTHING
from jc1p.errors import ConfigError

SECRETS = frozenset(
    {("jumpcloud", "api_key"), ("jumpcloud", "client_secret"), ("onepassword", "token"),
     *(("notify", ANY, kind) for kind in WEBHOOKS)}
)  # fmt: skip
"""Keys that hold secrets."""

SECTIONS = "jumpcloud: and onepassword:"

START = "Move it away and run `jc1p init`, or `jc1p config init` for a commented file."

IGNORED = (("jumpcloud", "accelerators"),)
"""Keys that no longer have an effect, accepted for one version so that no scheduled run stops."""


class IgnoredKey(NamedTuple):
    """A key in the file that no longer has an effect; the message says where it is."""

    key: str
    message: str


class Loaded(NamedTuple):
    """A configuration, its file, and warnings about secrets and keys without effect.

    `untrusted` says why other users can change the file, "" if they can't.
    """

    config: Config
    path: Path
    secret_warnings: tuple[str, ...] = ()
    ignored_keys: tuple[IgnoredKey, ...] = ()
    untrusted: str = ""
    unset: tuple[Path_, ...] = ()
    """Secrets whose variable isn't set, if they are optional."""
    places: Mapping[Path_, tuple[int, int]] = NOTHING
    """Line and column of each value in the file."""
    impossible_entries: tuple[str, ...] = ()
    """Entries that can match nothing; the message says where each stands."""

    def where(self, place: Path_) -> str:
        """FILE:LINE:COLUMN of a value; FILE for one that isn't in the file."""
        line_and_column = self.places.get(place)
        return ":".join(map(str, (self.path, *(line_and_column or ()))))

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, as shown."""
        said = [f"{self.path}: {self.untrusted}. {RISK}"] if self.untrusted else []
        ignored = (each.message for each in self.ignored_keys)
        return (*said, *ignored, *self.impossible_entries, *self.secret_warnings)


def load_config(
    path: Path, environment: Mapping[str, str], *, needs_secrets: bool = True, text: str | None = None
) -> Loaded:
    """Load a configuration file; secrets in files and commands are not fetched.

    Without `needs_secrets`, the variables of secrets need not be set: for commands that only need the state. `text` is
    the future content of a file that isn't written yet.

    Raises:
        ConfigError: the file can't be read, or anything in it is wrong; the message has a line `file:line:column: key:
            what is wrong` for every problem.
    """
    text = read_text(path) if text is None else text
    source = parse_yaml(text, str(path), environment, optional=frozenset() if needs_secrets else SECRETS)
    if not isinstance(source.tree, dict):
        what = "the file is empty" if source.tree is None else f"the file must have keys such as {SECTIONS}"
        raise ConfigError(f"{path}:1:1: {what}", hint=START)
    problems = list(source.problems)
    context = {"folder": path.parent, "needs_secrets": needs_secrets, "secret_variables": secret_variables(source)}
    config: Config | None = None
    try:
        config = Config.model_validate(without_nulls(source.tree), context=context)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        found = [problem_of(detail["type"], detail["loc"], detail["msg"], source) for detail in details]
        # An unset variable is reported once, not as a wrong value too.
        problems += [each for each in found if (each.line, each.column) not in {(p.line, p.column) for p in problems}]
    if problems or config is None:
        raise ConfigError(
            "\n".join(f"{path}:{p.line}:{p.column}: {p.key}: {p.message}" for p in ordered(problems)),
            hint=hint_for(problems, source),
        )
    return Loaded(
        config,
        path,
        tuple(warnings_about(config, path, source)),
        tuple(ignored_keys(path, source)),
        # The user may name a pipe too, which no other user can change.
        why_untrusted(path, environment, mounted=SYSTEM_CONFIG.parent) if path.is_file() else "",
        tuple(sorted(source.unset, key=str)),
        source.places,
        tuple(impossible_entries(config, path, source)),
    )


UNSET = " is not set (or empty)"
ABOUT_KEYS = ("unknown key", "duplicate key", "this key ")
"""How problems begin that a list of all keys helps with; the others say themselves what is accepted."""


def hint_for(problems: Sequence[Problem], source: Source) -> str:
    """What to do about the first kind of problem; an unset variable needs no list of keys."""
    unset = [each for each in problems if each.message.endswith(UNSET)]
    if not unset and {each.key for each in problems} == {"onepassword.scim_url"}:
        return "Set onepassword.scim_url to the bridge's address, such as https://scim.example.com."
    if not unset and any(each.message.startswith(ABOUT_KEYS) for each in problems):
        return "`jc1p config schema` lists every key; `jc1p config init` writes a commented file."
    if not unset:
        return f"Correct the value{'s' if len(problems) > 1 else ''}, then run `jc1p config check`."
    name = unset[0].message.removesuffix(UNSET).split()[-1]
    if unset[0].key.startswith(("users.attributes", "groups.name")) and is_known_field(name):
        return f"JumpCloud's field is {{{name}}}, without $."
    secret = any(name in names for path, names in source.variables.items() if is_secret(path))
    return f"Set it with `export {name}=…`{', or write `{file: PATH}` in its place' if secret else ''}."


def secret_variables(source: Source) -> frozenset[str]:
    """The names of the variables that secrets come from."""
    return frozenset().union(*(names for path, names in source.variables.items() if is_secret(path)))


def is_secret(path: Path_) -> bool:
    return tuple(ANY if isinstance(part, int) else part for part in path) in SECRETS


def without_nulls(tree: Any, path: Path_ = ()) -> Any:
    """A key without a value means its default; but in entries about users or groups it would drop a condition."""
    if path in WHOLE:
        return tree
    if isinstance(tree, dict):
        return {key: without_nulls(value, (*path, key)) for key, value in tree.items() if value is not None}
    return [without_nulls(value, (*path, ANY)) for value in tree] if isinstance(tree, list) else tree


WHOLE = frozenset(
    {("scope", "users"), ("scope", "exclude_users"), ("users", "aliases"), ("groups", "names"),
     *(("guard", limit) for limit in Guard.model_fields)}
)  # fmt: skip
"""Their keys are fields, emails, names and parts of a limit: one without a value is a mistake, not a default."""


def ordered(problems: list[Problem]) -> list[Problem]:
    unique = {(p.line, p.column, p.key, p.message): p for p in problems}
    return [unique[key] for key in sorted(unique)]


def problem_of(kind: str, location: tuple[str | int, ...], message: str, source: Source) -> Problem:
    """A pydantic error in our words, at its place in the file."""
    path = real_path(tuple(part for part in location if part not in NO_PLACES), source)
    if kind == "extra_forbidden":
        line, column = source.place(path, of_key=True)
        where = belongs_under(path) or nearest(str(path[-1]), known_keys(path[:-1]))
        return Problem(line, column, dotted(path), f"unknown key{where}")
    if kind == "missing" or (kind == "string_type" and source.is_null(path)):
        is_there = path in source.key_places
        line, column = source.place(path if is_there else path[:-1], of_key=True)
        return Problem(line, column, dotted(path), "this key needs a value" if is_there else "this key is required")
    line, column = source.place(path, of_key=location[-1:] == (OF_KEY,))
    plain = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    for theirs, ours in BOUNDS.items():
        plain = plain.replace(theirs, ours)
    plain = plain.replace("Input should be", "must be")
    ours = WORDS.get(kind, "").format(example(path))
    if kind in NEEDS_KEYS and (keys := EXAMPLES.get(dotted(path))):
        ours += f", such as {keys}"
    return Problem(line, column, dotted(path) or "(file)", ours or plain)


def belongs_under(path: Path_) -> str:
    """The sections that have a key of this name, as the end of a message about one in the wrong place."""
    key = path[-1]
    found = " or ".join(f"{section}:" for section in Config.model_fields if key in known_keys((section,)))
    if not found or key in known_keys(()):
        return ""
    return f"; {'indent it' if len(path) == 1 else 'it belongs'} under {found}"


OF_KEY = "[key]"
"""The end of a pydantic location if the key itself is wrong."""

NO_PLACES = frozenset({OF_KEY, BY_TEXT, BY_FIELDS})
"""Parts of a pydantic location that are not in the file: the marker for a key, and the form of an entry."""

WORDS = {
    "tuple_type": "must be a list, such as {}",
    "list_type": "must be a list",
    "dict_type": "must have keys and values",
    "model_type": "must have keys and values",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number of seconds, such as 30",
    "float_parsing": "must be a number of seconds, such as 30",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_pattern_mismatch": "must be the organization's id, 24 digits and letters from a to f",
}
"""Pydantic messages that mention Python types, in our words."""

NEEDS_KEYS = frozenset({"dict_type", "model_type"})
EXAMPLES = {
    "state": "{path: /var/lib/jc1p}",
    "users.aliases": "{ann@example.com: ann.lee@example.com}",
    "groups.names": "{Eng: Engineering}",
    "onepassword.client_certificate": "{cert: PATH, key: PATH}",
}
"""Examples of keys and values, by key."""

BOUNDS = {
    "Input should be greater than or equal to": "must be at least",
    "Input should be less than or equal to": "must be at most",
    "Input should be greater than": "must be more than",
    "Input should be less than": "must be less than",
}
"""How pydantic's messages about a limit begin, and our words; the limit follows. The longest are first."""


def example(path: Path_) -> str:
    """An example of a list under a key."""
    if path in {("users", "protected"), ("scope", "exclude_users")}:
        return "[ann@example.com]"
    if path == ("scope", "users"):
        return "[{department: Sales}]"
    if path == ("notify",):
        return "[{slack: ${SLACK_WEBHOOK}}]"
    return {"on": "[refused, failed]", "exec": "[/usr/local/bin/page]"}.get(str(path[-1]), "[Engineering]")


def real_path(location: tuple[str | int, ...], source: Source) -> Path_:
    """A pydantic location without the names of union members, which are not in the file."""
    path: Path_ = ()
    for part in location:
        longer = (*path, part)
        is_last = part == location[-1]
        if longer in source.places or longer in source.key_places or is_last or not path:
            path = longer
    return path


def known_keys(path: Path_) -> list[str]:
    """The keys that a section of the configuration has."""
    model: Any = Config
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if isinstance(model, type) and issubclass(model, BaseModel) else None
        if field is None:
            return []
        candidates = [field.annotation, *get_args(field.annotation)]
        model = next((each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)), None)
    return sorted(name for name, field in model.model_fields.items() if not field.deprecated) if model else []


def ignored_keys(path: Path, source: Source) -> Iterator[IgnoredKey]:
    """The keys of the file that no longer have an effect, each with its place."""
    for place in IGNORED:
        if place in source.key_places:
            line, column = source.place(place, of_key=True)
            key = dotted(place)
            said = "this key no longer has any effect. Delete it: the next version rejects it."
            yield IgnoredKey(key, f"{path}:{line}:{column}: {key}: {said}")


def impossible_entries(config: Config, path: Path, source: Source) -> Iterator[str]:
    """The entries of lists and maps that can match nothing, each with its place."""
    for place, reason in find_impossible_entries(config):
        line, column = source.place(place, of_key=isinstance(place[-1], str))
        yield f"{path}:{line}:{column}: {dotted(place)}: {reason}"


def warnings_about(config: Config, path: Path, source: Source) -> list[str]:
    """Secrets in plain text, and files with secrets that other users may read."""
    warnings = []
    for place, secret in secret_paths(config).items():
        name = dotted(place)
        if isinstance(secret, Given) and place not in source.from_variables:
            warnings.append(f"{path}: {name} is a secret in plain text; use ${{NAME}}, {{file: PATH}} or op://")
            if is_readable_by_others(path):
                mode = stat.S_IMODE(path.stat().st_mode)
                warnings.append(f"{path}: other users can read the secrets in it (mode {mode:o}). {closed(path)}")
        if isinstance(secret, FromFile) and is_readable_by_others(secret.path):
            readable = f"{secret.path}: the file contains {name}, and other users can read it"
            warnings.append(f"{readable}. {closed(secret.path)}")
    return list(dict.fromkeys(warnings))


def closed(path: Path) -> str:
    """The command that takes a file away from other users."""
    return f"Run `chmod 600 {shlex.quote(str(path))}`."
