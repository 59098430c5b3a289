"""`jc1p init`: options become answers, the interview asks for the rest, the file is written, doctor runs."""

import asyncio
import os
import sys
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from jc1p.cli.actions.doctor import diagnose
from jc1p.cli.session import Session, error_in, session, tell
from jc1p.cli.terminal.prompts import TerminalAsker
from jc1p.cli.terminal.stop_signals import stop_on_signals
from jc1p.cli.terminal.streams import hide, say
from jc1p.cli.usage.options import Common, Output
from jc1p.clients.http.proxies import proxy_secrets
from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles
from jc1p.clients.op_cli import PATIENCE, has_cli
from jc1p.config.models import Http
from jc1p.errors import DeadlineReached, Interrupted, UsageError
from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded
from jc1p.runtime.command_lines import command_line
from jc1p.setup.answers import Answers
from jc1p.setup.interview import WrittenSetup, interview, refuse_missing, write_answers
from jc1p.setup.new_files import refuse_existing
from jc1p.setup.notify_questions import parse_receivers
from jc1p.setup.onepassword_questions import parse_address
from jc1p.setup.op_cli import CliSays, ask_cli
from jc1p.setup.owners import parse_owners
from jc1p.setup.places import parse_place
from jc1p.setup.questions import Desk
from jc1p.setup.regions import parse_region
from jc1p.sync.run_deadline import RunDeadline

Result = TypeVar("Result")
USUAL_FILE = Path("jc1p.yaml")
NOTHING = "interrupted; nothing was written"


@dataclass(frozen=True, slots=True)
class InitOptions:
    """The options of `jc1p init`, as typed."""

    region: str | None = None
    org_id: str | None = None
    api_key_from: str | None = None
    client_id: str | None = None
    client_secret_from: str | None = None
    application: str | None = None
    groups: tuple[str, ...] = ()
    scim_url: str | None = None
    token_from: str | None = None
    protect: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    ca_file: Path | None = None
    sandbox: Path | None = None
    """The running sandbox's configuration."""
    may_ask: bool = True


def run_init(common: Common, options: InitOptions) -> None:
    """`jc1p init`. Raises typer.Exit."""
    with session("init", common, Output.TEXT, dry_run=True) as here:
        path = common.config or USUAL_FILE
        refuse_existing(path)
        answers = answers_of(options)
        desk = desk_for(here, path, may_ask=options.may_ask and is_attended(), ca_file=options.ca_file)
        if not desk.may_ask:
            refuse_missing(answers)
        done = set_up(desk, answers, path)
        tell_written(here, done)
        check(here, done, path)
        tell_next(done, path)


def set_up(desk: Desk, answers: Answers, path: Path) -> WrittenSetup:
    """Ask and write. Raises Interrupted or DeadlineReached before anything is written."""
    try:
        return write_answers(desk, interview(desk, answers, partial(ask_cli_aloud, desk)), path)
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(NOTHING, hint="Run `jc1p init` again to start over.") from None
    except DeadlineReached as error:
        error.hint = "Nothing was written. Run `jc1p init` again. If it happens again, check the network."
        raise


def ask_cli_aloud(desk: Desk, withheld: Collection[str]) -> CliSays:
    """Its app may ask for a fingerprint, so announce it."""
    if has_cli():
        desk.asker.tell(f"Asking the 1Password CLI for owners and groups (at most {PATIENCE:g} seconds) …")
    return ask_cli(withheld)


def check(here: Session, done: WrittenSetup, path: Path) -> None:
    """Run doctor, with the typed secrets in an environment that no other program gets. Raises Interrupted."""
    here.common = here.common._replace(config=path)
    try:
        diagnose(here, {**os.environ, **done.variables}, verbose=here.common.verbose)
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(f"interrupted; {path} is written", hint="`jc1p doctor` checks it.") from None


