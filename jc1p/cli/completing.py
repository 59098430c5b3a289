"""What the shell completes beyond options: run ids and limits. Whatever is wrong, nothing is completed."""

from collections.abc import Iterator
from pathlib import Path

import typer


def complete_run(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Ids of past runs, the newest first, and `last`."""
    yield from (word for word in ("last", *run_ids(given_config(ctx))) if word.startswith(incomplete))


def complete_limit(incomplete: str) -> Iterator[str]:
    """Limits that --allow raises, with the equals sign."""
    from jc1p.core.guard import LIMIT_KEYS

    yield from (f"{key}=" for key in LIMIT_KEYS if key.startswith(incomplete))


def given_config(ctx: typer.Context) -> Path | None:
    """The configuration that the command line names so far."""
    for each in (ctx, ctx.parent):
        if each and each.params.get("config"):
            return Path(each.params["config"])
    return None


def run_ids(config: Path | None) -> list[str]:
    import os

    from jc1p.config.accounts import read_accounts
    from jc1p.config.files import find_config
    from jc1p.errors import Jc1pError

    try:
        folder = read_accounts(find_config(config, os.environ), os.environ).folder / "journal"
        return sorted((path.stem for path in folder.glob("*.jsonl")), reverse=True)
    except (Jc1pError, OSError):
        return []
