"""The pause file: when it ends automatically, how its start is kept, and that an unreadable one still pauses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.builders import NOW

from jc1p.state.pause import NAME, Pause, end_pause, extend_pause, read_pause, write_pause

HOUR = timedelta(hours=1)


def test_pause_with_an_end_is_over_at_its_end_and_not_before(tmp_path: Path) -> None:
    write_pause(tmp_path, Pause(NOW, "audit", NOW + HOUR))
    assert read_pause(tmp_path, NOW + HOUR - timedelta(microseconds=1)) == Pause(NOW, "audit", NOW + HOUR)
    assert read_pause(tmp_path, NOW + HOUR) is None
    assert end_pause(tmp_path, NOW + HOUR) is None
    assert not (tmp_path / NAME).exists()


def test_pause_after_one_that_ended_begins_anew(tmp_path: Path) -> None:
    write_pause(tmp_path, Pause(NOW, until=NOW + HOUR))
    assert write_pause(tmp_path, Pause(NOW + HOUR / 2, "more")) == Pause(NOW, "more")
    write_pause(tmp_path, Pause(NOW, until=NOW + HOUR))
    assert write_pause(tmp_path, Pause(NOW + 2 * HOUR, "again")).since == NOW + 2 * HOUR


@pytest.mark.parametrize(
    "until",
    [17, True, "", "soon", "2026-13-01", "2026-11-24T00:00:00", "2026-11-24", [], {}, "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00"],
)  # fmt: skip
def test_end_that_cannot_be_read_is_none(tmp_path: Path, until: object) -> None:
    note = {"since": NOW.isoformat(), "reason": "audit", "until": until}
    (tmp_path / NAME).write_text(json.dumps(note))
    pause = read_pause(tmp_path, datetime(2999, 1, 1, tzinfo=UTC))
    assert pause
    assert (pause.until, "audit" in pause.reason, "cannot be read" in pause.reason) == (None, True, True)


@pytest.mark.parametrize("note", [{}, {"until": None}])
def test_note_without_an_end_lasts(tmp_path: Path, note: dict[str, object]) -> None:
    (tmp_path / NAME).write_text(json.dumps({"since": NOW.isoformat(), "reason": "", **note}))
    assert read_pause(tmp_path, NOW + 1000 * HOUR) == Pause(NOW)


@pytest.mark.parametrize(
    ("there", "kept"),
    [(None, False), (Pause(NOW, "audit"), True), (Pause(NOW, "audit", NOW + 48 * HOUR), True),
     (Pause(NOW, "audit", NOW + HOUR), False), (Pause(NOW - 2 * HOUR, "audit", NOW), False)],
)  # fmt: skip
def test_extending_never_shortens_a_pause(tmp_path: Path, there: Pause | None, kept: bool) -> None:
    wanted = Pause(NOW, "rollback", NOW + 24 * HOUR)
    if there:
        write_pause(tmp_path, there)
    found = extend_pause(tmp_path, wanted)
    assert found == read_pause(tmp_path, NOW) == (there if kept else wanted)


def test_a_pause_says_for_how_many_days_only_when_it_is_long() -> None:
    pause = Pause(NOW, "audit", NOW + 999 * HOUR)
    assert not pause.is_long(NOW + timedelta(days=7))
    assert pause.told(NOW + timedelta(days=7)) == str(pause)
    late = NOW + timedelta(days=9)
    assert (pause.is_long(late), pause.told(late).startswith("paused for 9 days, since 2026-")) == (True, True)
