"""Sending a notice: one more try if it may help, no redirect, no address in any message, no long wait."""

import logging
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.raw_server import serving
from support.receiving import Receiver
from support.wire import Clock

from jc1p.notify.senders import NotTold, post, run_command

CANARY = "canary-hook-11aa"
pytestmark = pytest.mark.anyio


async def tell(receiver: Receiver, clock: Clock | None = None, *, patience: float = 60) -> None:
    """With patience that a busy machine doesn't exhaust: after a slow try, the next gets another answer."""
    sleep = (clock or Clock()).sleep
    await post(SecretStr(f"{receiver.url}/hooks/{CANARY}?sig=a%2Bb"), {"é": 1}, patience=patience, sleep=sleep)


async def test_receiver_gets_the_body_as_json_at_the_whole_address() -> None:
    with Receiver() as receiver:
        await tell(receiver)
    assert (receiver.got, receiver.paths) == ([{"é": 1}], [f"/hooks/{CANARY}?sig=a%2Bb"])
    assert receiver.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_busy_receiver_gets_one_more_try(status: int) -> None:
    clock = Clock()
    with Receiver([status]) as receiver:
        await tell(receiver, clock)
    assert (len(receiver.got), clock.waits) == (2, [1.0])


@pytest.mark.parametrize(
    ("answers", "tries", "said"),
    [
        ([500, 502, 200], 2, "it answered 502, in 2 attempts"),
        ([404], 1, "it answered 404: the webhook does not exist"),
        ([307], 1, "jc1p does not follow redirects"),
    ],
)
async def test_who_does_not_take_it_is_told_in_words_without_the_address(
    caplog: pytest.LogCaptureFixture, answers: list[int], tries: int, said: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with Receiver(list(answers)) as receiver, Receiver() as other:
        receiver.location = f"{other.url}/{CANARY}"
        with pytest.raises(NotTold) as caught:
            await tell(receiver)
    assert said in str(caught.value)
    assert (len(receiver.got), other.got) == (tries, [])
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("jc1p")]
    assert CANARY not in str(caught.value) + str(ours)


@pytest.mark.parametrize("form", ["no {}\r\n\r\n", "HTTP/1.1 200 OK\r\nx {}\r\n\r\n", "HTTP/1.1 200 {}\0\r\n\r\n"])
async def test_answer_that_is_not_http_is_not_quoted(form: str) -> None:
    async def quote(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(form.format(f"/hooks/{CANARY}").encode())

    async with serving(quote) as address:
        with pytest.raises(NotTold, match=r"illegal (status|header) line, in 2 attempts") as caught:
            await post(SecretStr(f"{address}/hooks/{CANARY}?sig=a"), {}, patience=60, sleep=Clock().sleep)
    assert CANARY not in str(caught.value)


async def test_receiver_that_keeps_silent_is_tried_twice() -> None:
    clock = Clock()
    with Receiver([0, 0]) as receiver, pytest.raises(NotTold, match=r"^no answer within 0.05 s, in 2 attempts$"):
        await tell(receiver, clock, patience=0.05)
    assert clock.waits == [1.0]


async def test_receiver_that_is_not_there_is_tried_twice() -> None:
    with Receiver() as receiver:
        pass
    with pytest.raises(NotTold, match=r"^no answer: .*, in 2 attempts$"):
        await tell(receiver)


# --- commands -----------------------------------------------------------------------------------------------


def script(folder: Path, text: str) -> list[str]:
    path = folder / "receiver.py"
    path.write_text(text)
    return [sys.executable, "-I", str(path), "; touch pwned"]


def test_command_gets_the_document_on_stdin_and_its_words_as_they_are(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    run_command(script(tmp_path, f"import sys; open({str(heard)!r}, 'w').write(sys.stdin.read() + sys.argv[1])"), "é\n")
    assert heard.read_text() == "é\n; touch pwned"


def test_command_may_be_ended_by_signals_although_ours_wait(tmp_path: Path) -> None:
    text = "import signal; assert not signal.pthread_sigmask(signal.SIG_BLOCK, []), 'held back'"
    run_command(script(tmp_path, text), "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit('no\\nline')", "it failed with exit code 1: no line"),
        ("import time; time.sleep(60)", "it took longer than 0.3 s and was ended"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
         "it took longer than 0.3 s and was ended"),
    ],
)  # fmt: skip
def test_command_that_fails_or_hangs_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NotTold) as caught:
        run_command(script(tmp_path, text), "x" * 1_000_000, timeout=0.3 if "longer" in said else 10)
    assert str(caught.value) == said


def test_arguments_that_a_failing_command_quotes_are_masked(tmp_path: Path) -> None:
    argv = [*script(tmp_path, "import sys; sys.exit(' '.join(sys.argv[2:]).replace('=', ' '))")]
    with pytest.raises(NotTold) as caught:
        run_command([*argv, f"--token={CANARY}", f"X-Key: {CANARY}-2"], "")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("name", ["no-such-command", "."])
def test_command_that_is_none_is_told(name: str) -> None:
    with pytest.raises(NotTold, match=name):
        run_command([name], "")
