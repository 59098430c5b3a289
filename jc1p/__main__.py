"""The installed `jc1p`, and `python -m jc1p`: imports take long enough for an interruption, so signals come first."""

import gc
import sys

from jc1p import __version__


def main() -> None:
    """Run the command line and exit with the contract's code."""
    if sys.argv[1:] == ["--version"] and is_printed(f"jc1p {__version__}\n"):
        return
    from jc1p.runtime.signals import hold_back  # noqa: PLC0415 - more than a version needs

    hold_back()
    # Imported modules are not garbage; looking for some takes a twentieth of `--help`. Commands collect again.
    gc.disable()
    from jc1p.cli import main as run_command_line  # noqa: PLC0415 - after signals are delayed

    run_command_line()


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
