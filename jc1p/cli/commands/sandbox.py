"""`jc1p sandbox` serves the simulators until Ctrl-C; `jc1p demo` runs a whole example against them."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jc1p.cli.terminal.streams import say
from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import refuse_before

if TYPE_CHECKING:
    from jc1p.sandbox.server import Sandbox

FAULT_HELP = """Simulate a fault, repeatable: KIND, such as 429-seconds, 503, timeout or reset
(with -after, after the request was processed); SERVICE is jumpcloud or onepassword, METHOD a method, PATH a pattern
for path and query, TIMES a number or `always`. Empty parts mean any, once. Faults of the bridge itself:
members-cut, suspension-ignored, other-writer, unmanaged. See docs/faults.md for all."""


sandbox_app = App(invoke_without_command=True)
CONFIG = "jc1p-sandbox.yaml"
PORTS = (8001, 8002)
ConfigFile = Annotated[Path, typer.Option("--config-out", metavar="FILE", help="Configuration of the running sandbox.")]


@sandbox_app.command()
def day(*, config_out: ConfigFile = Path(CONFIG)) -> None:
    """Simulate a day in the running sandbox: users join, leave, move and change names."""
    from jc1p.cli.session import tell

    tell(*drive(config_out, "day"))


@sandbox_app.command()
def confirm(*, config_out: ConfigFile = Path(CONFIG)) -> None:
    """Confirm the email changes that wait in the running sandbox."""
    from jc1p.cli.session import tell

    confirmed = drive(config_out, "confirm")
    tell(f"Confirmed: {', '.join(confirmed)}." if confirmed else "No email change waits.")


@sandbox_app.command("fault")
def make_fault(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="A fault as in `jc1p sandbox --fault`, such as other-writer; `none` ends all faults."
        ),
    ],
    *,
    config_out: ConfigFile = Path(CONFIG),
) -> None:
    """Simulate a fault in the running sandbox. Replaces the previous faults."""
    drive(config_out, "faults", [] if kind == "none" else [kind])
    say("The sandbox simulates no faults." if kind == "none" else f"The sandbox simulates the fault {kind}.")


def drive(config: Path, what: str, body: object = None) -> list[str]:
    """Send a command to the sandbox that wrote a configuration; returns its answer. Raises UsageError."""
    import httpx
    import yaml

    from jc1p.errors import UsageError
    from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded

    hint = f"Start one with `jc1p sandbox`. If its configuration is not {CONFIG}, name it with --config-out."
    where = f"the address in {config} (--config-out)"
    try:
        where = yaml.safe_load(read_bounded(config, LARGEST_TEXT))["jumpcloud"]["url"]
        answer = httpx.post(f"{where}/_sandbox/{what}", json=body, timeout=30)
        said = answer.json()
    except FileNotFoundError:
        raise UsageError(f"--config-out {config}: the file does not exist", hint=hint) from None
    except (OSError, ValueError, TypeError, KeyError, httpx.HTTPError, yaml.YAMLError):
        raise UsageError(f"no sandbox answers at {where}", hint=hint) from None
    if not answer.is_success:
        raise UsageError(str(said["error"]), hint="See docs/faults.md for the list of faults.")
    return said if isinstance(said, list) else []


@sandbox_app.callback()
def sandbox(
    ctx: typer.Context,
    *,
    users: Annotated[int, typer.Option(min=30, metavar="N", help="Number of users.")] = 60,
    groups: Annotated[int, typer.Option(min=6, metavar="N", help="Number of groups.")] = 12,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed.")] = 1,
    jumpcloud_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="JumpCloud port; 0 for any free port. Default: 8001 if free."
        ),
    ] = None,
    bridge_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Bridge port; 0 for any free port. Default: 8002 if free."),
    ] = None,
    latency: Annotated[float, typer.Option(metavar="MS", min=0, help="Delay of every answer in milliseconds.")] = 0,
    profile: Annotated[str, typer.Option(metavar="NAME", help="Simulated quirks; `list` shows all.")] = "default",
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Behave as the services of a recording that `jc1p doctor --record` saved."),
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="KIND[:SERVICE[:METHOD[:PATH[:TIMES]]]]", help=FAULT_HELP)
    ] = None,
    config_out: Annotated[Path, typer.Option(metavar="FILE", help="Write the configuration to FILE.")] = Path(CONFIG),
) -> None:
    """Serve a simulated JumpCloud and a simulated SCIM bridge on loopback until Ctrl-C."""
    if ctx.invoked_subcommand:
        refuse_before(ctx, *ctx.params)
        return
    if profile == "list":
        list_profiles()
        return
    made = make(users, groups, seed, profile)
    if replay:
        behave_as(made, replay, profile)
    add_faults(made, fault or [])
    given = zip((jumpcloud_port, bridge_port), PORTS, ("--jumpcloud-port", "--bridge-port"), strict=True)
    made.jumpcloud_port, made.bridge_port = (port_for(*each) for each in given)
    made.latency_ms = latency
    refuse_to_overwrite(config_out)
    serve(made, config_out)


def serve(made: "Sandbox", config_out: Path) -> None:
    """Serve until Ctrl-C, with a configuration that works as it stands. Raises UsageError."""
    import time

    from jc1p.cli.session import tell
    from jc1p.runtime.atomic_write import write_whole
    from jc1p.runtime.command_lines import command_line
    from jc1p.runtime.signals import heeded

    state = config_out.absolute().parent / f"{config_out.stem}-state"
    named = () if config_out == Path(CONFIG) else ("--config-out", str(config_out))
    try:
        with heeded(), made:
            if config_out.exists():
                set_aside(state)
            write_whole(config_out, made.config_text(state))
            tell(
                f"JumpCloud  {made.jumpcloud_url}   (in another terminal: {command_line('sandbox', 'day', *named)})",
                f"1Password  {made.bridge_url}",
                f"try        {command_line('sync', '--dry-run', config=str(config_out))}",
                "sandbox ready",
            )
            # Not signal.pause(): it misses a signal that arrived just before it, or in a server's thread.
            while True:
                time.sleep(0.2)
    except KeyboardInterrupt:
        say("sandbox stopped")
    except OSError as error:
        from jc1p.errors import UsageError

        raise UsageError(f"cannot start the sandbox: {error.strerror or error}") from None


def set_aside(state: Path) -> None:
    """Move the state of an earlier sandbox away: by it, all accounts of the new company would be missing."""
    from itertools import count

    from rich.text import Text

    from jc1p.cli.session import console
    from jc1p.reports.lines import print_lines

    if not state.is_dir():
        return
    kept = next(each for number in count(1) if not (each := state.with_name(f"{state.name}-{number}")).exists())
    state.rename(kept)
    print_lines(console(stderr=True, no_color=False), [Text(f"The state of the earlier sandbox is now in {kept}.")])


def behave_as(made: "Sandbox", replay: Path, profile: str) -> None:
    """Take the knobs from a recording. Raises UsageError for an invalid file."""
    from dataclasses import asdict

    from jc1p.errors import UsageError
    from jc1p.runtime.bounded_read import LARGEST_DOCUMENT, read_bounded
    from jc1p.sandbox.replay import read_bundle

    if profile != "default":
        raise UsageError("--replay and --profile both say how the services behave", hint="Leave one of them out.")
    try:
        source, bridge = read_bundle(read_bounded(replay, LARGEST_DOCUMENT))
    except OSError as error:
        hint = "Check the path, or record one with `jc1p doctor --record FILE`."
        raise UsageError(f"--replay {replay}: cannot read the file: {error.strerror or error}", hint=hint) from None
    except ValueError as wrong:
        hint = "Record one with `jc1p doctor --record FILE`."
        raise UsageError(f"--replay {replay}: {wrong}", hint=hint) from None
    made.turn(asdict(source), asdict(bridge))


def port_for(wanted: int | None, usual: int, option: str = "--jumpcloud-port") -> int:
    """The requested port, otherwise the usual one, otherwise 0 for any free one. Raises UsageError."""
    from jc1p.errors import UsageError

    if wanted and not is_free(wanted):
        hint = f"Use `{option} 0` for any free port."
        raise UsageError(f"{option}: port {wanted} is in use", hint=hint)
    if wanted is not None:
        return wanted
    return usual if is_free(usual) else 0


def is_free(port: int) -> bool:
    import errno
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def refuse_to_overwrite(path: Path) -> None:
    """Raises UsageError for a file that no sandbox wrote, that a sandbox uses, or that cannot be written."""
    from jc1p.errors import UsageError
    from jc1p.runtime.atomic_write import why_unwritable
    from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded
    from jc1p.sandbox.server import FIRST_LINE

    if reason := why_unwritable(path):
        hint = "Use a file in a writable folder."
        raise UsageError(f"--config-out: cannot write {path}: {reason}", hint=hint)
    try:
        is_ours = read_bounded(path, LARGEST_TEXT).startswith(FIRST_LINE.encode())
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"--config-out: cannot write {path}: {error.strerror}", hint="Use another file.") from None
    if not is_ours:
        hint = "Use another file, or move this one away."
        raise UsageError(
            f"--config-out {path}: this file was not written by a sandbox; it was not overwritten", hint=hint
        )
    if where := running_at(path):
        hint = "Stop it with Ctrl-C, or start another one with --config-out FILE."
        raise UsageError(f"--config-out {path}: a sandbox that runs at {where} uses this file", hint=hint)


def running_at(config: Path) -> str:
    """Where the sandbox that wrote a configuration answers; "" where it doesn't."""
    import httpx
    import yaml

    from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded

    try:
        where = str(yaml.safe_load(read_bounded(config, LARGEST_TEXT))["jumpcloud"]["url"])
        return where if httpx.get(f"{where}/_sandbox/state", timeout=2).is_success else ""
    except (OSError, ValueError, TypeError, KeyError, httpx.HTTPError, httpx.InvalidURL, yaml.YAMLError):
        return ""


