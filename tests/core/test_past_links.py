"""Links that only the journal knows."""

import pytest
from support.builders import NOW, account, group, jc, op, person, pushed, source, target

from jc1p.core.matching import Links
from jc1p.core.outcomes import Applied
from jc1p.core.past_links import with_past_links
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Change, Difference, Kind, group_key, user_key
from jc1p.core.planning.filters import GROUP_KINDS
from jc1p.sync.remember import links_made


def run(*entries: Entry, command: str = "sync") -> PastRun:
    return PastRun("run", command, NOW, len(entries), entries)


def entry(
    name: str, kind: Kind = Kind.CREATE_USER, *, status: Status = Status.APPLIED, scim_id: str | None = None
) -> Entry:  # fmt: skip
    attributes = {"userName": Difference(None, f"{name}@example.com")}
    return Entry(1, kind, f"user:{jc(name)}", status, user=f"{name}@example.com", jumpcloud_id=jc(name),
                 scim_id=scim_id, attributes=attributes)  # fmt: skip


ANN = person("ann", email="ann.new@example.com", displayname="Ann New")
HAVE, THERE = source([ANN, person("bob")]), target([account("ann"), account("x", linked=False)])
INVITED, LOST = entry("ann", scim_id=op("ann")), entry("ann", status=Status.UNKNOWN)


def users(*runs: PastRun, links: Links | None = None, there: object = THERE, have: object = HAVE) -> dict[str, str]:
    return dict(with_past_links(links or Links(), runs, have, there).users)  # type: ignore[arg-type]


def test_invitation_of_a_killed_run_is_known_by_its_answer_or_its_address() -> None:
    assert users(run(INVITED)) == {jc("ann"): op("ann")}
    assert users(run(LOST)) == {jc("ann"): op("ann")}
    assert users(run(entry("ann", status=Status.FAILED, scim_id=op("ann")))) == {}
    assert users() == {}


def test_address_that_another_user_has_by_now_says_nothing() -> None:
    heir = person("eve", email="ann@example.com")
    assert users(run(LOST), have=source([ANN, heir])) == {}


def test_account_of_a_user_who_was_deleted_since_is_known() -> None:
    """Otherwise it counts as unmanaged and stays active."""
    have = source([person("bob")])
    assert users(run(INVITED), have=have) == {jc("ann"): op("ann")}
    assert users(run(LOST), have=have) == {jc("ann"): op("ann")}
    moved = run(entry("bob", Kind.LINK_USER, scim_id=op("ann")))
    assert users(run(INVITED), moved, have=have) == {jc("bob"): op("ann")}
    heir = source([person("eve", email="ann@example.com")])
    assert users(run(LOST), have=heir) == {}


def test_state_and_external_ids_count_more() -> None:
    assert users(run(INVITED), links=Links({jc("ann"): op("x")})) == {jc("ann"): op("x")}
    assert users(run(INVITED), links=Links({jc("bob"): op("ann")})) == {jc("bob"): op("ann")}
    assert users(run(INVITED), there=target([account("ann", linked=True)])) == {}
    assert users(run(INVITED), there=target([account("x")])) == {}


def test_later_link_replaces_earlier_ones_and_a_rollback_ends_it() -> None:
    again = entry("bob", Kind.LINK_USER, scim_id=op("ann"))
    assert users(run(INVITED), run(again)) == {jc("bob"): op("ann")}
    assert users(run(INVITED), run(entry("bob", Kind.LINK_USER, scim_id=op("ann")), command="rollback")) == {}
    renamed_back = entry("bob", Kind.RENAME_USER, scim_id=op("ann"))
    assert users(run(INVITED), run(renamed_back, command="rollback")) == {jc("ann"): op("ann")}
    assert users(run(INVITED, command="doctor")) == {}


def test_group_keeps_its_link_when_it_was_renamed_since() -> None:
    have, there = source([], [group("new", id_=jc("gold"))]), target([], [pushed("old")])
    made = Entry(1, Kind.CREATE_GROUP, f"group:{jc('gold')}", Status.UNKNOWN, group="old", jumpcloud_id=jc("gold"),
                 attributes={"displayName": Difference(None, "old")})  # fmt: skip
    assert dict(with_past_links(Links(), [run(made)], have, there).groups) == {jc("gold"): op("gold")}


@pytest.mark.parametrize("kind", Kind)
def test_journal_knows_the_links_that_state_knew(kind: Kind) -> None:
    """Also of a user who was only suspended: otherwise the next email would be invited again."""
    name, is_group = ("gold" if kind in GROUP_KINDS else "ann"), kind in GROUP_KINDS
    key = group_key(jc(name)) if is_group else user_key(jc(name), None)
    change = Change(kind, key, "", None if is_group else name, name if is_group else None, jc(name), op(name))
    made = Entry(1, kind, key, Status.APPLIED, change.user, change.group, jc(name), op(name))
    have, there = source([ANN], [group("new", id_=jc("gold"))]), target([account("ann")], [pushed("old")])
    known = with_past_links(Links(), [run(made)], have, there)
    assert dict(known.groups if is_group else known.users) == links_made([Applied(change, op(name))], group=is_group)
