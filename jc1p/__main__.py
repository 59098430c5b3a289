"""The installed `jc1p`, and `python -m jc1p`: imports take long enough for an interruption, so signals come first."""

import gc
import os
import sys

from jc1p import __version__

UNKNOWN = ("memory or open files", "Raise the limits (`ulimit -v` and `ulimit -n`). Then run it again.")
"""What is missing, and the hint, if there is no room to find out."""


def main() -> None:
    """Run the command line and exit with the contract's code."""
    if sys.argv[1:] == ["--version"] and is_printed(f"jc1p {__version__}\n"):
        return
    try:
        start()
    except Exception as error:  # noqa: BLE001 - without room, an import can fail in any way
        sys.exit(tell_lack(error))


def start() -> None:
    """Import the command line and run it."""
    from jc1p.runtime.signals import hold_back  # noqa: PLC0415 - more than a version needs

    hold_back()
    # Imported modules are not garbage; looking for some takes a twentieth of `--help`. Commands collect again.
    gc.disable()
    from jc1p.cli import main as run_command_line  # noqa: PLC0415 - after signals are delayed

    run_command_line()


def tell_lack(error: Exception) -> int:
    """Report a machine without room for the command line or its report, with what is there; returns the exit code.

    Raises:
        Exception: the error, if something else is behind it.
    """
    try:
        from jc1p.errors import lack_behind  # noqa: PLC0415 - already imported, unless the room ended early

        lack = lack_behind(error)
    except (ImportError, MemoryError, OSError):
        lack = UNKNOWN
    if lack is None:
        raise error
    what, hint = lack
    os.write(2, f"error: this machine gives jc1p no more {what}\nhint: {hint}\n".encode())
    return 1


def is_printed(line: str) -> bool:
    """Whether stdout accepted it. If not, the command line reports why."""
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
