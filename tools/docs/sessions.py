"""Commands in pages: all jc1p command lines are parsed, and sessions are run and compared.

A block in the language `console` with `$ ` before its commands is run on a stage of its page, in order. The output
below a command must match the command's output; `…` stands for anything.
"""

import re
from collections.abc import Iterator

from tools.docs.pages import ROOT, Block, Page, Problem
from tools.docs.shell import SESSION, SHELLS, Call, Typed, calls, typed_lines
from tools.docs.stage import Stage
from tools.docs.tree import mistake_in

ANYTHING = "…"
TARGETS = frozenset(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
"""The targets of `make`."""

DRIVING = frozenset({"list", "day", "confirm", "fault"})
"""Subcommands of `jc1p sandbox` that don't serve until Ctrl-C."""


def check_sessions(page: Page) -> Iterator[Problem]:
    """Every mistake in the commands of a page."""
    blocks = [block for block in page.blocks() if block.language in SHELLS]
    for block in blocks:
        yield from parsed(page, block)
    to_run = [block for block in blocks if is_run(block)]
    if to_run:
        with Stage() as stage:
            for block in to_run:
                yield from performed(page, block, stage)


def is_run(block: Block) -> bool:
    """A session, unless its comment says otherwise."""
    return block.language == SESSION and block.orders.get("run", True) and "\n$ " in f"\n{block.text}"


def parsed(page: Page, block: Block) -> Iterator[Problem]:
    for typed in typed_lines(block):
        try:
            found = list(calls(typed.text))
        except ValueError as error:
            yield page.problem(typed.line, f"no shell understands this: {error}")
            continue
        for call in found:
            if call.program == "jc1p" and (mistake := mistake_in(call.words[1:])):
                yield page.problem(typed.line, f"{typed.text}: {mistake}")
            if call.program == "make":
                unknown = [word for word in call.words[1:] if "=" not in word and word not in TARGETS]
                yield from (page.problem(typed.line, f"the Makefile has no target {word}") for word in unknown)


def performed(page: Page, block: Block, stage: Stage) -> Iterator[Problem]:
    lines = typed_lines(block)
    try:
        with stage.as_ordered(block.orders):
            for typed in lines:
                expected = int(block.orders.get("exit", 0)) if typed is lines[-1] else 0
                yield from perform(page, typed, expected, stage)
    except (ValueError, AttributeError) as wrong:
        yield page.problem(block.line, f"the comment before the block can't be followed: {wrong}")


def perform(page: Page, typed: Typed, expected: int, stage: Stage) -> Iterator[Problem]:
    """Run the jc1p part of one typed line, and compare the output."""
    try:
        found = list(calls(typed.text))
    except ValueError:
        return  # reported when it was parsed
    for call in found:
        if call.program == "curl" and "/_sandbox/" in typed.text:
            if wrong := stage.drive(call.words):
                yield page.problem(typed.line, wrong)
        elif is_ours_to_run(call):
            code, said = stage.run(call.words[1:], call.variables)
            if code != expected:
                yield page.problem(typed.line, f"{typed.text}: exits {code}, not {expected}; it says\n{said}")
            elif call.is_plain and any(line.strip() for line in typed.shown) and not is_shown(typed.shown, said):
                yield page.problem(typed.line, f"{typed.text}: it doesn't say what is shown; it says\n{said}")


def is_ours_to_run(call: Call) -> bool:
    """jc1p, except what runs until Ctrl-C or has its own test."""
    if call.program != "jc1p":
        return False
    return call.words[1:2] not in ((), ("demo",)) and (call.words[1] != "sandbox" or not DRIVING.isdisjoint(call.words))


def is_shown(shown: list[str], said: str) -> bool:
    """True when the page shows this output; `…` stands for anything in a line, and alone for any lines."""
    pattern = ""
    for line in "\n".join(shown).strip("\n").split("\n"):
        if line.strip() == ANYTHING:
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split(ANYTHING)) + r"[ ]*\n"
    return re.fullmatch(pattern, said.strip("\n") + "\n") is not None
