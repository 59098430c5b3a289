"""`jc1p review` over sockets: since when each membership exists, over a year, or "before" if that is unknown."""

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.document.schema import render_review_schema
from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.lock import hold_lock

OPEN = "guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%, creations: 999, renames: 100%}\n"
SCHEMA = Path(__file__).parents[2] / "docs" / "review.schema.json"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FIRST = date(2026, 1, 5)


class Year:
    """A company and its jc1p, with a clock that the test sets."""

    def __init__(self, sandbox: Sandbox, config: Path) -> None:
        self.sandbox, self.config = sandbox, config

    def on(self, day: int, *arguments: str | Path, code: int = 0, **more: Any) -> Done:
        at = {"JC1P_NOW": f"{self.at(day)}T08:00:00Z"}
        done = jc1p("-c", self.config, *arguments, environment=at, **more)
        assert done.code == code, done.err
        return done

    def at(self, day: int) -> str:
        return f"{FIRST + timedelta(days=day)}"

    def sync(self, day: int, *options: str) -> None:
        self.on(day, "sync", "-y", *options)

    def review(self, day: int, *options: str) -> dict[str, Any]:
        found = self.on(day, "review", "-o", "json", *options).document
        jsonschema.validate(found, json.loads(SCHEMA.read_text()))
        return found

    def origins(self, day: int, group: str = "Engineering") -> dict[str, tuple[str, str]]:
        """Email to who made the membership, and since or before when."""
        (found,) = [each for each in self.review(day)["groups"] if each["name"] == group]
        return {each["email"].partition("@")[0]: told(each["origin"]) for each in found["members"]}

    @property
    def folder(self) -> Path:
        (found,) = (self.config.parent / "state").rglob("journal")
        return found.parent

    def hire(self, name: str, group: str = "Engineering") -> str:
        person = self.sandbox.world.add_user(name.capitalize(), "", email=f"{name}@example.com")
        self.sandbox.world.group_named(group).members.append(person["id"])
        return str(person["id"])

    def edit(self, group: str, op: str, email: str) -> None:
        """An admin changes a group directly in 1Password."""
        account = next(each["id"] for each in self.sandbox.bridge.users() if each["userName"] == email)
        id_ = next(each["id"] for each in self.sandbox.bridge.groups() if each["displayName"] == group)
        where = {"path": "members", "value": [{"value": account}]}
        where = where if op == "add" else {"path": f'members[value eq "{account}"]'}
        body = {"schemas": [PATCH], "Operations": [{"op": op, **where}]}
        answer = self.sandbox.bridge.handle("PATCH", f"/Groups/{id_}", body)
        assert answer[0] < 300, answer


def told(origin: dict[str, Any]) -> tuple[str, str]:
    since, before = origin["since"], origin["before"]
    return origin["by"], since[:10] if since else f"before {before[:10]}"


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Year]:
    with Sandbox(make_world(users=40, groups=8)) as sandbox:
        yield Year(sandbox, config_for(sandbox, tmp_path, more=OPEN))


def test_since_when_is_by_the_run_that_added_the_member(year: Year) -> None:
    year.sync(0)
    year.hire("nina")
    year.sync(7, "--reference", "CHG-7")
    found = year.origins(30)
    assert found["nina"] == ("jc1p", year.at(7))
    assert found["auditor"] == ("unknown", f"before {year.at(0)}")
    (group,) = year.review(30, "--group", "engineering")["groups"]
    (origin,) = [each["origin"] for each in group["members"] if each["email"].startswith("nina")]
    assert origin["run_id"].startswith(year.at(7).replace("-", ""))
    assert (origin["reference"], origin["jumpcloud_group"]) == ("CHG-7", "Engineering")
    assert (origin["actor"], origin["command"]) == (year.review(30)["actor"], "sync")


def test_looking_moves_nothing_and_closing_moves_the_next_period(year: Year) -> None:
    year.sync(0)
    before = (year.folder / "state.db").read_bytes()
    assert year.review(1)["period"] == {"since": None, "of": "the records begin"}
    assert (year.folder / "state.db").read_bytes() == before
    assert year.review(2, "--close", "--reference", "AUDIT")["closed"] is True
    year.hire("nina")
    year.sync(7)
    found = year.review(8, "--since", "last")
    assert found["period"] == {"since": f"{year.at(2)}T08:00:00Z", "of": f"last closed review, by {found['actor']}"}
    assert {each["user"] for each in found["changes"]} == {"nina@example.com"}
    assert {each["kind"] for each in found["changes"]} == {"create_user", "member_added"}
    assert len(year.review(8, "--since", year.at(0))["changes"]) > len(found["changes"])


