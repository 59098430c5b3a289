"""Asks the 1Password CLI if it is installed and signed in, and finds how long jc1p's invitations have been waiting."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jc1p.clients.op_cli import PATIENCE, OnePasswordCli, has_cli
from jc1p.core.folding import fold
from jc1p.core.past_runs import Status
from jc1p.core.plan import Kind
from jc1p.doctor.observations import CliSeen, NamedGroup, NamedUser
from jc1p.errors import StateUnavailable
from jc1p.runtime.programs import ProgramFailed
from jc1p.state.past_journals import read_runs

MOST_PRINTED = 16 * 1024 * 1024
"""Limit in bytes for one list."""
ADMINISTRATORS = ("Owners", "Administrators")
"""The built-in groups whose members must never be suspended by provisioning."""


def ask_op(withheld: Collection[str], *, patience: float = PATIENCE) -> CliSeen | None:
    """Everything that the CLI is asked, in `patience` seconds; None without a CLI.

    The first failed question is the last: with a locked CLI, each of them would wait.
    """
    if not has_cli():
        return None
    cli, found = OnePasswordCli(withheld, patience=patience), CliSeen()
    try:
        for group in ADMINISTRATORS:
            listed = users_in(cli.rows("group", "user", "list", group, most=MOST_PRINTED))
            found = replace(found, administrators=(*(found.administrators or ()), *listed))
        found = replace(found, has_all_administrators=True)
        found = replace(found, groups=tuple(groups_in(cli.rows("group", "list", most=MOST_PRINTED))))
        return replace(found, users=tuple(users_in(cli.rows("user", "list", most=MOST_PRINTED))))
    except (ProgramFailed, ValueError) as error:
        return replace(found, remark=str(error))


def users_in(rows: Iterable[Mapping[str, object]]) -> Iterable[NamedUser]:
    """Users that have an address."""
    for row in rows:
        email, state = row.get("email"), row.get("state")
        if isinstance(email, str) and email.strip():
            yield NamedUser(email.strip(), state.upper() if isinstance(state, str) else "")


def groups_in(rows: Iterable[Mapping[str, object]]) -> Iterable[NamedGroup]:
    """Groups that have a name and are not deleted."""
    for row in rows:
        id_, name, state = row.get("id"), row.get("name"), row.get("state")
        is_there = not isinstance(state, str) or state.upper() == "ACTIVE"
        if isinstance(name, str) and name.strip() and is_there:
            yield NamedGroup(id_ if isinstance(id_, str) else "", name)


def invitations(folder: Path) -> Mapping[str, datetime]:
    """Folded JumpCloud email, and SCIM id, to jc1p's last invitation; {} if the journal can't be read."""
    try:
        runs = read_runs(folder)
    except StateUnavailable:
        return {}
    return {
        name: run.created_at
        for run in runs for entry in run.entries
        if entry.kind is Kind.CREATE_USER and entry.status is Status.APPLIED and not entry.existed
        for name in (fold(entry.user or ""), entry.scim_id or "") if name
    }  # fmt: skip
