"""Matching 20,000 people with 20,000 accounts: CPU of matching and of the search for duplicates."""

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from jc1p.core.matching import Links
from jc1p.core.models import Account, Person, SourceDirectory, TargetDirectory
from jc1p.core.planning import Situation, build_plan
from jc1p.core.planning.situation import situate
from jc1p.core.policy import Memory, Policy
from jc1p.core.scope import Scope

SIZES = (5_000, 20_000)
BOUND_SECONDS = 2.0
Result = TypeVar("Result")


def company(size: int, *, namesakes: bool) -> tuple[SourceDirectory, TargetDirectory]:
    """A fifth each: linked, same email, same email in other case, another domain, unmatched on both sides.

    With `namesakes`, all people have one of ten names, which would be slow for a quadratic search.
    """
    dice = random.Random(size)
    people, accounts = {}, {}
    for number in range(size):
        name = f"Name {dice.randrange(10)}" if namesakes else f"Given{number} Family{number}"
        given, family = name.split(" ")
        person = Person(f"{number:024x}", f"person.{number}@example.com", f"p{number}", given, family)
        people[person.id] = person
        address, link = person.email, ""
        match number % 5:
            case 0:
                link, address = person.id, f"old.{number}@example.com"
            case 2:
                address = address.upper()
            case 3:
                address = f"person{number}@corp.example"
            case 4:
                address, name = f"stranger.{number}@example.org", f"{name} Stranger"
        accounts[f"A{number}"] = Account(f"A{number}", address, name, external_id=link)
    source = SourceDirectory(people=people, groups={}, assigned_people=frozenset(people))
    return source, TargetDirectory(accounts=accounts, groups={})


def cpu(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def main() -> None:
    print("| people x accounts | match | match and plan |")
    print("|---|---|---|")
    slowest = 0.0
    for size in SIZES:
        for namesakes in (False, True):
            source, actual = company(size, namesakes=namesakes)

            def who_is_whom(source: SourceDirectory = source, actual: TargetDirectory = actual) -> Situation:
                now = datetime(2026, 11, 24, tzinfo=UTC)
                return situate(source, actual, Scope(), Policy(), Links(), Memory(), now)

            matching, situation = min((cpu(who_is_whom) for _ in range(3)), key=lambda measured: measured[0])
            planning, plan = cpu(partial(build_plan, situation))
            assert len(situation.matches.by_person) == size * 3 // 5, len(situation.matches.by_person)
            slowest = max(slowest, matching)
            words = ", ten names for all" if namesakes else ""
            print(f"| {size:,} x {size:,}{words} | {matching:.2f} s | {matching + planning:.2f} s |")
            assert plan.held or namesakes
    print(f"\nMatching is bound to {BOUND_SECONDS} s of CPU.")
    sys.exit(slowest > BOUND_SECONDS)


if __name__ == "__main__":
    main()
