"""Two plans compared: by user and group, members one by one, without numbers and reasons."""

from jc1p.core.guard import Refusal, Verdict
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, Member, Plan
from jc1p.core.plan_comparison import PlanComparison, compare_plans

ADA, BOB, CY = (Member(f"user:{name}", f"{name}@example.com") for name in ("ada", "bob", "cy"))
INVITE = Change(Kind.CREATE_USER, ADA.key, "in group Sales", user=ADA.email,
                attributes={"displayName": Difference(None, "Ada")})  # fmt: skip
ADD = Change(Kind.ADD_MEMBERS, "group:1", "in group Sales", group="Sales", members=(ADA, BOB))
HELD = Held(Kind.SUSPEND_USER, Hold.GRACE_PERIOD, "until tomorrow", user=CY.email)


def compare(this: Plan, other: Plan, *, blocked: bool = False) -> PlanComparison:
    verdict = Verdict((Refusal("creations", 1, 0, "too many"),)) if blocked else Verdict()
    return compare_plans(("jc1p.yaml", this, Verdict()), ("other.yaml", other, verdict))


def test_same_changes_with_other_numbers_and_reasons_are_the_same_plan() -> None:
    other = Plan((ADD._replace(id=7, reason="in groups Sales, Support"), INVITE._replace(id=9)))
    assert not compare(Plan((INVITE, ADD)), other).differs


def test_of_a_membership_change_only_the_members_that_differ_remain() -> None:
    found = compare(Plan((ADD,)), Plan((ADD._replace(members=(BOB, CY)),)))
    assert [each.members for each in found.this.only.changes] == [(ADA,)]
    assert [each.members for each in found.other.only.changes] == [(CY,)]


def test_change_with_another_value_is_on_both_sides() -> None:
    renamed = INVITE._replace(attributes={"displayName": Difference(None, "Ada L.")})
    found = compare(Plan((INVITE,)), Plan((renamed,)))
    assert (found.this.only.changes, found.other.only.changes) == ((INVITE,), (renamed,))


def test_what_is_held_under_one_alone_differs_and_what_options_leave_out_does_not() -> None:
    left_out = Held(Kind.CREATE_USER, Hold.LIMIT, "skipped by --limit 1", user=ADA.email)
    found = compare(Plan(held=(HELD,)), Plan(held=(left_out,)))
    assert (found.this.only.held, found.other.only.held) == ((HELD,), ())
    assert found.differs


def test_one_plan_and_two_verdicts_differ() -> None:
    assert compare(Plan((INVITE,)), Plan((INVITE,)), blocked=True).differs