def test_incomplete_reading_claims_no_absence_and_is_not_closed(year: Year) -> None:
    year.sync(0)
    whole = year.review(1)
    year.sandbox.turn({}, {"total_off_by": 1})
    found = year.review(2)
    assert found["complete"] is False
    assert [each for each in found["changes"] if each["kind"] == "member_removed"] == []
    assert "could not be read completely" in year.on(2, "review").out
    assert "not closed" in year.on(2, "review", "--close", code=1).err
    year.sandbox.turn({}, {"total_off_by": 0})
    assert year.review(3)["groups"] == whole["groups"]
    assert year.review(3)["period"]["since"] is None


@pytest.mark.matrix
def test_bridge_that_shows_no_members_says_so_and_is_not_closed(year: Year) -> None:
    year.sandbox.turn({}, {"members": "never"})
    year.sync(0)
    found = year.review(1)
    assert (found["memberships_visible"], {each["members"] is None for each in found["groups"]}) == (False, {True})
    assert "shows no members" in year.on(1, "review", "--close", code=1).err


@pytest.mark.matrix
def test_other_hands_show_before_the_next_sync_records_them(year: Year) -> None:
    year.sync(0)
    year.edit("Engineering", "add", "shared.mailbox@example.com")
    year.edit("Engineering", "remove", "bob.brackets@example.com")
    found = year.review(3, "--since", year.at(1))
    told = {(each["kind"], each["user"], each["by"], each["at"][:10]) for each in found["changes"]}
    assert told == {
        ("member_added", "shared.mailbox@example.com", "outside", year.at(3)),
        ("member_removed", "bob.brackets@example.com", "outside", year.at(3)),
    }
    assert year.origins(3)["shared.mailbox"] == ("outside", year.at(3))
    year.sync(7)
    assert year.origins(9)["shared.mailbox"] == ("outside", year.at(7))
    assert year.origins(9)["bob.brackets"] == ("jc1p", year.at(7))


def test_lost_journal_is_no_proof_of_another_hand(year: Year, tmp_path: Path) -> None:
    year.sync(0)
    kept = (year.folder / "state.db").read_bytes()
    year.hire("nina")
    year.sync(7)
    (year.folder / "state.db").write_bytes(kept)  # as if the run had been killed before it remembered
    for file in (year.folder / "journal").iterdir():
        file.unlink()
    assert year.origins(8)["nina"] == ("not_recorded", year.at(8))
    found = year.review(8)
    assert (found["summary"]["not_recorded"], found["summary"]["by_other_hands"]) == (1, 0)
    assert [each["by"] for each in found["changes"] if each["user"] == "nina@example.com"] == ["not_recorded"]
    text = year.on(8, "review", "--report", tmp_path / "review.html").out
    assert "! The journal was lost, so it is not recorded whether jc1p or another hand added 1 membership." in text
    assert f"first seen {year.at(8)}, not recorded by whom:" in text
    assert text.splitlines()[-1].startswith("Review: ")
    assert "1 not recorded" in text.splitlines()[-1]
    assert 'data-status="not-recorded"' in (tmp_path / "review.html").read_text()
    year.sync(14)
    assert year.origins(15)["nina"] == ("not_recorded", year.at(14))
    year.hire("omar")
    year.sync(21)
    year.edit("Engineering", "add", "shared.mailbox@example.com")  # the journal reaches back to the last reading again
    assert year.origins(22)["shared.mailbox"] == ("outside", year.at(22))
    assert year.origins(22)["nina"] == ("not_recorded", year.at(14))


@pytest.mark.matrix
def test_closing_records_what_it_saw(year: Year) -> None:
    year.sync(0)
    year.edit("Engineering", "add", "shared.mailbox@example.com")
    year.review(3, "--close")
    year.sync(7)
    assert year.origins(9)["shared.mailbox"] == ("outside", year.at(3))
    assert [each["user"] for each in year.review(9)["changes"] if each["by"] == "outside"] == []


@pytest.mark.matrix
def test_groups_out_of_scope_come_first(year: Year) -> None:
    year.sync(0)
    world = year.sandbox.world
    world.assigned_groups.remove(world.group_named("Operations").id)
    found = year.review(1)
    assert (found["groups"][0]["name"], found["groups"][0]["in_scope"]) == ("Operations", False)
    assert (found["concerns"][0]["code"], found["concerns"][0]["subject"]) == ("group_left_scope", "Operations")


@pytest.mark.matrix
def test_files_hold_the_same_review_and_only_their_owner_reads_them(year: Year, tmp_path: Path) -> None:
    year.sandbox.world.group_named("Engineering").name = "=Engineering"
    year.sync(0)
    names = ("r.html", "r.csv", "r.json", "r.md")
    options = [each for name in names for each in ("--report", tmp_path / name)]
    year.on(1, "review", *options)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in names} == {0o600}
    found = json.loads((tmp_path / "r.json").read_text())
    text = (tmp_path / "r.csv").read_bytes().decode()
    assert text.startswith("\ufeffrow,")
    rows = [row for row in csv.DictReader(io.StringIO(text[1:])) if row["row"] == "membership"]
    assert len(rows) == found["summary"]["memberships"] > 0
    assert "'=Engineering" in {row["group"] for row in rows}
    emails = {each["email"] for group in found["groups"] for each in group["members"]}
    for name in ("r.html", "r.md"):
        assert all(email in (tmp_path / name).read_text() for email in emails), name


