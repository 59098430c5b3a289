"""Terminal pictures of real runs, as SVG: `python -m tools.docs.pictures` draws them again.

The commands run against a sandbox. Only what differs from run to run (ports, seconds, requests) is replaced or left
out. rich draws them, in our own frame without fonts from the network.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.errors import ExitCode
from tools.docs.pages import ROOT, Problem
from tools.docs.stage import Stage

FOLDER = ROOT / "docs" / "pictures"

FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 16px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's frame for SVG, with local fonts and no address in it."""

SAME = (
    (r"\d{4}-\d\d-\d\d([ \n]+)\d\d:\d\d(?=[ \n]+UTC)", r"2026-11-24\g<1>00:12"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8001"),
    (r"\n.*JumpCloud requests, .* s\b.*", ""),
    (r"state_folder:\s+\S+\s+will be made", "state_folder: /home/ann/jc1p will be made"),
    (r"[\d,.]+ ms\b", "8 ms"),
)
"""What differs from run to run, and its replacement; the count of requests is left out."""


@dataclass(frozen=True)
class Picture:
    """A command, the stage that it runs on, and the exit code that it must have."""

    name: str
    words: tuple[str, ...]
    orders: dict[str, Any] = field(default_factory=dict)
    code: ExitCode = ExitCode.DONE
    width: int = 100

    @property
    def command(self) -> str:
        """The typed command."""
        return f"jc1p {' '.join(self.words)}"


UNWELL = {"version": "2.8.5", "health_states": {"RedisCache": "unhealthy"}}

PICTURES = (
    Picture("dry-run", ("sync", "--dry-run"), {"before": ["sync --yes"], "day": True}),
    Picture("refused", ("sync", "--yes"), {"before": ["sync --yes"], "suspended": 7}, code=ExitCode.REFUSED),
    Picture("doctor", ("doctor",), {"bridge": UNWELL}, code=ExitCode.FAILED, width=84),
    Picture("drift", ("drift",), {"before": ["sync --yes"], "suspended": 1}, code=ExitCode.CHANGES_DUE),
)


def drawn(picture: Picture) -> str:
    """The picture, from a run of its command."""
    colours = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "", "COLUMNS": str(picture.width)}
    with Stage() as stage, stage.as_ordered(picture.orders):
        os.environ.pop("NO_COLOR", None)
        code, said = stage.run(picture.words, colours)
    if code != picture.code:
        raise ValueError(f"{picture.command} exits {code}, not {picture.code}: {said}")
    return svg(picture, f"$ {picture.command}\n{said.rstrip()}")


def svg(picture: Picture, text: str) -> str:
    """Coloured text as a picture of a terminal."""
    for pattern, same in SAME:
        text = re.sub(pattern, same, text)
    paper = Console(record=True, width=picture.width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    paper.print(Text.from_ansi(text))
    made = paper.export_svg(title=picture.command, code_format=FRAME, unique_id=f"jc1p-{picture.name}")
    return "\n".join(line.rstrip() for line in made.splitlines()) + "\n"


def path_of(picture: Picture) -> Path:
    """The path of the picture."""
    return FOLDER / f"{picture.name}.svg"


def check_pictures() -> Iterator[Problem]:
    """Pictures that are out of date, and picture files without a definition."""
    for picture in PICTURES:
        path = path_of(picture)
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        try:
            is_so = kept == drawn(picture)
        except ValueError as error:
            yield Problem(f"docs/pictures/{path.name}", 1, str(error))
            continue
        if not is_so:
            yield Problem(f"docs/pictures/{path.name}", 1, f"{picture.command} looks otherwise now: `make pictures`")


def main() -> None:
    """Draw every picture again."""
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        path_of(picture).write_text(drawn(picture), encoding="utf-8")
        print(f"drew docs/pictures/{picture.name}.svg")


if __name__ == "__main__":
    main()
