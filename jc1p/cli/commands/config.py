"""`jc1p config init / check / show / schema`: everything about the file, nothing over the network."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jc1p.cli.terminal.streams import say
from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import Common, Output, OutputOption, takes_common

if TYPE_CHECKING:
    from jc1p.config import Loaded

config_app = App(help="Write, check and show the configuration.", no_args_is_help=True)


@config_app.command()
@takes_common
def init(*, common: Common) -> None:
    """Write a commented starter file: ./jc1p.yaml, or the file of --config. Never over another."""
    from importlib.resources import files

    from jc1p.cli.session import tell
    from jc1p.errors import ConfigError
    from jc1p.runtime.atomic_write import write_new
    from jc1p.runtime.command_lines import command_line

    path = common.config or Path("jc1p.yaml")
    text = files("jc1p").joinpath("config.example.yaml").read_text(encoding="utf-8")
    try:
        write_new(path, text)
    except FileExistsError:
        hint = "Move it away first, or name another file with --config."
        raise ConfigError(f"{path} already exists; nothing was written", hint=hint) from None
    except OSError as error:
        hint = "Name a file in a writable folder with --config FILE."
        raise ConfigError(f"{path} can't be written: {error.strerror}", hint=hint) from None
    if common.quiet:
        return
    tell(f"Wrote {path}. Next: fill it in, set JUMPCLOUD_API_KEY and OP_SCIM_TOKEN, then")
    # Users copy commands: they are quoted for a shell, and each is on one line.
    say(f"  {command_line('config', 'check', config=str(path))}")
    say(f"  {command_line('sync', '--dry-run', config=str(path))}")


@config_app.command()
@takes_common
def check(
    *,
    no_secrets: Annotated[
        bool,
        typer.Option("--no-secrets", help="Accept secrets, certificates and programs that are not there, for CI."),
    ] = False,
    common: Common,
) -> None:
    """Validate the file: every problem with its line. Reads variables and files; runs no command, uses no network."""
    from jc1p.cli.session import tell

    loaded = load_for(common, needs_secrets=not no_secrets)
    if not no_secrets:
        check_secrets(loaded)
    if not loaded.config.users.protected:
        warn(common, f"{loaded.path}: users.protected is empty. List the emails of your 1Password owners there.")
    if not common.quiet:
        tell(f"{loaded.path}: ok")


@config_app.command()
@takes_common
def show(
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Print the effective configuration, defaults included, secrets masked."""
    import yaml

    from jc1p.cli.session import print_json

    loaded = load_for(common, needs_secrets=False)
    values = loaded.config.model_dump(mode="json")
    for place in loaded.unset:
        put(values, place, "<unset>")
    if output is Output.JSON:
        print_json(values)
    else:
        say(yaml.safe_dump(values, sort_keys=False, allow_unicode=True).removesuffix("\n"))


@config_app.command()
def schema(
    *,
    indent: Annotated[int, typer.Option("--indent", min=0, metavar="N", help="Spaces for each level.")] = 2,
) -> None:
    """Print the JSON Schema of the file, for editors and CI."""
    from jc1p.cli.session import print_json
    from jc1p.config import Config

    schema = Config.model_json_schema()
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=indent)


def put(values: Any, place: Sequence[str | int], value: str) -> None:
    """Set the value at a place in nested values."""
    for part in place[:-1]:
        values = values[part]
    values[place[-1]] = value


def check_secrets(loaded: "Loaded") -> None:
    """Raises ConfigError that names each secret, program and certificate that isn't there; doesn't run commands."""
    from jc1p.config.models import secret_paths
    from jc1p.config.secrets import why_missing
    from jc1p.config.yaml_positions import dotted
    from jc1p.errors import ConfigError

    found = {place: why_missing(source, dotted(place)) for place, source in secret_paths(loaded.config).items()}
    found |= dict(missing_programs(loaded))
    lines = [f"{loaded.where(place)}: {why}" for place, why in found.items() if why]
    lines += [f"{loaded.path}: {why}" for why in unusable_certificates(loaded)]
    if lines:
        hint = "Provide them, or check the rest with `jc1p config check --no-secrets`."
        raise ConfigError("\n".join(lines), hint=hint)


def missing_programs(loaded: "Loaded") -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The programs of `notify` that aren't there, by place."""
    from jc1p.config.secrets import missing_program

    for position, receiver in enumerate(loaded.config.notify):
        if receiver.exec and (why := missing_program(receiver.exec[0])):
            yield ("notify", position, "exec"), f"notify[{position}].exec: {why}"


def unusable_certificates(loaded: "Loaded") -> Iterator[str]:
    """Why the PEM files of the configuration can't be used."""
    from jc1p.clients.http.tls import KNOWN_ONLY, tls_context
    from jc1p.config.settings import bridge_tls_of
    from jc1p.errors import ConfigError

    files = bridge_tls_of(loaded.config)
    try:
        if files != KNOWN_ONLY:
            tls_context(files)
    except ConfigError as error:
        yield error.message


def warn(common: Common, message: str) -> None:
    from jc1p.cli.session import console
    from jc1p.reports.notices import print_warning

    print_warning(console(stderr=True, no_color=common.no_color), message)


def load_for(common: Common, *, needs_secrets: bool = True) -> "Loaded":
    """The configuration, with its warnings on stderr."""
    import os

    from jc1p.config import find_config, load_config

    path = find_config(common.config, os.environ)
    loaded = load_config(path, os.environ, needs_secrets=needs_secrets)
    for warning in loaded.warnings:
        warn(common, warning)
    return loaded
