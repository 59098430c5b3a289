"""A week of cron: a run every 15 minutes, hourly changes, outages, and a group emptied by mistake.

672 runs of `jc1p sync` in this process over real sockets, with a clock that the test sets, so nothing waits.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families
from support.inprocess import jc1p
from support.installed import config_for
from support.receiving import Receiver

from jc1p.cli.actions.runs import run_sync
from jc1p.cli.after_run.metrics_file import metrics_hooks
from jc1p.cli.usage.options import Common, Output
from jc1p.core.run_options import RunOptions
from jc1p.sandbox.days import (
    get_a_title,
    go_on_leave,
    is_ordinary,
    join,
    marry,
    move,
    start_project,
    take_out,
    unassign,
)
from jc1p.sandbox.faults import ALWAYS, Fault, Kind
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import AWKWARD, OWNER, UserGroup, World, make_world, settle
from jc1p.state.past_journals import read_runs

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY, RUNS_AN_HOUR = 24, 4
HOURS = 7 * DAY
LARGEST_STATE = 20_000_000
"""Bytes that a week may leave in the state folder."""

QUICK = "http: {attempts: 1}\n"
"""Another try only if it needs no wait."""


def clock_at(number: int) -> dict[str, str]:
    """The environment that sets jc1p's clock to the nth run of the week."""
    return {"JC1P_NOW": (MONDAY + timedelta(minutes=15 * number)).isoformat()}


