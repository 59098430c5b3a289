"""The installed `jc1p`, and `python -m jc1p`: importing takes long enough to be interrupted, so signals come first."""

import gc

from jc1p.runtime.signals import hold_back


def main() -> None:
    """Run the command line and exit with the contract's code."""
    hold_back()
    # Nothing that is imported is garbage; looking for some costs a twentieth of `--help`. Commands collect again.
    gc.disable()
    from jc1p.cli import main as run_command_line  # noqa: PLC0415 - after signals are held back

    run_command_line()


if __name__ == "__main__":
    main()
