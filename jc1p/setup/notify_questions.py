"""Receivers for runs that were blocked or failed: a webhook, whose address is a secret, or a program."""

import shlex
from dataclasses import replace

from pydantic import SecretStr

from jc1p.config.notify import KINDS, WEBHOOKS, check_webhook_url
from jc1p.setup.answers import NONE, Addressee, Answers
from jc1p.setup.places import parse_place
from jc1p.setup.questions import Desk
from jc1p.setup.secret_questions import SecretKind, obtain

CHOICES = f"{', '.join(KINDS)} or {NONE}"


def choose_receivers(desk: Desk, answers: Answers) -> Answers:
    """The receivers; none is an answer too."""
    if answers.notify is not None:
        return replace(answers, notify=tuple(settled(desk, each, at) for at, each in enumerate(answers.notify)))
    desk.asker.tell("Who should be notified of blocked and failed runs?")
    found: list[Addressee] = []
    while receiver := desk.until_good(None, lambda: ask_receiver(desk, len(found)), lambda given: given):
        found.append(receiver[0])
    if not found:
        desk.asker.tell("No notifications: only the exit code shows a failed run.")
    return replace(answers, notify=tuple(found))


def ask_receiver(desk: Desk, at: int) -> tuple[Addressee, ...]:
    """One receiver, or none. Raises ValueError."""
    kind = desk.asker.ask(f"{'Also notify' if at else 'Notify'} ({CHOICES})", default=NONE).strip().lower()
    if kind == NONE:
        return ()
    if kind not in KINDS:
        raise ValueError(f"type {CHOICES}")
    if kind in WEBHOOKS:
        return (settled(desk, Addressee(kind), at),)
    return (Addressee(kind, argv=parse_program(desk.asker.ask("Program and its arguments"))),)


def settled(desk: Desk, receiver: Addressee, at: int) -> Addressee:
    """The same with a known address that accepts a POST."""
    if receiver.kind not in WEBHOOKS:
        return receiver
    return replace(receiver, place=obtain(desk, kind_of(receiver.kind, at), receiver.place, check=check_address))


def check_address(value: SecretStr) -> None:
    """Raises ValueError, without the address in it."""
    check_webhook_url(value.get_secret_value())


def kind_of(kind: str, at: int) -> SecretKind:
    number = f"_{at + 1}" if at else ""
    variable = f"{kind.upper()}_WEBHOOK{number}" if kind != "webhook" else f"WEBHOOK{number}"
    what, file = ("webhook address", "webhook") if kind == "webhook" else (f"{kind} webhook", f"{kind}-webhook")
    return SecretKind(f"notify[{at}].{kind}", what, variable, f"{file}{number.replace('_', '-')}")


def parse_program(text: str) -> tuple[str, ...]:
    """A program and its arguments, split like in a shell. Raises ValueError."""
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        raise ValueError("a quotation mark is not closed") from None
    if not words or "\0" in text:
        raise ValueError("enter a program, such as /usr/local/bin/page-me")
    return words


def parse_receivers(texts: list[str]) -> tuple[Addressee, ...] | None:
    """KIND=WHERE from the command line; an empty list is not an answer. Raises ValueError."""
    if not texts:
        return None
    return () if texts == [NONE] else tuple(parse_receiver(text) for text in texts)


def parse_receiver(text: str) -> Addressee:
    kind, _, where = text.partition("=")
    if kind not in KINDS or not where:
        raise ValueError(f"write KIND=WHERE with {', '.join(KINDS)}, or {NONE}")
    return Addressee(kind, argv=parse_program(where)) if kind == "exec" else Addressee(kind, parse_place(where))
