"""Screens that fit: words wrap with a hanging indent on a terminal, a pipe gets each line whole."""

import pytest
from rich.cells import cell_len
from rich.text import Text
from support.runs import check, company, console, record, shown

from jc1p.core.guard import Limit, Limits
from jc1p.reports.lines import print_lines
from jc1p.reports.tables import print_table
from jc1p.reports.text import print_plan

WIDTHS = (60, 80, 120, 200)
HEADERS = ("EMAIL", "NAME", "JUMPCLOUD", "IN SCOPE", "1PASSWORD", "MATCHED BY", "PLANNED")
ROWS = [
    ("augusta.king@example.com", "Augusta Ada King, Countess of Lovelace", "activated", "Engineering, Everyone",
     "active as ada.lovelace@example.com", "externalId", "rename_user, update_user"),
    ("bob@example.com", "Bob", "suspended", "no", "active", "email", "suspend_user"),
]  # fmt: skip


def screen(width: int) -> str:
    made = console(terminal=True, width=width)
    print_plan(made, record(company(), limits=Limits(suspensions=Limit())))
    print_table(made, HEADERS, ROWS, optional=("MATCHED BY", "NAME", "IN SCOPE"))
    return shown(made)


@pytest.mark.parametrize("width", WIDTHS)
def test_screen_fits_its_terminal(width: int) -> None:
    text = screen(width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    check(f"width-{width}.txt", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_a_plan_breaks_inside_a_word(width: int) -> None:
    screens = []
    for made in (console(terminal=True, width=width), console()):
        print_plan(made, record(company()))
        screens.append(shown(made).split())
    assert screens[0] == screens[1]


def test_continued_lines_hang_below_the_words() -> None:
    made = console(terminal=True, width=30)
    print_lines(made, [Text("  ! ann@example.com: is waiting for the bridge")])
    assert shown(made) == "  ! ann@example.com: is\n    waiting for the bridge\n"


def test_a_word_that_is_longer_than_the_terminal_stays_whole() -> None:
    made, address = console(terminal=True, width=30), f"{'a' * 40}@example.com"
    print_lines(made, [Text(f"  + {address} is invited")])
    assert address in shown(made)


def test_a_pipe_gets_rows_whole() -> None:
    made = console()
    print_table(made, HEADERS, ROWS, optional=("NAME",))
    assert "Augusta Ada King, Countess of Lovelace" in shown(made)
    assert len(shown(made).splitlines()) == 3
