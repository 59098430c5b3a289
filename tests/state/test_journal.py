"""The journal: on disk before anything depends on it, and readable after any damage."""

import json
import logging
import os
import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import account, group, jc, op, person, plan_for, pushed, source, suspended_by, target

from jc1p.core.outcomes import Applied, Failed, Outcome, Report
from jc1p.core.past_runs import Recent, Status, recent_removals
from jc1p.core.plan import Kind, Plan, user_key
from jc1p.core.policy import SuspendedBy
from jc1p.errors import Jc1pError, NotFoundInDirectory, OutcomeUnknown, RequestRefused, StateUnavailable
from jc1p.state.journal import FOLDER, KEEP, KEEP_ANYWAY, MOST_BYTES, Journal, follow, sync_folder
from jc1p.state.past_journals import find_run, read_run, read_runs
from jc1p.state.recovery import addresses_in_doubt, describe_run, read_past
from jc1p.state.run_order import journals
from jc1p.sync.recorder import Recorder

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def head(at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {"run_id": f"{at:%Y%m%dT%H%M%SZ}-ab12", "command": "sync", "created_at": at.isoformat(), **more}


def company() -> Plan:
    """Ann is invited into eng, Bob leaves it, Cat is suspended."""
    have = source([person("ann"), person("bob")], [group("eng", "ann")], assigned=["bob"])
    actual = target([account("bob", linked=True), account("cat", linked=True)], [pushed("eng", "bob")])
    return plan_for(have, actual)


def write(folder: Path, plan: Plan, at: datetime = NOW, *, ended: bool = True, **more: Any) -> Path:
    """A run in which every change was applied; if it has not ended, the last one was only started."""
    with Journal(folder, head(at, **{"planned": len(plan.changes), **more})) as journal:
        for change in plan.changes:
            journal.intend([change], plan.ids)
            if ended or change is not plan.changes[-1]:
                journal.settle(change, Status.APPLIED, scim_id=change.scim_id or op("new"))
        if ended:
            journal.end(in_doubt=0, failed=())
    return folder / FOLDER / f"{head(at)['run_id']}.jsonl"


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    plan = company()
    run = read_run(write(tmp_path, plan, allowed={"suspensions": 3}, fingerprint="sha256:x"))
    assert run
    assert (run.command, run.created_at, run.planned, run.ended) == ("sync", NOW, len(plan.changes), True)
    assert (run.allowed, run.fingerprint, run.needs_a_look) == ({"suspensions": 3}, "sha256:x", False)
    assert [(e.id, e.kind, e.subject, e.status) for e in run.entries] == [
        (change.id, change.kind, change.subject, Status.APPLIED) for change in plan.changes
    ]
    assert [dict(e.attributes) for e in run.entries] == [dict(change.attributes) for change in plan.changes]
    (removal,) = [e for e in run.entries if e.kind is Kind.REMOVE_MEMBERS]
    assert [(m.email, m.scim_id) for m in removal.members] == [("bob@example.com", op("bob"))]
    assert run.entries[0].scim_id == op("new")


def test_files_and_folder_are_the_owners_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "state", company())
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_later_result_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    plan = company()
    with Journal(tmp_path, head()) as journal:
        journal.intend(plan.changes[:1], plan.ids)
        journal.settle(plan.changes[0], Status.APPLIED)
        journal.settle(plan.changes[0], Status.FAILED, error="not kept")
    (run,) = read_runs(tmp_path)
    assert (run.entries[0].status, run.entries[0].error) == (Status.FAILED, "not kept")


def test_changes_that_were_never_begun_are_known_as_skipped(tmp_path: Path) -> None:
    plan = company()
    with Journal(tmp_path, head()) as journal:
        journal.settle(plan.changes[0], Status.SKIPPED, error="stopped")
        journal.end(in_doubt=0, failed=())
    (run,) = read_runs(tmp_path)
    assert [(e.status, e.subject, e.error) for e in run.entries] == [(Status.SKIPPED, "ann@example.com", "stopped")]