@dataclass
class Week:
    """The company in its sandbox, and the events by hour of the week."""

    sandbox: Sandbox
    config: Path
    metrics: Path
    sales: UserGroup
    codes: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.sandbox.world

    def ordinary(self) -> list[str]:
        return ordinary(self.world)

    def run(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JC1P_NOW", clock_at(number)["JC1P_NOW"])
        here, hooks = Common(config=self.config), metrics_hooks(self.metrics)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as talk, pytest.raises(typer.Exit) as ended:
            # Below the command line: parsing it takes a third of a run's time, and is the same each time.
            run_sync(here, Output.TEXT, RunOptions(), dry_run=False, ask=False, hooks=hooks)
        self.codes.append(ended.value.exit_code)
        self.warnings += [line for line in talk.getvalue().splitlines() if "told" in line or "metrics" in line]

    # --- events -----------------------------------------------------------------------------------------

    def pass_an_hour(self, hour: int) -> None:
        """Something changes every hour; users leave one by one, so that no safety limit blocks a run."""
        world, of_day = self.world, hour % DAY
        who = world.users[world.random.choice(self.ordinary())]
        if of_day in {8, 16}:
            (go_on_leave if of_day == 8 else unassign)(world, who)
        elif of_day == 12:
            world.days += 1
            marry(world, who)
        elif of_day == 20:
            self.sandbox.bridge.confirm_emails()
            if hour < 2 * DAY:
                start_project(world, self.ordinary())
        elif of_day % 6 == 0:
            move(world, who)
        elif of_day % 2:
            groups = [world.groups[id_] for id_ in world.assigned_groups[:-1] if id_ != self.sales.id]
            join(world, ("Hourly", f"Hire{hour}x"), groups)
        else:
            get_a_title(world, who)
        self.happen(divmod(hour, DAY))

    def happen(self, when: tuple[int, int]) -> None:
        """The mishaps of the week, by day and hour."""
        now = clock_at((when[0] * DAY + when[1]) * RUNS_AN_HOUR)
        mishaps: Mapping[tuple[int, int], Callable[[], object]] = {
            (1, 9): lambda: self.fail("503", "onepassword"),
            (1, 11): self.sandbox.faults.clear,
            (2, 1): self.sandbox.unplug_bridge,
            (2, 4): self.sandbox.plug_in_bridge,
            (3, 10): self.empty_sales,
            (3, 12): lambda: self.fail("502-html", "jumpcloud"),
            (3, 13): self.sandbox.faults.clear,
            (3, 16): lambda: self.sales.members.extend(self.emptied),
            (4, 5): lambda: self.sandbox.faults.append(
                Fault("echo-400", service="onepassword", method="POST", path="Users")
            ),
            (5, 6): lambda: jc1p("-c", self.config, "pause", environment=now),
            (5, 7): lambda: jc1p("-c", self.config, "resume", environment=now),
        }
        mishaps.get(when, lambda: None)()

    def empty_sales(self) -> None:
        self.emptied = list(self.sales.members)
        self.sales.members.clear()

    def fail(self, kind: Kind, service: str) -> None:
        self.sandbox.faults.append(Fault(kind, service=service, times=ALWAYS))

    # --- results ----------------------------------------------------------------------------------------

    def is_in_step(self) -> bool:
        """1Password is as JumpCloud asks, according to the simulators."""
        world, accounts = self.world, {each["id"]: each for each in self.sandbox.bridge.users()}
        emails = {id_: str(each["userName"]).casefold() for id_, each in accounts.items()}
        asked = {id_: world.users[id_]["email"].casefold() for id_ in world.effective()
                 if is_ordinary(world.users[id_])}  # fmt: skip
        active = {emails[id_] for id_, each in accounts.items() if each["active"]}
        members = {group["displayName"]: {emails[id_] for id_ in group["members"]} & active
                   for group in self.sandbox.bridge.groups()}  # fmt: skip
        wanted = {world.groups[id_].name.strip(): {asked[each] for each in world.groups[id_].members if each in asked}
                  for id_ in world.assigned_groups}  # fmt: skip
        extra = {each for each in active - set(asked.values()) if not each.startswith("gus.guest@")}
        return (set(asked.values()) <= active and extra <= {OWNER}
                and {name: members.get(name, set()) for name in wanted} == wanted)  # fmt: skip

    def measured(self) -> dict[str, float]:
        families = text_string_to_metric_families(self.metrics.read_text())
        return {sample.name: sample.value for family in families for sample in family.samples}


def ordinary(world: World) -> list[str]:
    effective = world.effective()
    return [id_ for id_ in list(world.users)[AWKWARD:] if id_ in effective and is_ordinary(world.users[id_])]


def company() -> tuple[World, UserGroup]:
    """A company in sync, in which two fifths are in one group only."""
    world = make_world(users=42, groups=6, assigned_users=32, accounts=False)
    sales = world.add_group("Sales")
    people = ordinary(world)
    for id_ in people[: len(world.effective()) * 2 // 5]:
        take_out(world, world.users[id_])
        sales.members.append(id_)
    world.assigned_groups.insert(0, sales.id)
    settle(world)
    return world, sales


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.mark.matrix
@pytest.mark.timeout(300)
def test_a_week_of_cron_ends_in_step_and_tells_each_trouble_once(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, sales = company()
    notify = f"notify:\n- {{webhook: {receiver.url}}}\n- {{slack: {receiver.url}, on: [refused], detail: names}}\n"
    with Sandbox(world) as sandbox:
        week = Week(sandbox, config_for(sandbox, tmp_path, more=QUICK + notify), tmp_path / "jc1p.prom", sales)
        for hour in range(HOURS):
            week.pass_an_hour(hour)
            for quarter in range(RUNS_AN_HOUR):
                week.run(hour * RUNS_AN_HOUR + quarter, monkeypatch)
        assert week.is_in_step()
        assert max(sandbox.bridge.invitations.values()) == 1
    events = [told["event"] for told in receiver.got if "event" in told]
    assert [event for event in events if event != "changes"] == [
        "failed", "recovered", "failed", "recovered", "refused", "failed", "recovered", "partial", "recovered",
    ]  # fmt: skip
    assert [told["text"].partition("\n")[0] for told in receiver.got if "event" not in told] == [
        "*jc1p blocked a plan; nothing was changed*"
    ]
    assert Counter(week.codes) == {0: 7 * DAY * 4 - 45, 1: 8 + 12 + 4, 4: 5 * 4, 5: 1}
    assert week.warnings == []
    assert week.measured()["jc1p_last_success_timestamp_seconds"] == MONDAY.timestamp() + (7 * DAY * 60 - 15) * 60
    (folder,) = (tmp_path / "state").iterdir()
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < LARGEST_STATE
    assert len(read_runs(folder)) < events.count("changes") + 9
    assert {path.name for path in folder.iterdir()} <= {
        "state.db", "journal", "notified.json", "last_runs.json", "run.lock",
    }  # fmt: skip
