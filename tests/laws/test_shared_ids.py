"""Ids are unique only among accounts and among groups: a server that numbers both may give a group an account's id."""

from pathlib import Path

from support.builders import NOW, account, group, jc, op, person, pushed, situation, source, story, target

from jc1p.core.matching import Links
from jc1p.core.models import SourceDirectory, TargetDirectory
from jc1p.core.outcomes import Applied
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Bases, Difference, Kind, group_key, user_key
from jc1p.core.planning import Situation, build_plan
from jc1p.core.rollback import invert
from jc1p.queries.details import details_of
from jc1p.state.store import State, open_state
from jc1p.sync.remember import remember_outcome, remember_reading

ONE = op("ann")
"""The id of Ann's account and of the group."""


def here(have: SourceDirectory, actual: TargetDirectory, state: State) -> Situation:
    return situation(have, actual, links=state.links(), memory=state.memory())


def company(group_name: str = "eng") -> SourceDirectory:
    return source([person("ann", displayname="Eng")], [group(group_name, "ann", id_=jc("geng"))])


def changes_sent(have: SourceDirectory, actual: TargetDirectory, state: State) -> list[str]:
    """Plan, and remember the plan as carried out by a 1Password that keeps nothing of it."""
    now = here(have, actual, state)
    plan = build_plan(now)
    remember_reading(now, plan, state, NOW)
    for change in plan.changes:
        remember_outcome(Applied(change, change.scim_id), state, NOW)
    return story(plan)


def test_name_of_an_account_that_is_not_kept_does_not_hold_back_its_group(tmp_path: Path) -> None:
    actual = target(
        [account("ann", linked=True, display_name="Old")], [pushed("old", "ann", id_=ONE, external_id=jc("geng"))]
    )
    with open_state(tmp_path) as state:
        assert changes_sent(company("old"), actual, state) == ["update_user ann displayName=Eng"]
        assert changes_sent(company("old"), actual, state) == ["update_user ann displayName=Eng"]
        assert changes_sent(company("Eng"), actual, state) == ["rename_group Eng displayName=Eng"]


def test_name_of_an_account_that_is_kept_is_forgotten(tmp_path: Path) -> None:
    before = target([account("ann", linked=True, display_name="Old")], [pushed("eng", "ann", id_=ONE)])
    after = before._replace(accounts={ONE: account("ann", linked=True, display_name="Eng")})
    with open_state(tmp_path) as state:
        for _ in range(3):
            assert changes_sent(company(), before, state) == ["update_user ann displayName=Eng"]
            assert changes_sent(company(), after, state) == []


def test_link_of_an_account_says_nothing_about_links_of_groups(tmp_path: Path) -> None:
    actual = target([account("ann", display_name="Eng")], [pushed("eng", "ann", id_=ONE)])
    with open_state(tmp_path) as state:
        assert changes_sent(company(), actual, state) == ["link_user ann"]
        assert build_plan(here(company(), actual, state)).unlinked_groups == {ONE: jc("geng")}


def test_rollback_of_an_email_change_and_of_a_rename() -> None:
    ann = Entry(1, Kind.RENAME_USER, user_key(jc("ann"), None), Status.APPLIED, "ann@example.com", None, jc("ann"), ONE,
                attributes={"userName": Difference("lee@example.com", "ann@example.com")})  # fmt: skip
    eng = Entry(2, Kind.RENAME_GROUP, group_key(jc("geng")), Status.APPLIED, None, "eng", jc("geng"), ONE,
                attributes={"displayName": Difference("old", "eng")})  # fmt: skip
    actual = target([account("ann", linked=True)], [pushed("eng", "ann", id_=ONE)])
    plan = invert(PastRun("run-1", "sync", NOW, 2, (ann, eng), ended=True), situation(company(), actual), Bases())
    assert story(plan) == ["rename_user ann userName=lee@example.com", "rename_group old displayName=old"]


def test_details_show_the_group_as_changed_and_the_account_as_unchanged() -> None:
    actual = target([account("ann", linked=True, display_name="Eng")], [pushed("old", "ann", id_=ONE)])
    now = situation(company(), actual, links=Links(groups={jc("geng"): ONE}))
    plan = build_plan(now)
    assert story(plan) == ["rename_group eng displayName=eng"]
    assert [name for name, _ in details_of(now, plan).unchanged] == ["ann@example.com"]
