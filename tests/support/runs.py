"""Runs to render, and the snapshots to compare them with."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from jc1p.core.guard import Limits, check_plan
from jc1p.core.models import PersonState
from jc1p.core.plan import Plan
from jc1p.core.policy import SuspendedBy
from jc1p.core.run_record import Requests, RunRecord, SourceCounts, TargetCounts
from support.builders import account, group, person, plan_for, pushed, source, suspended_by, target

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"


EMPTY = plan_for(source([]), target())


def check(name: str, text: str) -> None:
    """Compare with tests/snapshots/NAME; UPDATE_SNAPSHOTS=1 writes it again."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def console(*, terminal: bool = False, width: int = 80, colour: bool = False) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=width, markup=False, highlight=False, emoji=False,
        color_system="truecolor" if colour else None, no_color=not colour, legacy_windows=False,
    )  # fmt: skip


def shown(made: Console) -> str:
    assert isinstance(made.file, io.StringIO)
    return made.file.getvalue()


def record(plan: Plan, *, limits: Limits | None = None, **known: object) -> RunRecord:
    return RunRecord(
        "sync", "20261124T001200Z-7f3a", datetime(2026, 11, 24, 0, 12, tzinfo=UTC), dry_run=True,
        source=SourceCounts(512, 14, plan.bases.people_in_scope, 12), target=TargetCounts(495, 12, True, True),
        plan=plan, fingerprint="sha256:0", verdict=check_plan(plan, limits or Limits()),
        requests=Requests(21, 2), duration_s=1.9,
        **{"organization": "Example Corp", "bridge": "scim.example.com", **known},  # type: ignore[arg-type]
    )  # fmt: skip


def company() -> Plan:
    have = source(
        [
            person("ann"), person("bob", lastname="[red]Bold[/red]"), person("cat", email="cat@new.example.com"),
            person("dan", state=PersonState.SUSPENDED), person("eve", lastname="\u202eevil\x1b[2J"),
            person("ليلى", email="layla@example.com", lastname="🌙"), person("fay"), person("gus"),
        ],
        [group("eng", "ann", "bob", "cat", "fay"), group("Sales, EMEA", "ann", "eve", "ليلى"), group("ops", "dan")],
        assigned=["gus"],
    )  # fmt: skip
    actual = target(
        [
            account("bob", linked=True, display_name="Bob"), account("cat", linked=True), account("dan", linked=True),
            account("fay", linked=True, active=False), account("gus"), account("owner"), account("hal", linked=True),
        ],
        [pushed("Eng", "bob", "hal", "gus"), pushed("ops", "dan", "cat")],
    )  # fmt: skip
    return plan_for(have, actual, memory=suspended_by(SuspendedBy.JC1P, "fay"))
