"""The verdicts of `make conformance`: yes, a reported no, and a result that is worse than before."""

from typing import Any

from conformance.behaviours import YES, verdict
from conformance.run import page, regressions


def document(*, status: str = "applied", error: str | None = None, **more: Any) -> dict[str, Any]:
    change = {"id": 1, "kind": "update_user", "user": "ann@example.com", "group": None}
    outcome = {"changes": [{"id": 1, "status": status, "error": error}]}
    return {"error": None, "changes": [change], "held": [], "outcome": outcome, **more}


def test_what_the_server_shows_counts() -> None:
    assert verdict(document(), "ann@example.com", reached=True) == YES


def test_what_did_not_come_about_must_have_been_said() -> None:
    refused = document(status="failed", error="not for 5a0c0a3c-2a5e-4b5e-9f0e-000000000000 at 127.0.0.1:4711")
    assert verdict(refused, "ann@example.com", reached=False) == "no: not for … at …"
    held = document(held=[{"code": "not_kept", "reason": "why", "user": "ann@example.com", "group": None}])
    assert verdict(held, "ann@example.com", reached=False) == "no: not_kept: why"
    assert verdict(document(), "ann@example.com", reached=False).startswith("FALSE SUCCESS")


def test_false_success_is_worse_than_an_honest_no_and_that_than_a_yes() -> None:
    expected = {"server": {"create": "yes", "rename": "no: 501", "update": "yes", "gone": "yes"}}
    found = {"server": {"create": "no: 400", "rename": "FALSE SUCCESS: it", "update": "yes"}}
    assert regressions(expected, expected) == []
    assert [line.partition(":")[0] for line in regressions(expected, found)] == [
        "server, create", "server, rename", "server, gone",
    ]  # fmt: skip
    better = {"server": dict.fromkeys(expected["server"], "yes")}
    assert regressions(expected, better) == []


def test_every_no_has_its_reason_below_the_table() -> None:
    rows = dict.fromkeys(
        ["create", "update", "suspend", "reactivate", "rename", "push group", "add members", "remove members",
         "rename group", "nothing left"], YES,
    )  # fmt: skip
    text = page({"server 1": {**rows, "rename group": "no: 501, with a : in it"}})
    assert "| rename group | no |" in text
    assert "- server 1, rename group: 501, with a : in it" in text
