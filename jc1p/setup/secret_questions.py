"""Where to read a secret from, and its value for the trial: found there, or typed without an echo."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from jc1p.config.secrets import FromFile, FromOnePassword, checked, resolve_secret
from jc1p.errors import ConfigError
from jc1p.runtime.atomic_write import why_unwritable
from jc1p.setup.places import VARIABLE, SecretPlace, Variable, parse_place, said_of_place
from jc1p.setup.questions import Desk, picked

STORES = ("variable", "file", "1password")


@dataclass(frozen=True, slots=True)
class SecretKind:
    """One secret of the configuration: its key, its name for messages, and its usual place."""

    key: str
    what: str
    variable: str
    file: str


API_KEY = SecretKind("jumpcloud.api_key", "JumpCloud API key", "JUMPCLOUD_API_KEY", "jumpcloud-api-key")
CLIENT_SECRET = SecretKind(
    "jumpcloud.client_secret", "JumpCloud client secret", "JUMPCLOUD_CLIENT_SECRET", "jumpcloud-client-secret"
)
TOKEN = SecretKind("onepassword.token", "SCIM bridge's bearer token", "OP_SCIM_TOKEN", "op-scim-token")

USUAL_VARIABLES = frozenset({API_KEY.variable, CLIENT_SECRET.variable, TOKEN.variable})


def withheld(desk: Desk) -> frozenset[str]:
    """The variables that no program may inherit: those named so far, and those that usually contain a secret."""
    return USUAL_VARIABLES | desk.variables


def note_variables(desk: Desk, places: Iterable[SecretPlace | None]) -> None:
    """From now on no program gets these."""
    desk.variables |= {place.name for place in places if isinstance(place, Variable)}


def obtain(
    desk: Desk, kind: SecretKind, place: SecretPlace | None, *, refused: bool = False,
    check: Callable[[SecretStr], None] = lambda _: None,
) -> SecretPlace:  # fmt: skip
    """The place of the secret, with its value in `desk.values`; `refused` asks for another value.

    Raises:
        ConfigError, UsageError: it doesn't exist, and there is no terminal to ask on.
    """
    if refused and kind.key not in desk.typed and not isinstance(place, Variable):
        place = None

    offered = iter([place] if place else [])

    def ask() -> SecretPlace:
        return next(offered, None) or ask_place(desk, kind)

    def take(chosen: SecretPlace) -> SecretPlace:
        note_variables(desk, [chosen])
        value = None if refused else found_at(desk, kind, chosen)
        if value is None:
            value = typed(desk, kind, chosen)
            check(value)
            desk.typed[kind.key] = chosen
        check(value)
        desk.values[kind.key] = value
        return chosen

    return desk.until_good(None, ask, take)


def found_at(desk: Desk, kind: SecretKind, place: SecretPlace) -> SecretStr | None:
    """The existing secret, masked from now on; None for an unset variable or a missing file."""
    match place:
        case Variable(name, default):
            text = desk.environment.get(name) or default
            value = checked(text, kind.key, said_of_place(place)) if text else None
        case FromFile():
            path = located(desk, place)
            value = resolve_secret(FromFile(path), key=kind.key) if path.exists() else None
        case _:
            value = resolve_secret(place, key=kind.key, withheld=withheld(desk))
    if value is not None:
        desk.hide(value)
    return value


def located(desk: Desk, place: FromFile) -> Path:
    """The path of a file: relative to the configuration's folder, as in the configuration."""
    return desk.folder / place.path.expanduser()


def typed(desk: Desk, kind: SecretKind, place: SecretPlace) -> SecretStr:
    """A secret from the keyboard, masked from now on. Raises ConfigError."""
    if not desk.may_ask:
        raise ConfigError(
            f"{kind.key}: there is nothing in {said_of_place(place)}", hint=f"Store the {kind.what} there first."
        )
    if isinstance(place, FromFile):
        refuse_unwritable(desk, kind, place)
    answer = desk.asker.ask(f"{kind.what} (hidden)", hidden=True)
    if not answer.strip():
        raise ConfigError(f"nothing was typed: the {kind.what} is missing", hint="Paste it; it is not shown.")
    value = checked(answer, kind.key, "typed")
    desk.hide(value)
    return value


def refuse_unwritable(desk: Desk, kind: SecretKind, place: FromFile) -> None:
    """Raises ValueError for a file that can't be written, or that is used for another secret."""
    path = located(desk, place)
    others = {key: located(desk, each) for key, each in desk.typed.items() if isinstance(each, FromFile)}
    if path in {other for key, other in others.items() if key != kind.key}:
        raise ValueError(f"{path} is already used for another secret")
    if why := why_unwritable(path):
        raise ValueError(f"{path} can't be written: {why}")


# --- places -----------------------------------------------------------------------------------------------------


def ask_place(desk: Desk, kind: SecretKind) -> SecretPlace:
    """The place of this secret, in the store that was chosen for all of them. Raises ValueError."""
    desk.store = desk.store or ask_store(desk)
    if desk.store == "variable":
        return variable_named(desk, desk.asker.ask(f"Environment variable for the {kind.what}", default=kind.variable))
    if desk.store == "file":
        usual = desk.folder / kind.file
        return file_named(desk, desk.asker.ask(f"File for the {kind.what}", default=str(usual)), usual)
    answer = desk.asker.ask(f"1Password reference of the {kind.what}, such as op://vault/item/field")
    place = parse_place(answer)
    if not isinstance(place, FromOnePassword):
        raise ValueError("a 1Password reference looks like op://vault/item/field")  # noqa: TRY004 - an answer, not a type
    return place


def variable_named(desk: Desk, answer: str) -> Variable:
    """A variable's name. Raises ValueError without the input, which may be the secret itself."""
    name = answer.strip().removeprefix("$").strip("{}")
    if not VARIABLE.fullmatch(name) and name not in desk.environment:
        raise ValueError("enter a variable name in capitals, not the secret itself")
    return Variable(name)


def file_named(desk: Desk, answer: str, usual: Path) -> FromFile:
    """A file's name. Raises ValueError without the input."""
    path = Path(answer.strip())
    if path == usual:
        return FromFile(Path(usual.name))
    if "/" not in answer and not (desk.folder / path).is_file():
        raise ValueError("enter a path that begins with / ./ ../ or ~/, not the secret itself")
    return FromFile(path)


def ask_store(desk: Desk) -> str:
    """The store for all secrets; asked once."""
    desk.asker.tell(
        "Where should jc1p read secrets from?",
        "  1  environment variables",
        "  2  files that only you can read",
        "  3  1Password, by op:// references (needs the 1Password CLI wherever jc1p runs)",
    )
    answer = desk.asker.ask("Secrets from", default="1").strip().lower()
    place = picked(answer, len(STORES))
    chosen = STORES[place] if place is not None else answer
    if chosen not in STORES:
        raise ValueError("type 1, 2 or 3")
    return chosen
