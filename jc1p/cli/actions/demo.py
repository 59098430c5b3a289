"""The demo: runs the installed commands one after the other, as an admin would, and checks their exit codes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.rule import Rule
from rich.text import Text

from jc1p.cli.session import console, tell
from jc1p.errors import ExitCode
from jc1p.runtime.atomic_write import write_whole
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.server import Sandbox


def next_steps(started: str, found: str | None) -> list[str]:
    """What to type after the demo: with the path of the program as it was started, where the shell doesn't find it."""
    program = started if found is None and Path(started).name == "jc1p" else "jc1p"
    steps = {
        f"{program} sandbox": "the same company in another terminal, to try every command yourself",
        f"{program} init": "set up your own accounts; asks and tests, changes nothing in them",
        "docs/quick-start.md": "both, step by step",
    }
    width = max(map(len, steps))
    return ["Next:", *(f"  {step:<{width}} # {what}" for step, what in steps.items())]


def tell_story(made: Sandbox, folder: Path) -> ExitCode:
    """Run every step; succeeds if each ends as expected, otherwise fails at the first that doesn't."""
    config = folder / "jc1p.yaml"
    write_whole(config, made.config_text(folder / "state"))
    say("This demo simulates JumpCloud and a 1Password SCIM bridge for a fictional company. Nothing here is real.")
    steps: list[tuple[str, list[str], ExitCode]] = [
        ("Is everything set up? `doctor` checks and changes nothing.", ["doctor"], ExitCode.DONE),
        ("What would happen? A dry run changes nothing.", ["sync", "--dry-run"], ExitCode.DONE),
        ("Apply the changes.", ["sync", "--yes"], ExitCode.DONE),
        ("Run it again: nothing to do.", ["sync", "--yes"], ExitCode.DONE),
    ]
    if not all(run_step(config, *step) for step in steps):
        return ExitCode.FAILED
    say("A day passes in the company:", *(f"  - {event}" for event in advance_day(made.world)))
    steps = [
        ("Is 1Password still in sync? `drift` exits 3: it isn't.", ["drift"], ExitCode.CHANGES_DUE),
        ("Sync again.", ["sync", "--yes"], ExitCode.DONE),
    ]
    if not all(run_step(config, *step) for step in steps):
        return ExitCode.FAILED
    confirmed = made.bridge.confirm_emails()
    say(f"{', '.join(confirmed)} confirms the new email in 1Password.")
    last = ("Nothing left to do.", ["plan", "--detailed-exitcode"], ExitCode.DONE)
    if not run_step(config, *last):
        return ExitCode.FAILED
    if twice := [email for email, times in made.bridge.invitations.items() if times > 1]:
        say(f"{', '.join(twice)} was invited more than once. This should never happen.")
        return ExitCode.FAILED
    steps_after = next_steps(sys.argv[0], shutil.which("jc1p"))
    say(
        f"{len(made.bridge.invitations)} users were invited, each of them once. No data left this machine.",
        *steps_after,
    )
    return ExitCode.DONE


def say(*lines: str) -> None:
    """Print a paragraph."""
    tell("")
    tell(*lines, style="cyan")


def run_step(config: Path, title: str, arguments: list[str], expected: ExitCode) -> bool:
    """One command, as a subprocess; True when it exits as expected."""
    say(title)
    out = console()
    out.print(Rule(Text(f"jc1p {' '.join(arguments)}"), align="left", characters="-"), width=min(out.width, 80))
    out.file.flush()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JC1P_")}
    command = [sys.executable, "-m", "jc1p", "-c", str(config), *arguments]
    code = subprocess.run(command, check=False, env=environment).returncode  # noqa: S603 - our own command
    if code != expected:
        out.print(Text(f"the demo expected exit code {expected}, not {code}", style="bold red"))
    return code == expected
