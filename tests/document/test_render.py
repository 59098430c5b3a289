"""The JSON document: the error that ended a run has the contract's code."""

import pytest
from support.runs import company, record

from jc1p.core.guard import Limit, Limits
from jc1p.core.plan import TAKES_OVER, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.document.render import document
from jc1p.errors import ExitCode, PlanMoved
from jc1p.reports.html.page import render_html
from jc1p.reports.markdown import render_markdown

REFUSED = record(company(), limits=Limits(creations=Limit(0)))


def test_real_run_that_the_guard_refuses_carries_unsafe_plan_and_names_the_limit() -> None:
    error = document(REFUSED._replace(dry_run=False))["error"]
    assert error["code"] == "unsafe_plan"
    assert "guard.creations" in error["message"]


@pytest.mark.parametrize("run", [REFUSED, record(company())._replace(dry_run=False)], ids=["dry run", "allowed"])
def test_dry_run_and_allowed_plan_carry_no_error(run: RunRecord) -> None:
    assert document(run)["error"] is None


def test_error_that_ended_a_refused_run_stays_the_first() -> None:
    run = REFUSED._replace(dry_run=False, error=PlanMoved("moved"))
    assert document(run)["error"]["code"] == "plan_moved"


def test_what_is_taken_over_comes_before_every_other_warning_in_every_form() -> None:
    run = record(company())._replace(notices=(PlanWarning("ignored_key", "users.old", "is ignored"),))
    warnings = document(run)["warnings"]
    assert [each["code"] for each in warnings][:3] == [TAKES_OVER, TAKES_OVER, "ignored_key"]
    for text in (render_markdown(run, ExitCode.DONE), render_html(run, ExitCode.DONE)):
        assert 0 < text.index("It becomes the group of") < text.index("is ignored")
