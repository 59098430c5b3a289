"""The command line in this process, for tests that need many runs: everything but the interpreter's start is real."""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from installed import Done

from jc1p.cli import run


def jc1p(*arguments: str | Path) -> Done:
    """Run a command line with the environment of the test."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = run([str(argument) for argument in arguments])
    return Done(code, out.getvalue(), err.getvalue())
