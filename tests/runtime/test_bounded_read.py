"""Bounded reading never waits: files that are not regular, and files that are too large."""

import os
import threading
from pathlib import Path

import pytest

from jc1p.runtime.atomic_write import append_text
from jc1p.runtime.bounded_read import bounded_lines, check_readable, open_bounded, read_bounded


def test_a_file_of_the_most_bytes_is_read_and_one_more_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1_000_000)
    assert read_bounded(path, 1_000_000) == b"x" * 1_000_000
    for reading in (read_bounded, check_readable):
        with pytest.raises(OSError, match=r"it is larger than 0\.5 MB"):
            reading(path, 500_000)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full", "/dev/urandom"])
def test_a_device_is_refused(path: str) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        read_bounded(Path(path), 10)


def test_a_pipe_that_a_shell_gave_is_read_to_its_end_within_the_limit() -> None:
    out, into = os.pipe()
    given = Path(f"/dev/fd/{out}")

    def write() -> None:
        os.write(into, b"x" * 100)
        os.close(into)

    writing = threading.Thread(target=write)
    writing.start()
    assert read_bounded(given, 100) == b"x" * 100
    writing.join()
    os.close(out)


def test_a_pipe_of_a_folder_is_refused_for_reading_and_for_writing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        read_bounded(pipe, 10)
    with pytest.raises(OSError):  # noqa: PT011 - it has no reader, or is not a file
        append_text(pipe, "x")


def test_of_a_line_that_is_too_long_only_the_beginning_comes(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\n" + b"x" * 35 + b"\ntwo\n" + b"y" * 11)
    with open_bounded(path) as file:
        assert list(bounded_lines(file, 10)) == [b"one\n", b"x" * 10, b"two\n", b"y" * 10]
