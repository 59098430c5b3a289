"""The cost of the record of memberships: its size after a year, and a review compared with a run without changes.

The record covers 10,000 people in six of 500 groups each; every week of a year 1 % of them move to another group. The
review reads a company of that size from both simulators, after its first sync. Ends with 1 if a bound is exceeded.
"""

import random
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness import Company, company

from jc1p.core.membership_record import Hand, RecordedRun, digest_of
from jc1p.state.memberships import Book
from jc1p.state.store import open_state

PEOPLE, GROUPS, GROUPS_EACH, WEEKS = 10_000, 500, 6, 52
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
REPEATS = 3
MOST_BYTES, MOST_TIMES = 20_000_000, 2.0


def id_of(number: int, letters: int) -> str:
    """An id as long as a SCIM id."""
    return f"{number:X}".rjust(letters, "A")


def year_of_moves(folder: Path) -> int:
    """Write a year of the record; returns the size of the state file in bytes."""
    chance = random.Random(7)
    people = [id_of(number, 26) for number in range(PEOPLE)]
    groups = {id_of(number, 26) + "g": set[str]() for number in range(GROUPS)}
    names = {id_: f"firstname.lastname{number}@example.com" for number, id_ in enumerate(people)}
    for id_ in people:
        for group in chance.sample(sorted(groups), GROUPS_EACH):
            groups[group].add(id_)
    with open_state(folder) as state:
        for week in range(WEEKS + 1):
            at = BEGIN + timedelta(weeks=week)
            run = RecordedRun(f"{at:%Y%m%dT%H%M%SZ}-0000", "sync", at, actor="jc1p@host")
            with state.in_batches():
                write_week(Book(state, run), run, groups, names, chance if week else None)
    return (folder / "state.db").stat().st_size


def write_week(
    book: Book, run: RecordedRun, groups: dict[str, set[str]], names: dict[str, str], chance: random.Random | None
) -> None:
    """In the first week everything that exists, later the moves."""
    if chance is None:
        for group, members in groups.items():
            book.begin(group, dict.fromkeys(members, (run, Hand.UNKNOWN)), names)
            book.settle(group, digest_of(members), is_new=True)
        return
    for person in chance.sample(sorted(names), PEOPLE // 100):
        old = chance.choice([group for group, members in groups.items() if person in members])
        new = chance.choice([group for group, members in groups.items() if person not in members])
        groups[old].discard(person)
        groups[new].add(person)
        book.end(old, {person: (run, Hand.JC1P)})
        book.begin(new, {person: (run, Hand.JC1P)}, names)
        for group in (old, new):
            book.settle(group, digest_of(groups[group]), is_new=False)


def cpu_of(here: Company, *arguments: str) -> float:
    """Seconds of CPU, the median of some runs."""
    return statistics.median(here.jc1p(*arguments).cpu for _ in range(REPEATS))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        size = year_of_moves(Path(name))
    with company(PEOPLE, GROUPS) as here:
        here.sync()
        nothing = cpu_of(here, "sync", "--yes")
        reviews = {each: cpu_of(here, "review", "--output", each) for each in ("text", "json")}
        page = cpu_of(here, "review", "--quiet", "--report", str(here.folder / "review.html"))
        html = (here.folder / "review.html").stat().st_size
    print(f"{PEOPLE:,} people, {GROUPS} groups, {PEOPLE * GROUPS_EACH:,} memberships\n")
    print("| measure | measured | bound |")
    print("|---|---|---|")
    print(f"| record after a year of 1 % a week | {size / 1e6:.1f} MB | at most {MOST_BYTES / 1e6:.0f} MB |")
    print(f"| sync with nothing to do | {nothing:.2f} s CPU | |")
    for each, cpu in reviews.items():
        bound = f"at most {MOST_TIMES:.0f} times" if each == "text" else ""
        print(f"| review as {each} | {cpu:.2f} s CPU, {cpu / nothing:.2f} times | {bound} |")
    print(f"| review with its HTML page of {html / 1e6:.1f} MB | {page:.2f} s CPU, {page / nothing:.2f} times | |")
    sys.exit(size > MOST_BYTES or reviews["text"] > MOST_TIMES * nothing)


if __name__ == "__main__":
    main()
