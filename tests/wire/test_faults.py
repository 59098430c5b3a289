"""The tables of docs/faults.md, cell by cell: each fault on each call, over real sockets, and its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.effort import product_of
from support.rehearsal import Company, Ran, kinds_of

from jc1p.core.outcomes import Applied, Failed
from jc1p.sandbox.faults import ALWAYS, Fault, parse_fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

DOC = Path(__file__).parents[2] / "docs" / "faults.md"
LONG_ENOUGH = 1.0
"""Seconds for a request with all its tries, if an answer never ends."""
SOON = 0.2
"""Seconds for a request with a fault that makes it wait in vain."""


@dataclass(frozen=True)
class Call:
    """How a call is recognised: by service, method, and a pattern for its path and query."""

    service: str
    method: str
    path: str

    def fault(self, company: Company, name: str, times: int, on_hit: Callable[[], None]) -> Fault:
        path = self.path
        for each, id_ in (company.accounts | company.groups).items():
            path = path.replace(f"<{each}>", id_)
        made = parse_fault(name)
        made.service, made.method, made.path, made.times, made.on_hit = self.service, self.method, path, times, on_hit
        return made


ID = "[0-9a-f]{24}"
CALLS = {
    "GET /api/organizations": Call("jumpcloud", "GET", "/organizations"),
    "GET /api/systemusers": Call("jumpcloud", "GET", r"/systemusers\?"),
    "GET /api/v2/usergroups": Call("jumpcloud", "GET", r"/usergroups\?"),
    "GET /api/v2/usergroups/{id}/members": Call("jumpcloud", "GET", "/members"),
    "GET /api/applications": Call("jumpcloud", "GET", r"/applications\?"),
    "GET /api/v2/applications/{id}/associations": Call("jumpcloud", "GET", "/associations.*targets=user_group"),
    "GET /api/v2/applications/{id}/users": Call("jumpcloud", "GET", f"/applications/{ID}/users"),
    "GET /api/systemusers/{id}": Call("jumpcloud", "GET", f"/systemusers/{ID}"),
    "GET /api/v2/users/{id}/memberof": Call("jumpcloud", "GET", "/memberof"),
    "GET /api/v2/applications/{id}/associations?targets=user": Call("jumpcloud", "GET", "targets=user$"),
    "GET /api/v2/users/{id}/applications": Call("jumpcloud", "GET", f"/users/{ID}/applications"),
    "GET /api/v2/usergroups/{id}/applications": Call("jumpcloud", "GET", f"/usergroups/{ID}/applications"),
    "GET /api/v2/usergroups/{id}": Call("jumpcloud", "GET", f"/usergroups/{ID}$"),
    "GET /api/systemusers with a service account": Call("jumpcloud", "GET", r"/systemusers\?"),
    "POST /oauth2/token": Call("jumpcloud", "POST", "/oauth2/token"),
    "GET /ServiceProviderConfig": Call("onepassword", "GET", "/ServiceProviderConfig"),
    "GET /Users": Call("onepassword", "GET", r"/Users\?startIndex"),
    "GET /Groups": Call("onepassword", "GET", r"/Groups\?"),
    "GET /Groups/{id}": Call("onepassword", "GET", "/Groups/<Eng>"),
    "GET /Users?filter=": Call("onepassword", "GET", r"/Users\?filter"),
    "POST /Users": Call("onepassword", "POST", "/Users"),
    "POST /Groups": Call("onepassword", "POST", "/Groups"),
    "PATCH /Users/{id}": Call("onepassword", "PATCH", "/Users/<ren>"),
    "PATCH /Users/{id} to suspend": Call("onepassword", "PATCH", "/Users/<una>"),
    "PATCH /Groups/{id} to add": Call("onepassword", "PATCH", "/Groups/<Eng>"),
    "PATCH /Groups/{id} to remove": Call("onepassword", "PATCH", "/Groups/<Ops>"),
    "DELETE /Groups/{id}": Call("onepassword", "DELETE", "/Groups/<Old>"),
    "GET /Groups/{id} afterwards": Call("onepassword", "GET", "/Groups/<Eng>"),
}
"""The calls of the table."""

MAY_FAIL = {
    "POST /Users": {"create_user", "add_members"},
    "GET /Users?filter=": {"create_user", "add_members"},
    "POST /Groups": {"create_group", "add_members"},
    "PATCH /Users/{id}": {"update_user"},
    "PATCH /Users/{id} to suspend": {"suspend_user"},
    "PATCH /Groups/{id} to add": {"add_members"},
    "PATCH /Groups/{id} to remove": {"remove_members"},
    "DELETE /Groups/{id}": {"delete_group"},
}
"""Kinds of change that a call's faults may affect; all others must be done."""