@pytest.mark.matrix
def test_report_of_a_review_that_failed_is_not_written(year: Year, tmp_path: Path) -> None:
    year.sync(0)
    year.sandbox.faults.append(Fault("401", "jumpcloud", times=ALWAYS))
    done = year.on(1, "review", "--report", tmp_path / "r.html", code=1)
    assert "it was not written: there is no review" in done.err
    assert not (tmp_path / "r.html").exists()


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--since", "2031-01-01"], 2, "is in the future"),
        (["--since", "20260101T000000Z-0000"], 1, "no run with the id"),
        (["--since", "yesterday"], 1, "Give a date such as 2026-01-05, `last`, or a run"),
        (["--group", "Nobody"], 1, "no pushed group is called Nobody"),
        (["--close", "--group", "Engineering"], 2, "exclude each other"),
        (["--report", "review.pdf"], 2, "is not a supported report format"),
    ],
)
def test_wrong_options_are_told(year: Year, options: list[str], code: int, said: str) -> None:
    assert said in year.on(0, "review", *options, code=code).err


@pytest.mark.matrix
def test_only_closing_waits_for_a_run_in_progress(year: Year) -> None:
    year.sync(0)
    with hold_lock(year.folder, "run"):
        year.on(1, "review")
        year.on(1, "review", "--close", code=6)


@pytest.mark.matrix
def test_text_fits_80_columns_and_ends_with_its_result(year: Year) -> None:
    year.sync(0)
    out = year.on(1, "review", columns=80).out.rstrip()
    assert max(map(len, out.replace(str(year.config), "jc1p.yaml").split("\n"))) <= 80
    assert out.rpartition("\nReview: ")[2].startswith("4 groups, ")
    assert year.on(1, "review", "-q").out.count("\n") == 1


def test_published_schema_is_that_of_the_code() -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SCHEMA.write_text(render_review_schema(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == render_review_schema()


@pytest.mark.matrix
def test_a_year_of_joiners_movers_leavers_and_other_hands(year: Year) -> None:
    world, weeks, person = year.sandbox.world, list[int](), dict[str, str]()

    def week(number: int) -> None:
        while len(weeks) <= number:
            year.sync(7 * len(weeks))
            weeks.append(number)

    week(0)
    person["nina"] = year.hire("nina")
    week(2)
    year.edit("Engineering", "add", "shared.mailbox@example.com")
    week(5)
    year.edit("Engineering", "remove", "bob.brackets@example.com")
    week(12)
    year.review(90, "--close", "--reference", "Q1")
    world.group_named("Engineering").members.remove(person["nina"])
    world.group_named("Operations").members.append(person["nina"])
    week(14)
    year.hire("omar")
    week(16)
    year.on(7 * 16 + 1, "rollback", "last", "-y")
    assert "omar" not in year.origins(7 * 16 + 2)
    week(17)
    leaver = next(id_ for id_, each in world.users.items() if each["email"] == "ruben.becker@example.com")
    world.delete_user(leaver)
    week(25)
    quarter = year.review(181, "--close", "--reference", "Q2")
    moved = {(each["kind"], each["group"]) for each in quarter["changes"] if each["user"] == "nina@example.com"}
    assert moved == {("member_removed", "Engineering"), ("member_added", "Operations")}
    assert {each["kind"] for each in quarter["changes"] if each["user"] == "ruben.becker@example.com"} == {
        "suspend_user"
    }
    group = next(each for each in world.groups.values() if each.name == "Engineering")
    group.name = "Engineering Team"
    week(27)
    for journal in (year.folder / "journal").glob("*.jsonl"):
        journal.unlink()
    week(30)
    expected = {
        "nodisplay": ("jc1p", year.at(0)), "mailbox": ("outside", year.at(7 * 3)),
        "brackets": ("jc1p", year.at(7 * 6)), "omar": ("jc1p", year.at(7 * 17)),
        "becker": ("jc1p", year.at(0)), "auditor": ("unknown", f"before {year.at(0)}"),
    }  # fmt: skip
    found = {name.rpartition(".")[2]: origin for name, origin in year.origins(211, "Engineering Team").items()}
    assert {name: found[name] for name in expected} == expected
    assert year.origins(211, "Operations")["nina"] == ("jc1p", year.at(91))
    assert year.review(211)["period"]["since"][:10] == year.at(181)
    (year.folder / "state.db").unlink()
    lost = year.origins(212, "Engineering Team")
    assert set(lost.values()) == {("unknown", f"before {year.at(212)}")}
    week(31)
    year.hire("pia", "Engineering Team")
    week(52)
    found = year.origins(365, "Engineering Team")
    assert found.pop("pia") == ("jc1p", year.at(7 * 32))
    assert set(found.values()) == {("unknown", f"before {year.at(7 * 31)}")}
