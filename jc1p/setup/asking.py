"""How questions are put: until the answer is good where somebody is there, once where it is an option."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles
from jc1p.errors import Interrupted, Jc1pError, UsageError
from jc1p.setup.places import SecretPlace

Value = TypeVar("Value")
Result = TypeVar("Result")


class Asker(Protocol):
    """Who sits there. What is told may hold names of both services; the asker keeps them from acting."""

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """An answer, the default where nothing is typed. Raises Interrupted when nobody answers."""

    def tell(self, *lines: str) -> None:
        """What was found out."""

    def complain(self, error: Jc1pError) -> None:
        """What is wrong with an answer."""


class Run(Protocol):
    """Does what waits for a service, and stops for a signal."""

    def __call__(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What it comes to. Raises Interrupted, and whatever the work raises."""


@dataclass(slots=True)
class Desk:
    """Everything that a set-up has at hand. `folder` is the configuration's, which paths are relative to.

    `values` are the secrets by key of the configuration, `typed` where those go that were typed.
    """

    asker: Asker
    may_ask: bool
    run: Run
    hide: Callable[[SecretStr], None]
    environment: Mapping[str, str]
    folder: Path
    tls: TlsFiles = KNOWN_ONLY
    values: dict[str, SecretStr] = field(default_factory=dict)
    typed: dict[str, SecretPlace] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    """Names of those that hold a secret, as far as they are known: no program gets them."""
    store: str = ""

    def complain(self, error: Jc1pError) -> None:
        """The question comes back; without anybody to ask, it is the end."""
        if not self.may_ask or isinstance(error, Interrupted):
            raise error
        self.asker.complain(error)

    def until_good(self, given: Value | None, ask: Callable[[], Value], test: Callable[[Value], Result]) -> Result:
        """What the test makes of the given answer, else of the first one asked for that passes."""
        while True:
            try:
                return test(ask() if given is None else given)
            except ValueError as wrong:
                self.complain(UsageError(str(wrong)))
            except Jc1pError as error:
                self.complain(error)
            given = None

    def agrees(self, question: str) -> bool:
        """A yes; what nobody can be asked is taken as one, and was told."""
        return not self.may_ask or self.asker.ask(f"{question} [y/N]").strip().lower() in {"y", "yes"}


def picked(answer: str, count: int) -> int | None:
    """The place in a list that a number from 1 to `count` means; None where it is no such number."""
    word = answer.strip()
    return int(word) - 1 if word.isascii() and word.isdigit() and len(word) < 6 and 1 <= int(word) <= count else None  # noqa: PLR2004


def is_plain(name: str) -> bool:
    """A name that can be shown, typed and written as it is."""
    return bool(name) and name == name.strip() and name.isprintable()


def amount(number: int, what: str) -> str:
    """Such as "1 group", "2 groups"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
