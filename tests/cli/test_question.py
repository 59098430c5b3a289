"""A question that stays open: both sides are read again before a late yes counts, and no answer means no."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from jc1p.cli.actions.import_ import ImportOptions
from jc1p.cli.actions.import_ import run as run_import
from jc1p.cli.actions.runs import run
from jc1p.cli.session import Session
from jc1p.cli.terminal.question import PATIENCE, STALE, Terminal, confirm
from jc1p.cli.usage.options import Common, Output
from jc1p.core.run_options import RunOptions
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, Interrupted, PlanMoved
from jc1p.sandbox.server import Sandbox
from jc1p.state.lock import hold_lock

LATECOMER = "susi.suspended@example.com"


@dataclass
class Somebody:
    """A user at the terminal who answers after some seconds, and does something first."""

    says: str | None
    after: float
    meanwhile: Callable[[], object] = lambda: None
    now: float = 1000.0
    asked: int = 0

    def line_within(self, seconds: float) -> str | None:
        self.asked += 1
        self.meanwhile()
        self.now += min(self.after, seconds)
        return self.says if self.after <= seconds else None

    @property
    def terminal(self) -> Terminal:
        return Terminal(self.line_within, lambda: self.now)


def session_of(config: Path, somebody: Somebody, command: str = "sync") -> Session:
    now = datetime.now(UTC)
    record = RunRecord(command, f"{now:%Y%m%dT%H%M%SZ}-0000", now, dry_run=False)
    quiet = Console(file=io.StringIO())
    return Session(Common(config=config), Output.TEXT, record, out=quiet, err=quiet, terminal=somebody.terminal)


def sync(config: Path, somebody: Somebody) -> Session:
    here = session_of(config, somebody)
    asyncio.run(run(here, RunOptions(), ask=True))
    return here


def writes(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests if request.method != "GET"]


def test_yes_within_a_minute_is_acted_on_without_another_reading(sandbox: Sandbox, config: Path) -> None:
    somebody = Somebody("y\n", after=STALE - 1, meanwhile=sandbox.requests.clear)
    assert sync(config, somebody).record.exit_code == ExitCode.DONE
    assert somebody.asked == 1
    assert not [request for request in sandbox.requests if "systemusers" in request.path]


def test_late_yes_to_a_plan_that_still_holds_is_acted_on(sandbox: Sandbox, config: Path) -> None:
    somebody = Somebody("yes\n", after=STALE, meanwhile=sandbox.requests.clear)
    here = sync(config, somebody)
    assert here.record.exit_code == ExitCode.DONE
    assert [request for request in sandbox.requests if "systemusers" in request.path]
    assert here.record.report


def test_who_came_back_while_the_question_was_open_is_not_suspended(sandbox: Sandbox, config: Path) -> None:
    def come_back() -> None:
        sandbox.world.user_by_email(LATECOMER).update(suspended=False, state="ACTIVATED")

    with pytest.raises(
        PlanMoved, match=rf"(?s)the plan changed while the question was open.*gone: suspend {LATECOMER}"
    ) as caught:
        sync(config, Somebody("y\n", after=STALE + 1, meanwhile=come_back))
    assert (caught.value.code, caught.value.exit_code) == ("plan_moved", ExitCode.REFUSED)
    assert not writes(sandbox)


def test_question_left_open_for_ten_minutes_means_no_and_frees_the_lock(sandbox: Sandbox, config: Path) -> None:
    somebody = Somebody(None, after=PATIENCE + 1)
    with pytest.raises(Interrupted, match="no answer within 10 minutes; nothing was changed") as caught:
        sync(config, somebody)
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert not writes(sandbox)
    with hold_lock(next((config.parent / "state").iterdir()), "the next"):
        pass


@pytest.mark.parametrize("said", ["n\n", "", "yess\n", "\n"])
def test_any_other_answer_means_no(said: str) -> None:
    with pytest.raises(Interrupted, match="not applied"):
        confirm(Console(file=io.StringIO()), "Apply?", Somebody(said, after=1).terminal)


def test_yes_after_a_night_asleep_means_no() -> None:
    """The wait's clock stops while a laptop sleeps; the clock for the age of the plan doesn't."""
    somebody = Somebody("y\n", after=1)
    somebody.meanwhile = lambda: setattr(somebody, "now", somebody.now + 8 * 3600)
    with pytest.raises(Interrupted, match="no answer within"):
        confirm(Console(file=io.StringIO()), "Apply?", somebody.terminal)


def create(config: Path, somebody: Somebody) -> Session:
    here = session_of(config, somebody, "import")
    options = ImportOptions(link=False, accept=(), groups=(), create=True, users=(), csv=None, dry_run=False, ask=True)
    asyncio.run(run_import(here, options))
    return here


def test_late_yes_creates_nobody_who_has_come_to_jumpcloud_meanwhile(sandbox: Sandbox, config: Path) -> None:
    unknown = [each["userName"] for each in sandbox.bridge.users()]
    known = {user["email"].lower() for user in sandbox.world.users.values()}
    email = next(each for each in unknown if each.lower() not in known and "+" not in each)

    def arrive() -> None:
        sandbox.world.add_user("Some", "Body")["email"] = email

    before = len(sandbox.world.users)
    with pytest.raises(PlanMoved, match="the list of users to create changed"):
        create(config, Somebody("y\n", after=STALE, meanwhile=arrive))
    assert len(sandbox.world.users) == before + 1


def test_late_yes_creates_who_was_shown_when_they_are_the_same(sandbox: Sandbox, config: Path) -> None:
    before = len(sandbox.world.users)
    create(config, Somebody("y\n", after=STALE))
    assert len(sandbox.world.users) > before
