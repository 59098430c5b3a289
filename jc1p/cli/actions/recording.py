"""`jc1p doctor --record`: shows a recording, asks, and saves it as a bundle, never over another file."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jc1p import __version__
from jc1p.cli.hooks import reason_of
from jc1p.cli.session import Session, tell
from jc1p.cli.terminal.question import answer_to
from jc1p.cli.terminal.streams import masked
from jc1p.cli.usage.options import Output
from jc1p.doctor.record.recording import Recording
from jc1p.errors import Interrupted, UsageError
from jc1p.reports.recording import print_recording
from jc1p.runtime.atomic_write import why_unwritable, write_whole_new
from jc1p.runtime.command_lines import command_line


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """The options of a recording: the file, None for no recording, and whether to ask before saving."""

    file: Path | None
    ask: bool

    def check(self) -> None:
        """Raises UsageError, before anything is read, for a file that exists or can't be written."""
        if self.file is None and not self.ask:
            raise UsageError("--yes goes with --record", hint="Without it doctor asks nothing.")
        if self.file is None:
            return
        if self.file.exists() or self.file.is_symlink():
            raise UsageError(f"--record {self.file}: this file already exists", hint="Use another file name.")
        if reason := why_unwritable(self.file):
            hint = "Use a file in a writable folder."
            raise UsageError(f"--record {self.file}: it can't be written: {reason}", hint=hint)


def save_recording(here: Session, recording: Recording, file: Path, *, ask: bool) -> Mapping[str, Any]:
    """Show a recording, ask on a terminal, and write the bundle; returns its values for the document.

    Raises:
        Interrupted: the answer was no; nothing is written.
        UsageError: the file can't be written, or exists by now.
    """
    recording.learn_limits()
    asks = ask and sys.stdin.isatty()
    head = {"jc1p_version": __version__, "recorded_on": f"{here.record.created_at:%Y-%m-%d}"}
    text = masked(json.dumps(recording.bundle(head), indent=1) + "\n")
    if asks or (here.output is Output.TEXT and not here.common.quiet):
        console = here.out if here.output is Output.TEXT else here.err
        kept, left_out = len(recording.tape.exchanges), recording.tape.left_out
        print_recording(console, recording.answers, exchanges=kept, left_out=left_out, size=len(text))
    if asks:
        ask_to_save(here, text, file)
    try:
        write_whole_new(file, text)
    except OSError as error:
        raise UsageError(f"--record {file}: {reason_of(error)}; nothing is saved", hint="Use another file.") from None
    if here.output is Output.TEXT:
        tell(f"Saved {file}. Replay: {command_line('sandbox', '--replay', str(file))}. To send it: docs/recording.md.")
    return {"file": str(file), "answers": recording.answers, "knobs": recording.knobs}


def ask_to_save(here: Session, text: str, file: Path) -> None:
    """Ask until the answer is yes or no; `v` shows everything that would be saved."""
    while (said := answer_to(here.err, f"Save this as {file}? [y/N, v shows all of it]", here.terminal)) == "v":
        here.err.print(text)
    if said not in {"y", "yes"}:
        raise Interrupted("not saved; nothing was written")
