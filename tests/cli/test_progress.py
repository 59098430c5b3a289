"""The progress of a long run: rate and remaining time on a terminal, occasional lines in a log, nothing in a pipe."""

import asyncio
import io
import logging

import pytest
from rich.console import Console

from jc1p.cli.terminal.progress import Pulse, duration, logged, reading
from jc1p.cli.terminal.progress_bar import bar
from jc1p.core.run_record import Requests

pytestmark = pytest.mark.anyio


class Sent:
    requests = Requests(12, 3)


def test_the_pulse_says_how_far_how_fast_and_how_long_still() -> None:
    now = [0.0]
    pulse = Pulse(12_000, 0.0, clock=lambda: now[0])
    assert str(pulse) == "applied 0 of 12,000 changes"
    now[0], pulse.done = 30.0, 1_500
    assert str(pulse) == "applied 1,500 of 12,000 changes, 50.0 a second, about 4 min left"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (89, "89 s"), (91, "2 min"), (5_300, "88 min"), (12_000, "3 h 20 min")]
)
def test_durations_are_as_exact_as_people_want_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


async def test_the_log_gets_a_line_at_intervals_and_none_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "jc1p.progress"):
        with logged(lambda: "half way", every=0):
            while len(caplog.messages) < 3:  # noqa: ASYNC110 - the log has no event to wait for
                await asyncio.sleep(0)
        told = len(caplog.messages)
        await asyncio.sleep(0)
    assert set(caplog.messages) == {"half way"}
    assert len(caplog.messages) == told


async def test_a_pipe_gets_no_progress() -> None:
    written = io.StringIO()
    with reading(Console(file=written), Sent()):
        await asyncio.sleep(0)
    assert not written.getvalue()


def test_the_bar_shows_rate_and_time_left() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100)
    with bar(console, "Applying", 4) as advance:
        for _ in range(3):
            advance()
    shown = written.getvalue()
    assert "3/4" in shown
    assert "/s" in shown
