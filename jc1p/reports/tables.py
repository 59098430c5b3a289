"""Rows and columns: aligned text that is never cut, and CSV that spreadsheets don't execute."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable

WIDEST_COLUMN = 44
"""Cells up to this width are aligned; a longer one shifts the rest of its row, and nothing is cut."""

FORMULA = re.compile("(?:^|(?<=[;\t\n\r]))(?=\\s*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""Where spreadsheets start a formula: at the start of a cell, and of a part of it, as after ; in some."""


def print_table(
    console: Console, headers: Sequence[str], rows: Iterable[Sequence[str]], *, optional: Sequence[str] = ()
) -> None:
    """A header and a line for every row; remote text is shown as data.

    On a terminal that is too narrow, the `optional` columns are dropped, the first ones first, then long cells are
    shortened. CSV, JSON and a pipe have them complete.
    """
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [
        min(WIDEST_COLUMN, max([cell_len(header), *(cell_len(row[column]) for row in shown)]))
        for column, header in enumerate(headers)
    ]
    kept = list(range(len(headers)))
    if console.is_terminal:
        for column in map(list(headers).index, optional):
            if too_wide(kept, widths, console.width):
                kept.remove(column)
        widths = shortened([widths[column] for column in kept], console.width)
        shown = [[cut(row[column], width) for column, width in zip(kept, widths, strict=True)] for row in shown]
    heads = [headers[column] for column in kept]
    heads = [cut(head, width) for head, width in zip(heads, widths, strict=True)] if console.is_terminal else heads
    print_lines(console, [Text(aligned(heads, widths), style="bold"), *(Text(aligned(row, widths)) for row in shown)])
    if len(kept) < len(headers):
        left = ", ".join(name for column, name in enumerate(headers) if column not in kept)
        print_lines(console, [Text(f"Not shown in {console.width} columns: {left}", style="dim")])


SHORTEST = 12
"""The columns that a cell keeps when a table is shortened to fit the terminal."""


def table_width(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def too_wide(kept: Sequence[int], widths: Sequence[int], width: int) -> bool:
    return table_width([min(widths[column], ROOMY) for column in kept]) > width


ROOMY = 28
"""The columns that a cell may keep before a whole column is dropped instead."""


def shortened(widths: Sequence[int], width: int) -> list[int]:
    """Widths that fit; the widest is shortened first, none below SHORTEST."""
    fitting = list(widths)
    while table_width(fitting) > width and max(fitting, default=0) > SHORTEST:
        fitting[fitting.index(max(fitting))] -= 1
    return fitting


def cut(cell: str, width: int) -> str:
    """A cell that fits, with … if it was shortened."""
    if cell_len(cell) <= width:
        return cell
    return set_cell_size(cell, width - 1).rstrip() + "…"


def aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * max(0, width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180 with a header line. Each cell is one line with nothing hidden; a formula gets a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([harmless(printable(cell)) for cell in row] for row in rows)
    return text.getvalue()


BYTE_ORDER_MARK = "\ufeff"


def csv_file(text: str) -> str:
    """CSV as a file's content with a byte order mark: without it, Excel reads UTF-8 as Latin-1."""
    return BYTE_ORDER_MARK + text


def harmless(cell: str) -> str:
    return FORMULA.sub("'", cell)
