"""Help in groups, exit codes at its end, and commands of other tools that lead to ours."""

import pytest
from support.inprocess import jc1p


def test_commands_stand_in_groups_and_exit_codes_at_the_end() -> None:
    text = jc1p("--help").out
    places = [text.index(f"\u2500 {title} \u2500") for title in ("Everyday", "Explain", "Set up", "Undo", "Try")]
    assert places == sorted(places)
    assert "Exit codes: 0 done" in text[places[-1] :]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("validate", "jc1p config check"), ("login", "jc1p doctor"), ("ls", "jc1p users list"), ("undo", "jc1p rollback")],
)
def test_command_of_another_tool_leads_to_ours(typed: str, meant: str) -> None:
    done = jc1p(typed)
    assert (done.code, f"`{meant}" in done.err) == (2, True)
    assert "Did you mean" not in done.err
