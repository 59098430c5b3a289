"""`jc1p init`: the first setup, question by question on a terminal, or by options."""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, takes_common

SECRETS, SCOPE = "Where things are", "Who and what"
WHERE = "WHERE"


@takes_common
def init(
    *,
    region: Annotated[str | None, typer.Option(metavar="us|eu|in", rich_help_panel=SECRETS,
                      help="JumpCloud region, or the address of another server such as the sandbox.")] = None,
    org_id: Annotated[str | None, typer.Option(metavar="ID", rich_help_panel=SECRETS,
                      help="JumpCloud organization id, if the credential has access to several.")] = None,
    api_key_from: Annotated[str | None, typer.Option(metavar=WHERE, rich_help_panel=SECRETS,
                            help="Where jc1p finds the JumpCloud API key: a variable's name, a path, "
                                 "op://vault/item/field or {command: [program, argument]}. "
                                 "Never the key itself.")] = None,
    client_id: Annotated[str | None, typer.Option(metavar="ID", rich_help_panel=SECRETS,
                         help="Client id of a JumpCloud service account, instead of an API key.")] = None,
    client_secret_from: Annotated[str | None, typer.Option(metavar=WHERE, rich_help_panel=SECRETS,
                                  help="Where jc1p finds the client secret.")] = None,
    scim_url: Annotated[str | None, typer.Option(metavar="ADDRESS", rich_help_panel=SECRETS,
                        help="Address of the SCIM bridge.")] = None,
    token_from: Annotated[str | None, typer.Option(metavar=WHERE, rich_help_panel=SECRETS,
                          help="Where jc1p finds the bridge's bearer token.")] = None,
    ca_file: Annotated[Path | None, typer.Option(metavar="FILE", rich_help_panel=SECRETS, exists=True, dir_okay=False,
                       help="Additional certificate authorities (PEM).")] = None,
    application: Annotated[str | None, typer.Option(metavar="NAME", rich_help_panel=SCOPE,
                           help="JumpCloud application whose groups and users are provisioned: label or id.")] = None,
    group: Annotated[list[str] | None, typer.Option(metavar="NAME", rich_help_panel=SCOPE,
                     help="JumpCloud user group, by name, pattern or id (repeatable).")] = None,
    protect: Annotated[list[str] | None, typer.Option(metavar="EMAIL", rich_help_panel=SCOPE,
                       help="1Password owner that jc1p never suspends (repeatable); or none.")] = None,
    notify: Annotated[list[str] | None, typer.Option(metavar="KIND=WHERE", rich_help_panel=SCOPE,
                      help="Notify of blocked and failed runs: slack, teams or webhook with the place "
                           "of its address, or exec=PROGRAM (repeatable); or none.")] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Do not ask; fail and list missing answers.")] = False,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Use the running sandbox.")] = False,
    sandbox_file: Annotated[
        Path, typer.Option(metavar="FILE", help="The sandbox's configuration file.")
    ] = Path("jc1p-sandbox.yaml"),
    common: Common,
) -> None:  # fmt: skip
    """Set jc1p up: ask, try each answer at once, write ./jc1p.yaml (or the file of --config), run doctor.

    Never writes over a file. Ctrl-C leaves nothing behind.
    """
    from jc1p.cli.actions.init import InitOptions, run_init

    options = InitOptions(
        region, org_id, api_key_from, client_id, client_secret_from, application, tuple(group or ()), scim_url,
        token_from, tuple(protect or ()), tuple(notify or ()), ca_file, sandbox_file if sandbox else None,
        may_ask=not no_input,
    )  # fmt: skip
    run_init(common, options)
