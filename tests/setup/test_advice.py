"""What the setup says about groups of the same name."""

import pytest

from jc1p.setup.advice import GroupsFound, advise


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Ops",), "1Password has Ops with the same name: jc1p manages its members."),
        (("Ops", "Dev"), "1Password has Ops, Dev with the same names: jc1p manages their members."),
    ],
)
def test_groups_of_the_same_name_are_counted_in_the_sentence(names: tuple[str, ...], said: str) -> None:
    assert list(advise(GroupsFound(visible=names))) == [said]
