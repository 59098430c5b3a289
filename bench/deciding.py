"""Planning for people who are all in sync: `python bench/deciding.py ROUNDS` plans about 300 of them per round."""

import gc
import sys
from datetime import UTC, datetime

from jc1p.core.matching import Links
from jc1p.core.models import Account, Group, Person, SourceDirectory, TargetDirectory
from jc1p.core.planning import build_plan
from jc1p.core.planning.situation import situate
from jc1p.core.policy import Memory, Policy
from jc1p.core.scope import Scope

PEOPLE, GROUPS = 300, 20
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def company() -> tuple[SourceDirectory, TargetDirectory, Links]:
    people, accounts = {}, {}
    for each in range(PEOPLE):
        given, family, address = f"Given{each}", f"Family{each}", f"person.{each}@example.com"
        person = Person(f"{each:024x}", address, f"person.{each}", given, family, f"{given} {family}")
        people[person.id] = person
        accounts[f"A{each}"] = Account(f"A{each}", address, person.displayname, given, family, external_id=person.id)
    groups = {
        f"{each + 4096:024x}": Group(
            f"{each + 4096:024x}", f"Group {each}", frozenset(f"{one:024x}" for one in range(each, PEOPLE, GROUPS // 4))
        )
        for each in range(GROUPS)
    }
    pushed = {
        f"G{group.id}": Group(f"G{group.id}", group.name, frozenset(f"A{int(id_, 16)}" for id_ in group.members))
        for group in groups.values()
    }
    source = SourceDirectory(people, groups, frozenset(groups), frozenset(groups), frozenset(people))
    links = Links({id_: f"A{int(id_, 16)}" for id_ in people}, {id_: f"G{id_}" for id_ in groups})
    return source, TargetDirectory(accounts, pushed), links


if __name__ == "__main__":
    gc.disable()  # commands collect garbage every 50,000 objects, which would blur the count
    source, target, links = company()
    for _ in range(int(sys.argv[1])):
        plan = build_plan(situate(source, target, Scope(application="x"), Policy(), links, Memory(), NOW))
        assert plan.is_empty, plan.changes[:3]
