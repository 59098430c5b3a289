"""Rows and columns: aligned text that is never cut, and CSV that no spreadsheet executes."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from jc1p.reports.phrases import printable

WIDEST_COLUMN = 44
"""Cells up to this width line up; a longer one moves the rest of its row, and nothing is cut."""

FORMULA = re.compile("(?:^|(?<=[;\t\n\r]))(?=\\s*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""Where spreadsheets begin to execute: at the start of a cell, and of what they take for one, as some do after ;."""


def print_table(console: Console, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A header and a line for every row; remote text shows as data."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [
        min(WIDEST_COLUMN, max([cell_len(header), *(cell_len(row[column]) for row in shown)]))
        for column, header in enumerate(headers)
    ]
    console.print(Text(aligned(headers, widths), style="bold"), soft_wrap=True)
    for row in shown:
        console.print(Text(aligned(row, widths)), soft_wrap=True)


def aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * max(0, width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """RFC 4180 with a header line; cells that would be formulas get a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: str) -> str:
    return FORMULA.sub("'", cell)
