"""The order of past runs is the order in which they began: a clock that was wrong for one run changes nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.builders import account, op, person, plan_for, source, suspended_by, target

from jc1p.core.past_runs import Status
from jc1p.core.plan import Plan
from jc1p.core.policy import SuspendedBy
from jc1p.state.journal import FOLDER, KEEP, Journal, note_seen_active
from jc1p.state.past_journals import find_run, read_run, read_runs
from jc1p.state.recovery import read_past, recall_suspensions
from jc1p.state.run_order import ORDER, journals
from jc1p.state.store import open_state

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AHEAD, BEHIND = NOW + timedelta(days=365), NOW - timedelta(days=365)


def run(folder: Path, at: datetime, plan: Plan | None = None, *, ended: bool = True) -> str:
    """A run that suspends Cat, or applies another plan; its id."""
    plan = plan or plan_for(source([]), target([account("cat", linked=True)]))
    run_id = f"{at:%Y%m%dT%H%M%SZ}-ab12"
    head = {"run_id": run_id, "command": "sync", "created_at": at.isoformat(), "planned": 1}
    with Journal(folder, head) as journal:
        journal.intend(plan.changes, plan.ids)
        if ended:
            for change in plan.changes:
                journal.settle(change, Status.APPLIED, scim_id=change.scim_id)
            journal.end(in_doubt=0, failed=())
    return run_id


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


@pytest.mark.parametrize("wrong", [AHEAD, BEHIND])
def test_last_run_is_the_one_that_began_last(tmp_path: Path, wrong: datetime) -> None:
    ids = [run(tmp_path, at) for at in (minutes(0), wrong, minutes(1), minutes(2))]
    assert [each.run_id for each in read_runs(tmp_path)] == ids
    assert find_run(tmp_path, "last").run_id == ids[-1]
    ids.append(run(tmp_path, wrong + timedelta(minutes=1)))
    assert find_run(tmp_path, "last").run_id == ids[-1]


def test_last_run_may_be_one_that_was_killed_before_its_first_result(tmp_path: Path) -> None:
    """Its change may have been made; a rollback of the run before would undo something else."""
    run(tmp_path, minutes(0))
    killed = run(tmp_path, minutes(1), ended=False)
    assert find_run(tmp_path, "last").run_id == killed


def test_killed_run_is_found_after_many_runs_whose_clock_was_ahead(tmp_path: Path) -> None:
    for number in range(30):
        run(tmp_path, AHEAD + timedelta(minutes=number))
    killed = run(tmp_path, NOW, ended=False)
    assert [each.run_id for each in read_past(tmp_path, minutes(1)).unsettled] == [killed]


def test_suspensions_are_recalled_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    """An admin suspended Cat after jc1p had reactivated her: without state, it isn't jc1p's suspension."""
    back = plan_for(
        source([person("cat")], assigned=["cat"]), target([account("cat", linked=True, active=False)]),
        memory=suspended_by(SuspendedBy.JC1P, "cat"),
    )  # fmt: skip
    assert [change.kind.value for change in back.changes] == ["reactivate_user"]
    run(tmp_path, AHEAD)
    run(tmp_path, NOW, back)
    with open_state(tmp_path) as state:
        assert recall_suspensions(tmp_path, state, ()) == {}


def test_accounts_seen_active_are_noted_in_the_newest_run(tmp_path: Path) -> None:
    ids = [run(tmp_path, AHEAD), run(tmp_path, NOW)]
    note_seen_active(tmp_path, [op("cat")])
    newest = read_run(tmp_path / FOLDER / f"{ids[-1]}.jsonl")
    assert newest
    assert newest.seen_active == {op("cat")}


def test_a_run_whose_name_is_older_than_all_others_is_not_deleted_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(KEEP + 5):
        (folder / f"{AHEAD:%Y%m%dT%H%M%SZ}-{number:04}.jsonl").touch()
    run_id = run(tmp_path, NOW)
    assert journals(folder)[-1].stem == run_id
    assert len(journals(folder)) == KEEP + 6
    run(tmp_path, NOW + timedelta(days=3))
    assert (len(journals(folder)), journals(folder)[-2].stem) == (KEEP, run_id)


def test_the_list_is_kept_only_while_the_names_are_out_of_order(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    run(tmp_path, minutes(0))
    assert not (folder / ORDER).exists()
    ahead = run(tmp_path, AHEAD)
    run(tmp_path, minutes(1))
    assert (folder / ORDER).stat().st_mode & 0o077 == 0
    (folder / f"{ahead}.jsonl").unlink()
    run(tmp_path, minutes(2))
    assert not (folder / ORDER).exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n\n", b"nonsense\n" * 9])
def test_without_a_readable_list_the_names_decide(tmp_path: Path, content: bytes) -> None:
    ids = [run(tmp_path, AHEAD), run(tmp_path, NOW)]
    (tmp_path / FOLDER / ORDER).write_bytes(content)
    assert [path.stem for path in journals(tmp_path / FOLDER)] == sorted(ids)