def is_attended() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def desk_for(here: Session, path: Path, *, may_ask: bool, ca_file: Path | None) -> Desk:
    hide(*proxy_secrets(os.environ))
    # No file sets another limit yet.
    deadline = RunDeadline(Http.model_validate({}).max_run.total_seconds())
    return Desk(
        TerminalAsker(here.err, deadline), may_ask=may_ask, run=partial(run_stoppable, deadline), hide=hide,
        environment=os.environ, folder=path.parent, tls=TlsFiles(ca_file) if ca_file else KNOWN_ONLY,
    )  # fmt: skip


def run_stoppable(deadline: RunDeadline, work: Coroutine[Any, Any, Result]) -> Result:
    """Work that waits for a service, stopped by a signal or the time limit; errors become Jc1pErrors."""

    async def stoppable() -> Result:
        with stop_on_signals(grace=0):
            async with deadline.ending():
                return await work

    try:
        return asyncio.run(stoppable())
    except ExceptionGroup as several:
        raise error_in(several) from several


# --- options ----------------------------------------------------------------------------------------------------


def answers_of(options: InitOptions) -> Answers:
    """The answers in the options. Raises UsageError that names the option."""
    answers = Answers(
        region=parsed("--region", options.region, parse_region),
        org_id=options.org_id,
        api_key=parsed("--api-key-from", options.api_key_from, parse_place),
        client_id=options.client_id,
        client_secret=parsed("--client-secret-from", options.client_secret_from, parse_place),
        application=options.application,
        groups=options.groups,
        scim_url=parsed("--scim-url", options.scim_url, parse_address),
        token=parsed("--token-from", options.token_from, parse_place),
        protected=parsed("--protect", " ".join(options.protect), parse_owners),
        notify=parsed("--notify", list(options.notify), parse_receivers),
        ca_file=options.ca_file and options.ca_file.absolute(),
    )
    if answers.api_key and (answers.client_id or answers.client_secret):
        raise UsageError("give either --api-key-from, or --client-id and --client-secret-from, not both")
    return with_sandbox(answers, options.sandbox) if options.sandbox else answers


def parsed(option: str, given: Any, parse: Callable[[Any], Result]) -> Result | None:
    """The value of an option, None if it isn't given. Raises UsageError."""
    try:
        return parse(given) if given else None
    except ValueError as wrong:
        raise UsageError(f"{option}: {wrong}", hint="See `jc1p init --help`.") from None


def with_sandbox(answers: Answers, file: Path) -> Answers:
    """The addresses and credentials of the running sandbox, unless the command line names others."""
    hint = "Start one with `jc1p sandbox`, in this folder or with --sandbox-file FILE."
    try:
        tree = yaml.safe_load(read_bounded(file, LARGEST_TEXT))
        source, target = tree["jumpcloud"], tree["onepassword"]
        return replace(
            answers,
            region=answers.region or parse_region(source["url"]),
            api_key=answers.api_key or (None if answers.client_id else parse_place(source["api_key"])),
            scim_url=answers.scim_url or parse_address(target["scim_url"]),
            token=answers.token or parse_place(target["token"]),
            state_path=Path(tree["state"]["path"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError):
        raise UsageError(f"--sandbox-file {file}: not the configuration of a running sandbox", hint=hint) from None


# --- final output -----------------------------------------------------------------------------------------------


def tell_written(here: Session, done: WrittenSetup) -> None:
    """Show what was written, before doctor, which may fail."""
    for path in done.files:
        tell(f"Wrote {path}.")
    here.out.file.flush()


def tell_next(done: WrittenSetup, path: Path) -> None:
    """Show the variables to set, and the next three commands."""
    say("")
    if done.variables:
        say("Before the next command, set these variables. jc1p does not store their values:")
        for name in done.variables:
            say(f"  export {name}='…'")
    named = "" if path == USUAL_FILE and "JC1P_CONFIG" not in os.environ else str(path)
    say("Next:")
    say(f"  {command_line('import', config=named)}           # match users and accounts")
    say(f"  {command_line('sync', '--dry-run', config=named)}   # what a sync would change")
    say(f"  {command_line('sync', '--limit', '2', config=named)}   # start with a few invitations")
