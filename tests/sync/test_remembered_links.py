"""Links that a reading alone records: never that of an account that changes hands."""

from dataclasses import replace
from pathlib import Path

from support.builders import NOW, account, held, jc, op, person, situation, source, target

from jc1p.core.plan import TAKES_OVER
from jc1p.core.planning import build_plan
from jc1p.core.run_options import users_meant
from jc1p.state.store import open_state
from jc1p.sync.remember import remember_reading

AGAIN = source([person("bob2", email="bob@example.com", firstname="Bob")], assigned=["bob2"])


def test_held_return_of_a_user_hired_again_does_not_move_the_link_of_the_account(tmp_path: Path) -> None:
    """Somebody suspended the account. When an admin lets it come back, the plan still shows who takes it over."""
    there = target([account("bob", linked=True, active=False)])
    here = situation(AGAIN, there)
    plan = build_plan(here)
    assert [each.split()[0] for each in held(plan)] == ["suspended_elsewhere"], held(plan)
    with open_state(tmp_path) as state:
        remember_reading(here, plan, state, NOW)
        later = replace(situation(AGAIN, there, links=state.links()), reactivate=users_meant(here, ["bob@example.com"]))
    assert TAKES_OVER in {warning.code for warning in build_plan(later).warnings}


def test_account_without_a_former_user_is_linked_although_its_return_is_held(tmp_path: Path) -> None:
    here = situation(AGAIN, target([account("bob", active=False)]))
    with open_state(tmp_path) as state:
        remember_reading(here, build_plan(here), state, NOW)
        assert state.links().users == {jc("bob2"): op("bob")}