@dataclass(frozen=True)
class Case:
    """One cell, or one half of it."""

    call: str
    fault: str
    times: int
    said: str

    def __str__(self) -> str:
        return f"{self.call} {self.fault} {'stays' if self.times > 1 else 'once'}"


def tables() -> Iterator[list[list[str]]]:
    """The rows of every table of the document, cell by cell."""
    rows: list[list[str]] = []
    for line in [*DOC.read_text().splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
        elif rows:
            yield rows
            rows = []


READING = {"JumpCloud", "service account", "token", "base path", "bridge", "look-up", "read-back"}
"""Calls for which one word covers both cases: there are no retries."""

WORDS, KINDS, FAULTS, *_ = ({row[0]: row[1:] for row in table} for table in tables())


def cases() -> Iterator[Case]:
    kinds = FAULTS["fault"]
    for call, (kind, _) in list(KINDS.items())[2:]:
        for fault, cells in list(FAULTS.items())[2:]:
            words = [word for word in cells[kinds.index(kind)].split(", ") if word]
            both = words * 2 if len(words) == 1 and kind not in READING else words
            for word, times in zip(both, (1, ALWAYS), strict=False):
                yield Case(call, fault, times, word)


def traits(case: Case) -> set[tuple[str, ...]]:
    """What the default selection of rows has to cover: each call, fault and kind of answer, passing or lasting."""
    often = "stays" if case.times > 1 else "once"
    return {("call", case.call), ("fault", case.fault, often), ("said", KINDS[case.call][0], case.said)}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.mark.parametrize("case", product_of(list(cases()), traits), ids=str)
def test_cell(sandbox: Sandbox, tmp_path: Path, case: Case) -> None:
    company = Company(sandbox, tmp_path)
    hits: list[int] = []
    prepare(company, case)
    fault = CALLS[case.call].fault(company, case.fault, case.times, lambda: hits.append(len(sandbox.requests)))
    sandbox.faults.append(fault)
    timeout = SOON if "timeout" in case.fault else 20.0
    ran = company.sync(
        with_token=case.call in WITH_TOKEN, timeout=timeout, is_dry=is_read_before_planning(case.call),
        max_elapsed=LONG_ENOUGH if case.fault == "slow-body" else 300.0,
    )  # fmt: skip
    assert hits, "the fault was never met"
    assert company.is_unharmed()
    JUDGES[case.said](company, case, ran, hits)
    company.sandbox.faults.clear()
    goes_on_from_there(company, ran)
    assert company.is_unharmed()


def is_read_before_planning(call: str) -> bool:
    """Calls that are complete before the plan: the rest of the run doesn't depend on them, and would take time."""
    return KINDS[call][0] == "JumpCloud"


WITH_TOKEN = {"POST /oauth2/token", "GET /api/systemusers with a service account"}


def prepare(company: Company, case: Case) -> None:
    """Prepare the situation in which a call is made."""
    if case.call == "GET /Groups/{id}":
        company.sandbox.turn({}, {"members": "detail-only"})
    if case.call == "GET /Groups/{id} afterwards":
        company.prove_every_kind()  # otherwise the group would be read once more, after the first change of members
    if case.call == "GET /Users?filter=":
        company.sandbox.faults.append(parse_fault("reset-after:onepassword:POST:/Users"))


def goes_on_from_there(company: Company, ran: Ran) -> None:
    """Runs without the fault complete what JumpCloud asks for, and then nothing is left to do."""
    if ran.report is None:
        # Nothing was started: the next run is the one of test_day_without_faults.
        assert (company.left_behind(), company.planned()) == ((), WHOLE_DAY)
        return
    if not company.is_in_step():
        again = company.sync()
        assert (again.exit_code, again.error) == (0, None)
    assert company.is_in_step()
    assert company.planned() == ()


WHOLE_DAY = (
    *["create_user"] * 2, "reactivate_user", "update_user", "create_group", *["add_members"] * 2, "remove_members",
    "delete_group", *["suspend_user"] * 3,
)  # fmt: skip


def test_day_without_faults(sandbox: Sandbox, tmp_path: Path) -> None:
    company = Company(sandbox, tmp_path)
    assert company.planned() == WHOLE_DAY
    assert company.sync().exit_code == 0
    assert company.is_in_step()
    assert company.is_unharmed()
    assert company.planned() == ()


# --- the meaning of each word -------------------------------------------------------------------------------


def judge_whole(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    assert (ran.exit_code, ran.error) == (0, None)
    if is_read_before_planning(case.call):
        assert kinds_of(ran.plan) == WHOLE_DAY
    else:
        assert company.is_in_step()


def judge_repaired(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    judge_whole(company, case, ran, hits)
    later = company.sandbox.requests[hits[0] :]
    looked = {"POST /Users": "filter=", "POST /Groups": "/Groups?", "GET /ServiceProviderConfig": "Config"}[case.call]
    assert [each for each in later if each.method == "GET" and looked in f"{each.path}?{each.query}"]


def judge_noted(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    assert (ran.exit_code, ran.error) == (0, None)
    assert ran.report
    notes = [outcome.note or "" for outcome in ran.report.outcomes if isinstance(outcome, Applied)]
    assert [note for note in notes if "not checked" in note or "without showing" in note]


def judge_believed(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    assert (ran.exit_code, ran.error) == (0, None)
    assert not company.is_in_step()


def judge_failed(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    assert (ran.exit_code, ran.error) == (5, None)
    assert ran.report
    assert ran.report.stopped_by is None
    undone = {outcome.change.kind.value for outcome in ran.report.outcomes if not isinstance(outcome, Applied)}
    assert undone <= MAY_FAIL[case.call]
    failed = [outcome for outcome in ran.report.outcomes if isinstance(outcome, Failed)]
    assert len(failed) == 1 or (case.times > 1 and case.call == "POST /Users")
    assert all(outcome.error.message for outcome in failed)


def judge_stopped(company: Company, case: Case, ran: Ran, hits: list[int]) -> None:
    applied = ran.report.number(Applied) if ran.report else 0
    assert ran.exit_code == (5 if applied else 1)
    error = ran.error or (ran.report.stopped_by if ran.report else None)
    assert error
    assert error.message
    writes = [each for each in company.sandbox.requests[hits[0] :] if each.method != "GET" and "oauth" not in each.path]
    # The refused one, and one that was in progress beside it.
    assert len(writes) <= (2 if applied or ran.report else 0)


JUDGES: dict[str, Callable[[Company, Case, Ran, list[int]], None]] = {
    "retried": judge_whole,
    "repaired": judge_repaired,
    "noted": judge_noted,
    "believed": judge_believed,
    "failed": judge_failed,
    "stopped": judge_stopped,
}


def test_tables_name_every_call_and_every_word() -> None:
    assert list(KINDS)[2:] == list(CALLS)
    assert set(WORDS) - {"result", "---"} == JUDGES.keys()
    assert {case.said for case in cases()} == JUDGES.keys()
