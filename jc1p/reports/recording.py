"""A recording for admins: what is known of each open question, the matching sandbox settings, and what is unknown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of, printable

Rows = Sequence[Mapping[str, Any]]


def print_recording(console: Console, rows: Rows, *, exchanges: int, left_out: int, size: int) -> None:
    """Every question on a line with its answer; those without one together at the end."""
    lines = [Text("Recording", style="bold")]
    for row in rows:
        if row["answered"]:
            knobs = ", ".join(f"{name}={shown(value)}" for name, value in row["knobs"].items())
            lines.append(Text.assemble(
                f"  {row['text']} ", (printable(row["answer"]), "bold"), (f"  ({knobs})" if knobs else "", "dim"),
            ))  # fmt: skip
    unanswered = [row for row in rows if not row["answered"]]
    lines += [Text(), Text("Not answered by this reading", style="bold")]
    for row in unanswered:
        needs = "" if "--canary" not in row["answer"] else "  (needs --canary)"
        lines.append(Text.assemble(f"  {row['text']}", (needs, "dim")))
    alike = f" ({left_out} more are alike)" if left_out else ""
    lines += [
        Text(),
        Text(f"{count_of(len(rows) - len(unanswered), 'answer')}, {len(unanswered)} open. The bundle has "
             f"{count_of(exchanges, 'exchange')}{alike}, {size / 1024:.0f} KB."),
        Text("Names, addresses, ids and other texts are replaced by stand-ins; secrets are left out."),
    ]  # fmt: skip
    print_lines(console, lines)


def shown(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)
