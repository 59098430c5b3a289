"""Rows of the document, and a saved plan compared with the current one: each added, dropped or altered row is named."""

from jc1p.core.plan import Change, Difference, Held, Hold, Kind, Member
from jc1p.document.change_row import change_row
from jc1p.document.moved_rows import moved_rows
from jc1p.document.rows import ChangeRow, HeldRow


def row(kind: Kind, id_: int = 1, *, reason: str = "in group eng", **subject: str) -> ChangeRow:
    return ChangeRow.model_validate(change_row(Change(kind, "key", reason, id=id_, **subject)))  # type: ignore[arg-type]


ANN, BOB = row(Kind.CREATE_USER, 1, user="ann@example.com"), row(Kind.SUSPEND_USER, 2, user="bob@example.com")
ENG = row(Kind.CREATE_GROUP, 3, group="eng")


def test_the_same_rows_in_another_order_and_under_other_numbers_have_not_moved() -> None:
    assert moved_rows([ANN, BOB, ENG], [ENG, BOB.model_copy(update={"id": 9}), ANN]) == []


def test_rows_that_came_went_or_say_something_else_are_named_with_their_reason() -> None:
    other = row(Kind.CREATE_USER, 1, user="ann@example.com", reason="assigned directly")
    assert moved_rows([ANN, BOB], [other, ENG]) == [
        "different: invite ann@example.com (assigned directly)",
        "gone: suspend bob@example.com (in group eng)",
        "new: create group eng (in group eng)",
    ]


def test_another_kind_email_or_id_is_another_row() -> None:
    others = [
        row(Kind.UPDATE_USER, user="ann@example.com"),
        row(Kind.CREATE_USER, user="lee@example.com"),
        row(Kind.CREATE_USER, user="ann@example.com", jumpcloud_id="1"),
        row(Kind.CREATE_USER, user="ann@example.com", group="eng"),
    ]
    for other in others:
        assert [line.split(":")[0] for line in moved_rows([ANN], [other])] == ["gone", "new"]


def test_rows_have_the_documents_names() -> None:
    change = Change(
        Kind.ADD_MEMBERS, "key", "why", user="ann@example.com", group="eng", jumpcloud_id="1", scim_id="OP1", id=7,
        attributes={"active": Difference(before=True, after=False)}, members=(Member("user:1", "bob@example.com"),),
    )  # fmt: skip
    assert change_row(change) == {
        "id": 7, "kind": "add_members", "user": "ann@example.com", "group": "eng", "jumpcloud_id": "1",
        "scim_id": "OP1", "reason": "why", "attributes": {"active": {"before": True, "after": False}},
        "members": ["bob@example.com"],
    }  # fmt: skip
    held = Held(Kind.SUSPEND_USER, Hold.PROTECTED, "but protected", user="ann@example.com", group="eng")
    assert HeldRow.dump(held) == {
        "kind": "suspend_user", "user": "ann@example.com", "group": "eng", "code": "protected",
        "reason": "but protected",
    }  # fmt: skip
