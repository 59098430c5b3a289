"""What is news to a receiver: each problem once, again when it gets worse, and its end once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jc1p.core.events import Event
from jc1p.notify.incident_file import NAME, read_told, write_told
from jc1p.notify.incidents import MOST_PARTS, Episode, Episodes, Occasion, Trouble, decide

START = datetime(2026, 11, 24, tzinfo=UTC)
ALL = frozenset(Event)
GOOD = Occasion(is_good=True)
CHANGED = Occasion(has_changes=True, is_good=True)


def refused(**planned: int) -> Occasion:
    return Occasion(Trouble(Event.REFUSED, "refused", planned))


def failed(condition: str = "failed unreachable bridge", *, hours: int = 0) -> Occasion:
    return Occasion(Trouble(Event.FAILED, condition, patience=timedelta(hours=hours)))


def drift(*parts: str) -> Occasion:
    return Occasion(Trouble(Event.CHANGES, "drift", dict.fromkeys(parts, 1), may_return=True), is_good=True)


def partial(*parts: str, applied: bool = False) -> Occasion:
    return Occasion(Trouble(Event.PARTIAL, "partial", dict.fromkeys(parts, 1)), has_changes=applied)


def story(
    *runs: Occasion, on: frozenset[Event] = ALL, remind: timedelta | None = None, deaf: frozenset[int] = frozenset()
) -> str:
    """The notifications of hourly runs, a letter each, "." for none; in the runs of `deaf` it can't be reached."""
    known: Episodes = {}
    heard = ""
    for number, run in enumerate(runs):
        decision = decide(known, run, on, remind, START + timedelta(hours=number))
        letter = decision.tell.value[0] if decision.tell else "."
        heard += letter.upper() if decision.is_reminder else "x" if decision.tell and number in deaf else letter
        known = decision.if_not if number in deaf else decision.if_told
    return heard


R, F = refused(suspensions=40), failed()


@pytest.mark.parametrize(
    ("runs", "heard"),
    [
        ([R, R, R, GOOD, GOOD, R], "r..r.r"),
        ([R, F, R, F, GOOD], "rf..r"),
        ([CHANGED, GOOD, CHANGED], "c.c"),
        ([R, CHANGED, CHANGED], "rrc"),
        ([refused(suspensions=40), refused(suspensions=79), refused(suspensions=80)], "r.r"),
        ([refused(suspensions=40), refused(suspensions=60), refused(suspensions=90)], "r.r"),
        ([refused(suspensions=40), refused(suspensions=10), refused(suspensions=41)], "r.."),
        ([refused(suspensions=40), refused(suspensions=40, creations=900), refused(creations=900)], "rr."),
        ([F, failed("failed unauthorized JumpCloud"), F], "ff."),
        ([partial("a"), partial("a"), partial("a", "b"), partial("b"), GOOD], "p.p.r"),
        ([partial("a", applied=True), partial("a", applied=True), partial("a")], "pc."),
        ([drift("a"), drift("a"), drift("a", "b"), drift("b"), drift("a"), GOOD, GOOD], "c.c.cr."),
        ([F, drift("a"), drift("a"), F], "fcrf"),
        ([drift("a"), F, drift("a"), F], "cfrf"),
        ([failed("locked", hours=1), GOOD, failed("locked", hours=1), GOOD], "...."),
        ([failed("locked", hours=2), failed("locked", hours=2), failed("locked", hours=2), GOOD], "..fr"),
    ],
)  # fmt: skip
def test_each_trouble_is_told_once_until_it_is_worse_or_over(runs: list[Occasion], heard: str) -> None:
    assert story(*runs) == heard


def test_reminder_comes_after_its_time_and_no_sooner() -> None:
    assert story(R, R, R, R, R, GOOD, remind=timedelta(hours=2)) == "r.R.Rr"


def test_reminder_survives_a_clock_that_was_put_back() -> None:
    known = {"refused": Episode({"suspensions": 40}, START, START + timedelta(days=900))}
    assert decide(known, R, ALL, timedelta(hours=2), START).is_reminder


def test_who_was_not_reached_is_told_with_the_next_run() -> None:
    assert story(R, R, R, GOOD, GOOD, GOOD, deaf=frozenset({0, 3})) == "xr.xr."


def test_trouble_that_nobody_heard_of_has_no_recovery() -> None:
    assert story(R, GOOD, deaf=frozenset({0})) == "x."


@pytest.mark.parametrize(
    ("on", "heard"),
    [({Event.REFUSED}, "r...."), ({Event.RECOVERED}, "....."), ({Event.FAILED, Event.RECOVERED}, ".f.r."),
     ({Event.CHANGES}, "...cc"), ({Event.REFUSED, Event.CHANGES}, "r..cc")],
)  # fmt: skip
def test_receiver_hears_only_what_it_wants(on: set[Event], heard: str) -> None:
    assert story(R, F, R, CHANGED, CHANGED, on=frozenset(on)) == heard


OCCASIONS = st.lists(st.sampled_from([R, F, GOOD, CHANGED, drift("a"), drift("b"), partial("a"), partial("a", "b")]))


@given(OCCASIONS, st.sets(st.sampled_from(list(Event))))
def test_recovery_is_told_once_and_only_after_told_trouble(runs: list[Occasion], on: set[Event]) -> None:
    in_trouble = False
    known: Episodes = {}
    for number, run in enumerate(runs):
        decision = decide(known, run, on, None, START + timedelta(hours=number))
        if decision.tell is Event.RECOVERED:
            assert in_trouble
            assert run.is_good
        if run.is_good and not run.trouble:
            assert decision.if_told == {}
        in_trouble = any(each.told_at for each in decision.if_told.values())
        known = decision.if_told


@given(OCCASIONS)
def test_memory_stays_small_and_comes_back_from_its_file(runs: list[Occasion]) -> None:
    known: Episodes = {"partial": Episode({str(n): 1 for n in range(MOST_PARTS)}, START, START)}
    for run in runs:
        known = decide(known, run, ALL, None, START).if_told
        assert all(len(each.content) <= MOST_PARTS for each in known.values())


def test_memory_is_kept_in_one_private_file_and_forgotten_where_it_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    told = {"ab12": {"sync": {"refused": Episode({"suspensions": 40}, START, START), "locked": Episode({}, START)}}}
    write_told(folder, {**told, "cd34": {"sync": {}}})
    assert read_told(folder) == told
    assert ((folder / NAME).stat().st_mode & 0o777, len(list(folder.iterdir()))) == (0o600, 1)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format_version": 2, "receivers": {}}', b'{"format_version": 1}',
     b'{"format_version": 1, "receivers": {"a": {"sync": {"refused": {"content": {}, "since": "soon"}}}}}',
     b'{"format_version": 1, "receivers": {"a": {"sync": {"refused": {"content": {"x": "y"}}}}}}',
     b'{"format_version": 1, "receivers": [1]}', b"[" * 100_000],
)  # fmt: skip
def test_memory_that_cannot_be_read_is_none_and_said(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / NAME).write_bytes(damage)
    said: list[str] = []
    assert read_told(tmp_path, warn=said.append) == {}
    assert "open problems are notified again" in said[0]