def test_a_run_that_was_cut_off_says_what_was_under_way(tmp_path: Path) -> None:
    plan = company()
    write(tmp_path, plan, ended=False)
    (run,) = read_past(tmp_path, NOW).unsettled
    assert [e.subject for e in run.open_entries] == ["cat@example.com"]
    assert "was interrupted after" in describe_run(run)
    assert "suspend cat@example.com" in describe_run(run)
    follow(tmp_path, run, "later")
    assert read_past(tmp_path, NOW).unsettled == ()
    assert read_runs(tmp_path)[0].followed_by == "later"


def test_invitation_in_doubt_is_to_be_looked_up_first(tmp_path: Path) -> None:
    plan = company()
    with Journal(tmp_path, head()) as journal:
        journal.intend(plan.changes[:1], plan.ids)
    assert addresses_in_doubt(read_past(tmp_path, NOW).unsettled) == {"ann@example.com"}


def test_outcome_in_doubt_needs_a_look_although_the_run_ended(tmp_path: Path) -> None:
    plan = company()
    with Journal(tmp_path, head()) as journal:
        journal.intend(plan.changes[:1], plan.ids)
        journal.settle(plan.changes[0], Status.UNKNOWN, error="no answer")
        journal.end(in_doubt=1, failed=())
    (run,) = read_past(tmp_path, NOW).unsettled
    assert "left invite ann@example.com in doubt" in describe_run(run)


@given(cut=st.integers(0, 5000))
def test_a_torn_tail_never_loses_the_rest(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = write(tmp_path_factory.mktemp("torn"), company())
    whole = read_run(path)
    content = path.read_bytes()
    path.write_bytes(content[: max(content.index(b"\n") + 1, len(content) - cut)])
    torn = read_run(path)
    assert whole
    assert torn
    known = {entry.id: entry for entry in whole.entries}
    for entry in torn.entries:
        assert entry.status in {Status.APPLIED, Status.UNKNOWN}
        assert entry.kind is known[entry.id].kind
    assert len(torn.entries) <= len(whole.entries)


def test_damaged_lines_are_told_and_the_rest_is_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path, company())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        lines[0] + b'{"type": "int\n' + b'{"type": "intent", "id": 9, "kind": "nonsense"}\n' + b"".join(lines[1:])
    )
    logging.getLogger("jc1p").propagate = True
    run = read_run(path)
    assert run
    assert run.count(Status.APPLIED) == len(company().changes)
    assert "1 damaged lines" in caplog.text
    assert "is invalid" in caplog.text


def test_a_damaged_head_loses_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, company(), NOW)
    path.write_bytes(b"torn" + path.read_bytes())
    run = read_run(path)
    assert run
    assert (run.created_at, run.count(Status.APPLIED)) == (NOW, len(company().changes))


@pytest.mark.parametrize("odd", [{"planned": "x"}, {"allowed": []}, {"created_at": 7}, {"fingerprint": {}}], ids=str)
def test_odd_heads_never_end_a_command(tmp_path: Path, odd: dict[str, Any]) -> None:
    path = write(tmp_path, company(), **odd)
    more = b'{"type": "result"}\n{"type": "intent", "id": []}\n{"type": "result", "id": {}}\n'
    path.write_bytes(path.read_bytes() + more)
    run = read_run(path)
    assert run
    assert run.count(Status.APPLIED) == len(company().changes)


def test_what_is_no_file_is_no_journal(tmp_path: Path) -> None:
    write(tmp_path, company())
    (tmp_path / FOLDER / "20200101T000000Z-0000.jsonl").mkdir()
    assert len(read_runs(tmp_path)) == 1


def test_removals_whose_outcome_is_not_known_count(tmp_path: Path) -> None:
    plan = company()
    (suspension,) = plan.of_kind(Kind.SUSPEND_USER)
    with Journal(tmp_path, head()) as journal:
        journal.intend([suspension], plan.ids)
        journal.settle(suspension, Status.UNKNOWN, error="no answer")
        journal.end(in_doubt=0, failed=())
    assert len(read_past(tmp_path, NOW).recent.subjects["suspensions"]) == 1


@pytest.mark.parametrize("content", [b"", b"garbage", b'{"type": "run", "format_version": 99}\n'])
def test_a_file_that_is_no_journal_is_left_out(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, company())
    (tmp_path / FOLDER / "20200101T000000Z-0000.jsonl").write_bytes(content)
    assert len(read_runs(tmp_path)) == 1


