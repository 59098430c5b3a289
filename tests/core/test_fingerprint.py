"""The fingerprint of a saved plan covers everything it would do, and its settings."""

import pytest

from jc1p.core.plan import Change, Difference, Kind, Member, Plan, fingerprint, person_of, user_key

RENAME = Change(
    Kind.RENAME_USER, "user:1", "the email changed", user="ann@example.com", jumpcloud_id="1", scim_id="OP1", id=1,
    attributes={"userName": Difference("ann@example.com", "lee@example.com")},
)  # fmt: skip
JOIN = Change(Kind.ADD_MEMBERS, "group:2", "", group="eng", members=(Member("user:1", "ann@example.com"),), id=2)


def test_saved_plans_are_known_by_later_versions() -> None:
    """Users have files with these digests: a different one makes every saved plan out of date."""
    assert fingerprint(Plan((RENAME, JOIN)), settings="{}") == (
        "sha256:5dc666b488b67e058791dab403ead61c52c8cebd54201b9d3ca41a387f4aeb35"
    )
    assert fingerprint(Plan(), settings="{}") == (
        "sha256:2fb6f13b3246168b724b0b4ce8d96361f28330f48ebd06ddc7496bbc6cdb68fb"
    )


@pytest.mark.parametrize(
    "other",
    [
        RENAME._replace(kind=Kind.UPDATE_USER),
        RENAME._replace(key="user:2"),
        RENAME._replace(scim_id="OP2"),
        RENAME._replace(user="bob@example.com"),
        RENAME._replace(group="eng"),
        RENAME._replace(attributes={}),
        RENAME._replace(attributes={"userName": Difference("ann@example.com", "eve@example.com")}),
        RENAME._replace(attributes={"userName": Difference("eve@example.com", "lee@example.com")}),
        RENAME._replace(attributes={"displayName": Difference("ann@example.com", "lee@example.com")}),
        RENAME._replace(members=JOIN.members),
    ],
)
def test_plan_that_does_something_else_has_another_fingerprint(other: Change) -> None:
    first = fingerprint(Plan((RENAME, JOIN)), settings="{}")
    assert fingerprint(Plan((other, JOIN)), settings="{}") != first
    assert fingerprint(Plan((JOIN, other)), settings="{}") != first


def test_settings_and_order_and_length_count_and_reasons_do_not() -> None:
    first = fingerprint(Plan((RENAME, JOIN)), settings="{}")
    assert fingerprint(Plan((JOIN, RENAME)), settings="{}") != first
    assert fingerprint(Plan((RENAME,)), settings="{}") != first
    assert fingerprint(Plan((RENAME, JOIN)), settings="other") != first
    assert fingerprint(Plan((RENAME._replace(reason="other", id=9), JOIN)), settings="{}") == first


def test_person_of_a_key_is_nobody_for_an_account_or_a_group() -> None:
    assert person_of(user_key("1", "OP1")) == "1"
    assert person_of(user_key(None, "OP1")) == ""
    assert person_of("group:1") == ""