def make(users: int, groups: int, seed: int, profile: str) -> "Sandbox":
    """A sandbox of this size. Raises UsageError when its packages are missing or the profile is unknown."""
    from jc1p.errors import UsageError
    from jc1p.sandbox.knobs import PROFILES

    try:
        from jc1p.sandbox.server import Sandbox, with_profile
        from jc1p.sandbox.world import make_world
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the sandbox needs packages that are not installed ({error.name})", hint=install_hint(sys.prefix)
        ) from None
    if profile not in PROFILES:
        raise UsageError(f"unknown profile {profile}", hint=f"Profiles: {', '.join(PROFILES)}.")
    source_knobs, bridge_knobs = with_profile(profile)
    return Sandbox(make_world(users=users, groups=groups, seed=seed), source_knobs, bridge_knobs)


def install_hint(prefix: str) -> str:
    """How to add the sandbox's packages to this installation. jc1p has no name on a package index."""
    in_pipx = Path(prefix).parent.name == "venvs" and "pipx" in Path(prefix).parts
    command = "pipx install --force '.[sandbox]'" if in_pipx else "pip install '.[sandbox]'"
    return f"In your checkout of jc1p run: {command}"


def add_faults(made: "Sandbox", texts: Iterable[str]) -> None:
    """Raises UsageError for an invalid fault."""
    from jc1p.errors import UsageError

    for text in texts:
        try:
            made.add_fault(text)
        except ValueError as wrong:
            raise UsageError(f"--fault {text}: {wrong}", hint="See docs/faults.md for the list of faults.") from None


def list_profiles() -> None:
    from jc1p.cli.session import tell
    from jc1p.sandbox.knobs import PROFILES

    tell(*(f"{name:<18} {description}" for name, (description, _, _) in PROFILES.items()))


def demo(
    *,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed.")] = 1,
    users: Annotated[int, typer.Option(min=30, metavar="N", help="Number of users.")] = 40,
) -> None:
    """Run a whole example against a sandbox: doctor, dry run, sync, changes, drift, sync."""
    import tempfile

    from jc1p.runtime.signals import heeded

    made = make(users, 8, seed, "default")
    from jc1p.cli.actions.demo import tell_story
    from jc1p.sandbox.world import tidy  # after make(), which reports missing packages

    tidy(made.world)
    with heeded(), made, tempfile.TemporaryDirectory(prefix="jc1p-demo-") as folder:
        raise typer.Exit(tell_story(made, Path(folder)))
