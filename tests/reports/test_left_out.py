"""Changes left out by a run's own options: one line with counts, or one by one on request."""

from support.reported import PLAN
from support.runs import console, record, shown

from jc1p.core.plan import Held, Hold, Kind, Plan
from jc1p.queries.details import Details
from jc1p.reports.left_out import left_out
from jc1p.reports.text import print_plan

INVITED = Plan(
    changes=tuple(change for change in PLAN.changes if change.kind is Kind.CREATE_USER)[:2],
    held=(
        *(Held(Kind.CREATE_USER, Hold.LIMIT, "waits", f"p{n}@example.com") for n in range(28)),
        Held(Kind.ADD_MEMBERS, Hold.NARROWED, "depends on a change that this run skips", group="eng"),
        Held(Kind.SUSPEND_USER, Hold.NO_REMOVALS, "gone", "dan@example.com"),
        Held(Kind.CREATE_USER, Hold.PROBABLE_DUPLICATE, "looks like ann", "eve@example.com"),
    ),
)


def test_what_was_left_out_on_purpose_is_counted_by_option() -> None:
    assert left_out(INVITED) == "28 invitations, additions to 1 group (--limit 2), 1 suspension (--no-removals)"
    held = [Held(Kind.CREATE_USER, Hold.NARROWED, "skipped by --only groups", "a@example.com")]
    assert left_out(INVITED._replace(held=tuple(held))) == "1 invitation (--only groups)"
    assert left_out(PLAN) == ""


def test_what_was_left_out_is_one_line_and_each_with_verbose() -> None:
    screens = []
    for details in (None, Details()):
        screen = console()
        print_plan(screen, record(INVITED), details=details)
        screens.append(shown(screen))
    short, whole = screens
    assert "Held, 1\n" in short
    assert "p7@example.com" not in short
    assert short.count("Not in this run: ") == 1
    assert "\nPlan: 2 to add; 1 held.\n" in short
    assert ("Held, 31\n" in whole, "p7@example.com" in whole, "Not in this run" in whole) == (True, True, False)
