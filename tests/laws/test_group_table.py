"""The table of group names in docs/lifecycle.md, row by row: the plan does what it says."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.builders import account, group, jc, person, plan_for, pushed, source, target
from support.pure_target import PureTarget, refused

from jc1p.core.matching import Links
from jc1p.core.models import Group, SourceDirectory, TargetDirectory
from jc1p.core.outcomes import Skipped
from jc1p.core.plan import Kind, Plan, group_key
from jc1p.core.planning.filters import PlanFilter, narrow
from jc1p.sync.apply import apply

DOC = Path(__file__).parents[2] / "docs" / "lifecycle.md"
WANTED = "wanted"
OURS, OTHERS = jc("gours"), jc("gothers")
KEY = group_key(OURS)


def rows() -> Iterator[tuple[str, str, str]]:
    """Which group has the name, whether our group is new or renamed, and the table's result for both."""
    table = [line for line in DOC.read_text().partition("## Groups")[2].splitlines() if line.startswith("|")]
    header, _, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    for bearer, *cells in body:
        for which, said in zip(header[1:], cells, strict=True):
            yield bearer, which, said.replace("`", "")


@dataclass(frozen=True)
class Scene:
    have: SourceDirectory
    actual: TargetDirectory
    links: Links
    vanished: frozenset[str] = frozenset()

    def plan(self) -> Plan:
        return plan_for(self.have, self.actual, links=self.links, vanished=self.vanished)


def scene(bearer: str, which: str) -> Scene:
    ours = group(WANTED, "ann", id_=OURS)
    groups, there, links = [ours], list[Group](), dict[str, str]()
    if which == "renamed":
        there.append(pushed("former", "ann", id_="OPOURS"))
        links[OURS] = "OPOURS"
    if bearer == "its own group":
        there[:] = [pushed(WANTED, "ann", id_="OPOURS")]
        links[OURS] = "OPOURS"
    elif bearer == "no group, and its own group vanished" and which == "new":
        return Scene(people(groups), target(ACCOUNTS), Links(groups={OURS: "OPOLD"}), frozenset({OURS}))
    elif bearer == "no group, and its own group vanished":
        there[:] = [pushed(WANTED, "ann", id_="OPOURS")]
    elif bearer != "no group":
        there.append(pushed(WANTED, id_="OPOTHERS"))
    if "another" in bearer or "deleted" in bearer:
        links[OTHERS] = "OPOTHERS"
    if "another" in bearer:
        name = WANTED if "keeps" in bearer or "scope" in bearer else "next"
        groups.append(group(name, "bob", id_=OTHERS))
    if "is held" in bearer:
        there.append(pushed("next", id_="OPTHIRD"))
    have = people(groups)
    if "out of scope" in bearer:
        have = have._replace(read_groups=frozenset({OURS}))
    return Scene(have, target(ACCOUNTS, there), Links(groups=links))


ACCOUNTS = [account("ann", linked=True), account("bob", linked=True)]


def people(groups: list[Group]) -> SourceDirectory:
    return source([person("ann"), person("bob")], groups, assigned=["ann", "bob"])


class Failing(PureTarget):
    async def rename_group(self, scim_id: str, name: str) -> None:
        if scim_id == "OPOTHERS":
            raise refused("no")
        await super().rename_group(scim_id, name)


def became(bearer: str, which: str) -> str:
    here = scene(bearer, which)
    plan = here.plan()
    if "filter" in bearer:
        plan = narrow(plan, PlanFilter(groups=frozenset({KEY})))
    changes = [change for change in plan.changes if change.key == KEY and change.kind in NAMING]
    if "fails" in bearer:
        report = asyncio.run(apply(plan, Failing(here.actual)))
        return "skipped" if all(isinstance(report.outcomes[each.id - 1], Skipped) for each in changes) else "applied"
    if changes:
        return changes[0].kind.value
    codes = [each.code.value for each in plan.held if each.group == WANTED and each.kind in NAMING]
    if codes:
        return f"held: {codes[-1]}"
    is_adopted = plan.ids.get(KEY) == "OPOTHERS"
    return "adopted" if is_adopted else "\N{EN DASH}"


NAMING = {Kind.CREATE_GROUP, Kind.RENAME_GROUP}


@pytest.mark.parametrize(("bearer", "which", "said"), list(rows()))
def test_row(bearer: str, which: str, said: str) -> None:
    assert became(bearer, which) == said


def test_table_has_every_outcome_of_the_rename_that_frees_the_name() -> None:
    bearers = " ".join(bearer for bearer, _, _ in rows())
    for outcome in (
        "renamed in the same run",
        "is held",
        "fails",
        "a filter excludes",
        "keeps it",
        "out of scope",
        "deleted",
    ):
        assert outcome in bearers
