"""The admin's own programs: their names in messages, and their environment.

The caller decides how long a program may take and what is shown of it.
"""

import os
import select
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence

MOST_READ = 64 * 1024
"""Bytes of a program's output that are read; a credential is never longer."""


LOOK_EVERY = 0.05
"""Seconds between two looks whether a program that prints nothing has ended."""


class ProgramFailed(Exception):
    """A program could not be run or failed; says why, without its arguments and its output."""


def program_name(argv: Sequence[str]) -> str:
    """A program's name for messages: without its arguments, which may contain a credential, even in a single word."""
    first, *more = argv[0].split(maxsplit=1) or [argv[0]]
    return f"{first} …" if more else first


def environment_without(names: Collection[str]) -> Mapping[str, str]:
    """The environment of a child: ours without the variables that contained secrets."""
    return {name: value for name, value in os.environ.items() if name not in names}


def output_of(
    argv: Sequence[str], *, timeout: float, withheld: Collection[str] = (), most: int = MOST_READ
) -> bytes:  # fmt: skip
    """Run a program without a shell and read its standard output, up to `most` bytes; `timeout` is in seconds.

    It keeps the terminal, so that it can ask for a passphrase. Its standard error is discarded.

    Raises:
        ProgramFailed: it can't be run, takes too long, prints more, or fails.
    """
    name, until = program_name(argv), time.monotonic() + timeout
    try:
        process = subprocess.Popen(  # noqa: S603 - the admin's own command, from a list, without a shell
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment_without(withheld),
        )  # fmt: skip
    except FileNotFoundError:
        raise ProgramFailed(f"command {name} not found") from None
    except OSError as error:
        raise ProgramFailed(f"cannot run the command {name}: {error.strerror}") from None
    with process:
        try:
            printed = read_until(process, until, most)
            code = process.wait(max(0.0, until - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise ProgramFailed(f"the command {name} took longer than {timeout:g} s") from None
        finally:
            process.kill()  # does nothing if it has ended
    if len(printed) > most:
        raise ProgramFailed(f"the command {name} printed more than {most // 1024:,} kB")
    if code != 0:
        raise ProgramFailed(f"the command {name} failed with exit code {code}")
    return printed


def read_until(process: "subprocess.Popen[bytes]", until: float, most: int) -> bytes:
    """A program's output until it closes it or ends, or until slightly more than the limit.

    A child that it leaves in the background, such as an agent, may keep the output open long after it.
    """
    printed, pipe = bytearray(), process.stdout.fileno() if process.stdout else -1
    while len(printed) <= most:
        has_ended, left = process.poll() is not None, max(0.0, until - time.monotonic())
        if not is_readable(pipe, 0.0 if has_ended else min(left, LOOK_EVERY)):
            if has_ended:
                return bytes(printed)
            if not left:
                raise TimeoutError
            continue
        part = os.read(pipe, MOST_READ)
        if not part:
            return bytes(printed)
        printed += part
    process.kill()
    return bytes(printed)


def is_readable(pipe: int, seconds: float) -> bool:
    """Whether there is something to read, or the end, within a time. Not `select`: it fails for high numbers."""
    watch = select.poll()
    watch.register(pipe, select.POLLIN | select.POLLHUP)
    return bool(watch.poll(1000 * seconds))
