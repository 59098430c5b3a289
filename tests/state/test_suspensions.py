"""Who suspended an account: stored in state, or taken from the journal if state was lost or too old."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.builders import account, jc, op, person, plan_for, source, suspended_by, target

from jc1p.core.models import PersonState
from jc1p.core.outcomes import Applied
from jc1p.core.past_runs import PastRun
from jc1p.core.policy import SuspendedBy, Suspension
from jc1p.state.journal import Journal, note_seen_active
from jc1p.state.past_journals import read_ending, read_runs
from jc1p.state.recovery import JOURNAL_READ, read_past, recall_suspensions, without_ended
from jc1p.state.run_order import journals
from jc1p.state.store import open_state
from jc1p.sync.recorder import Recorder
from jc1p.sync.remember import remember_switch

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LEAVER = plan_for(
    source([person("ann", state=PersonState.SUSPENDED)], assigned=["ann"]), target([account("ann", linked=True)])
)
RETURN = plan_for(
    source([person("ann")], assigned=["ann"]), target([account("ann", linked=True, active=False)]),
    memory=suspended_by(SuspendedBy.JC1P, "ann"),
)  # fmt: skip


def test_since_when_it_is_known_stays_until_somebody_else_did_it(tmp_path: Path) -> None:
    later = NOW + timedelta(hours=1)
    with open_state(tmp_path) as state:
        state.remember_suspensions({"a": SuspendedBy.SOMEBODY_ELSE, "b": SuspendedBy.JC1P}, NOW)
        state.remember_suspensions({"a": SuspendedBy.SOMEBODY_ELSE, "b": SuspendedBy.SOMEBODY_ELSE}, later)
    with open_state(tmp_path, read_only=True) as state:
        assert state.memory().suspensions == {
            "a": Suspension(SuspendedBy.SOMEBODY_ELSE, NOW), "b": Suspension(SuspendedBy.SOMEBODY_ELSE, later),
        }  # fmt: skip


def test_word_that_a_later_version_wrote_is_left_out(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_suspensions({"a": "the moon", "b": SuspendedBy.JC1P}, NOW)  # type: ignore[dict-item]
        assert set(state.memory().suspensions) == {"b"}


def write(folder: Path, at: datetime, plan: object = LEAVER, *, is_settled: bool = True) -> None:
    """The journal of a run that suspended ann, or reactivated her."""
    head = {"run_id": f"{at:%Y%m%dT%H%M%SZ}-aaaa", "command": "sync", "created_at": at.isoformat(),
            "jc1p_version": "0.1.0", "planned": 1, "allowed": {}, "fingerprint": None, "is_first": False}  # fmt: skip
    changes = plan.changes  # type: ignore[attr-defined]
    with Journal(folder, head) as journal:
        journal.intend(changes, {})
        if is_settled:
            recorder = Recorder(journal)
            for change in changes:
                recorder.settle(Applied(change, change.scim_id))
            journal.end(in_doubt=0, failed=[])


def test_journal_says_whom_jc1p_suspended_where_state_was_never_told(tmp_path: Path) -> None:
    write(tmp_path, NOW)
    with open_state(tmp_path) as state:
        assert recall_suspensions(tmp_path, state, ()) == {op("ann"): Suspension(SuspendedBy.JC1P, NOW)}
        state.note_done(JOURNAL_READ)
        assert recall_suspensions(tmp_path, state, ()) == {}


def test_somebody_who_was_brought_back_is_no_longer_suspended(tmp_path: Path) -> None:
    write(tmp_path, NOW)
    write(tmp_path, NOW + timedelta(hours=1), RETURN)
    with open_state(tmp_path) as state:
        assert recall_suspensions(tmp_path, state, ()) == {}


def test_suspension_in_the_journal_is_over_once_the_account_was_seen_active(
    tmp_path: Path,
) -> None:
    write(tmp_path, NOW)
    note_seen_active(tmp_path, [op("ann")])
    with open_state(tmp_path) as state:
        assert recall_suspensions(tmp_path, state, ()) == {}
        write(tmp_path, NOW + timedelta(hours=1))
        assert set(recall_suspensions(tmp_path, state, ())) == {op("ann")}


def test_note_of_active_accounts_leaves_a_settled_run_settled(tmp_path: Path) -> None:
    write(tmp_path, NOW)
    note_seen_active(tmp_path, [op("ann")])
    (path,) = journals(tmp_path / "journal")
    assert read_ending(path) is not None
    assert read_past(tmp_path, NOW + timedelta(hours=1)).unsettled == ()


def test_note_of_active_accounts_needs_a_journal(tmp_path: Path) -> None:
    note_seen_active(tmp_path, [op("ann")])
    write(tmp_path, NOW)
    before = [path.read_bytes() for path in journals(tmp_path / "journal")]
    note_seen_active(tmp_path, [])
    assert [path.read_bytes() for path in journals(tmp_path / "journal")] == before


def test_suspension_that_a_killed_run_may_have_sent_counts_as_jc1ps(tmp_path: Path) -> None:
    write(tmp_path, NOW, is_settled=False)
    with open_state(tmp_path) as state:
        state.note_done(JOURNAL_READ)
        unsettled = read_past(tmp_path, NOW + timedelta(hours=1)).unsettled
        assert set(recall_suspensions(tmp_path, state, unsettled)) == {op("ann")}


def test_what_jc1p_switched_is_remembered_as_it_is_done(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        (leaver,), (back,) = LEAVER.changes, RETURN.changes
        assert (leaver.jumpcloud_id, back.scim_id) == (jc("ann"), op("ann"))
        remember_switch(Applied(leaver, op("ann")), state, NOW)
        assert state.memory().suspensions == {op("ann"): Suspension(SuspendedBy.JC1P, NOW)}
        remember_switch(Applied(back, op("ann")), state, NOW)
        assert state.memory().suspensions == {}


def test_return_that_a_killed_run_did_not_tell_state_ends_the_suspension(tmp_path: Path) -> None:
    earlier, later = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    write(tmp_path, NOW, RETURN)
    (run,) = read_runs(tmp_path)
    for since, is_left in ((earlier, False), (NOW, False), (later, True)):
        known = {op("ann"): Suspension(SuspendedBy.JC1P, since), op("bob"): Suspension(SuspendedBy.JC1P, since)}
        assert (op("ann") in without_ended(known, [run]), op("bob") in without_ended(known, [run])) == (is_left, True)
    open_ = write_open(tmp_path / "open")
    assert without_ended({op("ann"): Suspension(SuspendedBy.JC1P, earlier)}, open_)


def write_open(folder: Path) -> tuple[PastRun, ...]:
    """A run that was killed before the answer to a return: nothing shows whether it was done."""
    write(folder, NOW, RETURN, is_settled=False)
    return read_past(folder, NOW).unsettled
