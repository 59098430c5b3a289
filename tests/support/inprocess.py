"""The command line in this process, for tests that need many runs: everything but the interpreter's start is real."""

from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

from jc1p.cli import run
from jc1p.cli.streams import ours
from support.installed import Done


def jc1p(*arguments: str | Path) -> Done:
    """Run a command line with the environment of the test."""
    out, err = TextIOWrapper(BytesIO(), encoding="utf-8"), TextIOWrapper(BytesIO(), encoding="utf-8")
    with redirect_stdout(ours(out, holds_result=True)) as said, redirect_stderr(ours(err, holds_result=False)) as talk:
        code = run([str(argument) for argument in arguments])
        said.flush()
        talk.flush()
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))
