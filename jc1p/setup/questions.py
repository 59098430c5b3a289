"""Asks questions: on a terminal until the answer is valid, otherwise once with the option's value."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import SecretStr

from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles
from jc1p.errors import DeadlineReached, Interrupted, Jc1pError, UsageError
from jc1p.setup.places import SecretPlace

Value = TypeVar("Value")
Result = TypeVar("Result")


class Asker(Protocol):
    """The source of answers. Text to show may contain remote names; the asker makes them harmless."""

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """An answer, the default for an empty one. Raises Interrupted when there is none."""

    def tell(self, *lines: str) -> None:
        """Show what was found out."""

    def complain(self, error: Jc1pError) -> None:
        """Show what is wrong with an answer."""


class Run(Protocol):
    """Runs work that waits for a service, and stops on a signal or at the time limit."""

    def __call__(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of the work. Raises Interrupted, DeadlineReached, and whatever the work raises."""


@dataclass(slots=True)
class Desk:
    """Everything that a setup needs. `folder` is the configuration's, which paths are relative to.

    `values` are the secrets by configuration key, `typed` where typed ones will be stored.
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
    """Names of the known variables with a secret: no program gets them."""
    store: str = ""

    def complain(self, error: Jc1pError) -> None:
        """Show the error, and the question is asked again; without a terminal, raise it.

        A signal and the end of the command's time limit end the interview.
        """
        if not self.may_ask or isinstance(error, Interrupted | DeadlineReached):
            raise error
        self.asker.complain(error)

    def until_good(self, given: Value | None, ask: Callable[[], Value], test: Callable[[Value], Result]) -> Result:
        """The test's result for the given answer, otherwise for the first typed answer that passes."""
        while True:
            try:
                return test(ask() if given is None else given)
            except ValueError as wrong:
                self.complain(UsageError(str(wrong)))
            except Jc1pError as error:
                self.complain(error)
            given = None

    def agrees(self, question: str) -> bool:
        """True for a yes; without a terminal it counts as yes, since the text was shown."""
        return not self.may_ask or self.asker.ask(f"{question} [y/N]").strip().lower() in {"y", "yes"}


def picked(answer: str, count: int) -> int | None:
    """The index in a list for a number from 1 to `count`; None for anything else."""
    word = answer.strip()
    return int(word) - 1 if word.isascii() and word.isdigit() and len(word) < 6 and 1 <= int(word) <= count else None  # noqa: PLR2004


def is_plain(name: str) -> bool:
    """A name that can be shown, typed and written without escapes."""
    return bool(name) and name == name.strip() and name.isprintable()


def amount(number: int, what: str) -> str:
    """Text such as "1 group", "2 groups"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
