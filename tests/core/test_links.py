"""Links that contradict each other, and links that are all that is left of somebody."""

from dataclasses import replace

from support.builders import account, held, jc, op, person, plan_for, source, story, target

from jc1p.core.matching import Links
from jc1p.core.plan import user_key

EVERYBODY = source([person("ann"), person("bob"), person("cat", lastname="New")], assigned=["ann", "bob", "cat"])


def test_everybody_whom_a_link_claimed_twice_ties_together_is_left_alone_and_the_others_go_on() -> None:
    """ann is linked to two accounts, and one of them to bob: inviting bob would make a second account."""
    first = replace(account("a1"), external_id=jc("ann"))
    second = replace(account("a2"), external_id=jc("bob"))
    actual = target([first, second, account("cat", linked=True)])
    plan = plan_for(EVERYBODY, actual, links=Links(users={jc("ann"): op("a2")}))
    assert story(plan) == ["update_user cat displayName=Cat New"]
    assert held(plan) == ["ambiguous_match link_user ann", "ambiguous_match link_user bob"]


def test_account_of_a_deleted_person_is_known_by_the_link_in_state_alone() -> None:
    links = Links(users={jc("zoe"): op("zoe"), jc("former"): "OPVANISHED"})
    plan = plan_for(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True), account("zoe")]),
                    links=links)  # fmt: skip
    (change,) = plan.changes
    assert (change.key, change.jumpcloud_id, change.reason) == (
        user_key(None, op("zoe")), jc("zoe"), "deleted from JumpCloud",
    )  # fmt: skip
