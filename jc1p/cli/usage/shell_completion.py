"""Shell completion beyond options: run ids, limits, group names. On any error, nothing is completed."""

from collections.abc import Iterator
from pathlib import Path

import typer


def complete_run(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Ids of past runs, the newest first, and `last`."""
    folder = state_of(given_config(ctx))
    runs = sorted((path.stem for path in (folder / "journal").glob("*.jsonl")), reverse=True) if folder else []
    yield from (word for word in ("last", *runs) if word.startswith(incomplete))


def complete_limit(incomplete: str) -> Iterator[str]:
    """Limits that --allow raises, with the equals sign."""
    from jc1p.core.guard import LIMIT_KEYS

    yield from (f"{key}=" for key in LIMIT_KEYS if key.startswith(incomplete))


def complete_group(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Names of groups on either side, from the last real run.

    Names are untrusted text, and completions become part of a command line. Bash gets them escaped. Other shells have
    quoting rules of their own, so they get only names without special characters.
    """
    import os
    import re

    from jc1p.state.group_names import read_group_names

    folder = state_of(given_config(ctx))
    is_bash = os.environ.get("_JC1P_COMPLETE") == "complete_bash"
    for name in read_group_names(folder) if folder else ():
        is_plain = re.fullmatch(r"\w[\w.+-]*", name) is not None
        if name.startswith(incomplete) and (is_plain or (is_bash and name.isprintable() and name[:1] != "-")):
            yield re.sub(r"[^\w.+-]", r"\\\g<0>", name)


def given_config(ctx: typer.Context) -> Path | None:
    """The configuration that the command line names so far."""
    for each in (ctx, ctx.parent):
        if each and each.params.get("config"):
            return Path(each.params["config"])
    return None


def state_of(config: Path | None) -> Path | None:
    """The state folder of a configuration; None without a valid configuration."""
    import os

    from jc1p.config.accounts import read_accounts
    from jc1p.config.files import find_config
    from jc1p.errors import Jc1pError

    try:
        return read_accounts(find_config(config, os.environ), os.environ).folder
    except (Jc1pError, OSError):
        return None