def test_runs_are_found_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    write(tmp_path, company())
    write(tmp_path, company(), NOW + timedelta(days=1))
    assert find_run(tmp_path, "20261125").created_at == NOW + timedelta(days=1)
    for name in ("2026", "2027", ""):
        with pytest.raises(NotFoundInDirectory):
            find_run(tmp_path, name)


def test_old_runs_are_deleted_when_a_new_one_begins(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(KEEP + 5):
        (folder / f"20200101T000000Z-{number:04}.jsonl").touch()
    path = write(tmp_path, company())
    assert len(journals(folder)) == KEEP
    assert journals(folder)[-1] == path


def test_old_runs_are_deleted_when_all_are_too_large(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(40):
        (folder / f"20200101T0000{number:02}Z-0000.jsonl").write_bytes(b"\n" * (MOST_BYTES // 30))
    write(tmp_path, company())
    kept = journals(folder)
    assert sum(path.stat().st_size for path in kept) <= MOST_BYTES
    assert (len(kept), kept[0].stem) == (30, "20200101T000011Z-0000")


def test_runs_that_the_guard_still_counts_and_the_newest_are_never_deleted(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(30):
        when = NOW - timedelta(hours=4 * number)
        (folder / f"{when:%Y%m%dT%H%M%SZ}-0000.jsonl").write_bytes(b"\n" * MOST_BYTES)
    write(tmp_path, company())
    assert len(journals(folder)) == KEEP_ANYWAY
    for path in journals(folder):
        path.rename(path.with_name(f"{NOW:%Y%m%dT%H%M%SZ}-{path.stem}.jsonl"))
    write(tmp_path, company(), NOW + timedelta(hours=47))
    assert len(journals(folder)) == KEEP_ANYWAY + 1


def test_journal_that_cannot_be_written_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    with pytest.raises(StateUnavailable, match="cannot write"), Journal(tmp_path, head()):
        pass


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process can't become larger than this; the system writes what still fits, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_line_that_a_full_disk_cuts_leaves_no_part_behind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plan = company()
    first, second, *_ = plan.changes
    with Journal(tmp_path, head(planned=2)) as journal:
        path = tmp_path / FOLDER / f"{head()['run_id']}.jsonl"
        journal.intend([first], plan.ids)
        journal.settle(first, Status.APPLIED, scim_id=op("new"))
        whole = path.read_bytes()
        with room_for(len(whole) + 20), pytest.raises(StateUnavailable, match="cannot write"):
            journal.intend([second], plan.ids)
    assert path.read_bytes() == whole
    run = read_run(path)
    assert run
    assert (run.count(Status.APPLIED), run.open_entries, caplog.records) == (1, (), [])


def test_run_that_ended_before_its_first_line_is_told_by_no_later_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing was sent: a change is sent after its line is on disk."""
    with room_for(20), pytest.raises(StateUnavailable, match="cannot write"), Journal(tmp_path, head()):
        pass
    (tmp_path / FOLDER / "20261124T110000Z-0001.jsonl").touch()
    assert (read_runs(tmp_path), read_past(tmp_path, NOW).unsettled, caplog.records) == ([], (), [])


def test_file_system_that_cannot_sync_a_folder_is_no_reason_to_stop() -> None:
    handle = os.open("/proc", os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(handle)
    os.close(handle)
    sync_folder(Path("/proc"))


def test_removals_count_for_a_day_unless_allowed_or_undone(tmp_path: Path) -> None:
    plan = company()
    write(tmp_path, plan)
    recent = read_past(tmp_path, NOW + timedelta(hours=23)).recent
    assert len(recent.subjects["suspensions"]) == 1
    assert [removed.group for removed in recent.memberships.values()] == ["eng"]
    assert read_past(tmp_path, NOW + timedelta(hours=25)).recent == Recent()
    write(tmp_path / "allowed", plan, allowed={"suspensions": 9, "member_removals": 9})
    assert read_past(tmp_path / "allowed", NOW).recent == Recent()
    write(tmp_path / "first", plan, is_first=True)
    assert read_past(tmp_path / "first", NOW).recent == Recent()
    back = plan_for(
        source([person("bob"), person("cat")], [group("eng", "bob")], assigned=["cat"]),
        target([account("bob", linked=True), account("cat", linked=True, active=False)], [pushed("eng")]),
        memory=suspended_by(SuspendedBy.JC1P, "cat"),
    )
    write(tmp_path, back, NOW + timedelta(hours=1))
    undone = recent_removals(read_runs(tmp_path))
    assert undone == Recent({"reactivations": {op("cat"): "cat@example.com"}})


def finished(folder: Path, *, error: Jc1pError, is_first: bool) -> Path:
    """A run whose first change failed with this error, through the recorder."""
    plan = company()
    outcomes: list[Outcome] = [Failed(plan.changes[0], error), *(Applied(change) for change in plan.changes[1:])]
    with Journal(folder, head(is_first=is_first)) as journal:
        recorder = Recorder(journal)
        recorder.intend(plan.changes, plan.ids)
        for outcome in outcomes:
            recorder.settle(outcome)
        recorder.report(Report(tuple(outcomes)))
    return folder / FOLDER / f"{head()['run_id']}.jsonl"


def test_a_settled_run_is_known_by_its_last_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = finished(tmp_path, error=RequestRefused("no", service="1Password", status=400), is_first=True)
    first, *_, last = path.read_text().splitlines()
    path.write_text(f"{first}\nnot looked at\n{last}\n")
    past = read_past(tmp_path, NOW)
    assert (past.unsettled, past.recent, past.refused) == (
        (),
        Recent(),
        frozenset({(Kind.CREATE_USER, user_key(jc("ann"), None))}),
    )
    assert not caplog.records


def test_a_run_whose_removals_still_count_is_read_as_a_whole(tmp_path: Path) -> None:
    finished(tmp_path, error=RequestRefused("no", service="1Password", status=400), is_first=False)
    past = read_past(tmp_path, NOW)
    assert len(past.recent.subjects["suspensions"]) == 1
    assert past.refused == {(Kind.CREATE_USER, user_key(jc("ann"), None))}
    later = read_past(tmp_path, NOW + timedelta(days=2))
    assert (later.recent, later.refused) == (Recent(), past.refused)


def test_what_failed_in_an_older_run_may_have_been_done_since(tmp_path: Path) -> None:
    finished(tmp_path, error=RequestRefused("no", service="1Password", status=400), is_first=False)
    past = read_past(tmp_path, NOW + timedelta(hours=1))
    assert past.failed_last == past.refused == {(Kind.CREATE_USER, user_key(jc("ann"), None))}
    write(tmp_path, company(), NOW + timedelta(hours=1))
    later = read_past(tmp_path, NOW + timedelta(hours=2))
    assert (later.failed_last, later.refused) == (frozenset(), past.refused)


def test_doubt_is_never_settled_by_the_last_line(tmp_path: Path) -> None:
    path = finished(tmp_path, error=OutcomeUnknown("no answer", service="1Password"), is_first=True)
    assert [run.run_id for run in read_past(tmp_path, NOW + timedelta(days=2)).unsettled] == [path.stem]


@pytest.mark.parametrize(
    "last", ["", "[]", '{"type": "end"}', '{"type": "end", "in_doubt": 0, "failed": [["x", 1]]}', "{" * 100_000]
)
def test_a_last_line_that_says_less_has_the_run_read_as_a_whole(tmp_path: Path, last: str) -> None:
    path = finished(tmp_path, error=OutcomeUnknown("no answer", service="1Password"), is_first=True)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], last]) + "\n")
    assert read_past(tmp_path, NOW).unsettled


def test_a_line_is_one_json_object_and_holds_the_ids(tmp_path: Path) -> None:
    path = write(tmp_path, company())
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["type"] for record in records][:3] == ["run", "intent", "result"]
    assert records[1]["jumpcloud_id"] == jc("ann")


def test_a_first_sync_in_doubt_takes_about_as_much_memory_as_its_file(tmp_path: Path) -> None:
    """Each user is named once for each group: their names are kept once."""
    people = [f"p{number}" for number in range(200)]
    have = source(list(map(person, people)), [group(f"team {number}", *people) for number in range(12)])
    path = write(tmp_path, plan_for(have, target([])), ended=False)
    tracemalloc.start()
    run = read_run(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert run
    assert sum(len(entry.members) for entry in run.entries) == len(people) * 12
    assert peak < 2 * path.stat().st_size
