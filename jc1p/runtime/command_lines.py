"""The commands that jc1p suggests. Each can be pasted into a shell.

Texts name a command without its configuration, in backticks or after a colon. What shows a text adds the configuration
of its own command line. Only the standard library, since `jc1p status` uses it.
"""

import re
import shlex

SUGGESTED = re.compile(
    r"(?<=`)jc1p (?=[a-z][^`]*`)(?![^`]* --help`)|(?<!hint: )(?<!error: )(?<!warning: )(?<=: )jc1p (?=[a-z])",
)
"""Not after the label of a sentence: that sentence is about jc1p, and its command is in backticks."""

WITHOUT_CONFIG = re.compile(r"(?:init|config init|config schema|demo|sandbox|help|version|completion|report)\b")
"""Commands that read no configuration, or write one."""


def command_line(*words: str, config: str = "") -> str:
    """A command with these words, quoted for a shell where they need it."""
    return shlex.join(("jc1p", *(("-c", config) if config else ()), *words))


def argument(name: str) -> tuple[str, ...]:
    """The words of a command for a name on its own: one that begins like an option comes after `--`."""
    return ("--", name) if name.startswith("-") else (name,)


def with_config(text: str, config: str) -> str:
    """One of our sentences, in which each suggested command has the configuration that was given, if one was."""
    if not config or "jc1p " not in text:
        return text
    parts, end = list[str](), 0
    for at in places(text):
        parts += [text[end:at], config_words(config)]
        end = at
    return "".join([*parts, text[end:]])


def config_words(config: str) -> str:
    """What names the configuration within a command."""
    return f"-c {shlex.quote(config)} "


def places(text: str) -> list[int]:
    """Where in a text the configuration of a suggested command belongs."""
    return [found.end() for found in SUGGESTED.finditer(text) if not WITHOUT_CONFIG.match(text, found.end())]
