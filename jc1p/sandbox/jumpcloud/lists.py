"""JumpCloud's rows, errors and pages as JSON, and its filters. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted.split("|"),
    "nin": lambda value, wanted: value not in wanted.split("|"),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "sw": lambda value, wanted: value.startswith(wanted),
}
LARGEST_PAGE, DEFAULT_PAGE = 100, 10


def problem(code: int, message: str, status: str = "", *, details: list[Any] | None = None) -> JSONResponse:
    """An `Error` of the specs."""
    body: dict[str, Any] = {"code": code, "message": message}
    body |= {"status": status} if status else {}
    body |= {} if details is None else {"details": details}
    return JSONResponse(body, code)


def page_of(query: Mapping[str, str]) -> tuple[int, int] | Response:
    """Limit and skip, or the 400 for a limit that is too large."""
    limit, skip = int(query.get("limit", DEFAULT_PAGE)), int(query.get("skip", 0))
    if limit > LARGEST_PAGE:
        message = f'Bad Request: request parameter "limit" exceeds maximum value of {LARGEST_PAGE}'
        return problem(400, message, "INVALID_ARGUMENT")
    return limit, max(0, skip)


def v1_matches(row: Mapping[str, Any], expression: str, *, bare: bool) -> bool:
    """`field:$op:value`; without the `$` it matches nothing, or (`bare`) works the same (undefined by facts 4.3)."""
    name, _, rest = expression.partition(":")
    operator, _, wanted = rest.partition(":")
    test = OPERATORS.get(operator.removeprefix("$")) if bare or operator.startswith("$") else None
    return test is not None and test(str(row.get(name, "")), wanted)


def chosen(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """The named fields, and the id, which is always returned; unknown names, commas included, are ignored."""
    wanted = [name for name in fields.split(" ") if name in row]
    if not wanted:
        return row
    return {name: row[name] for name in ("_id", "id", *wanted) if name in row}


def edge(id_: str, kind: str) -> dict[str, Any]:
    return {"attributes": None, "id": id_, "type": kind}


def listed_id(row: Any) -> str:
    """The id of a row of any list, "" for a dangling one."""
    target = row.get("to", row) if isinstance(row, dict) else {"id": row}
    return str(target.get("_id") or target.get("id") or "")


def hop(id_: str, kind: str) -> dict[str, Any]:
    return {"attributes": None, "to": edge(id_, kind)}


def group_json(id_: str, name: str) -> dict[str, Any]:
    return {
        "id": id_, "name": name, "type": "user_group", "description": "", "email": "",
        "attributes": {"ldapGroups": [{"name": name}], "sudo": {"enabled": False, "withoutPassword": False}},
        "membershipMethod": "STATIC", "memberQuery": None, "memberQueryExemptions": [], "memberQueryErrorFlags": [],
        "memberSuggestionsNotify": False, "suggestionCounts": {"add": 0, "remove": 0, "total": 0},
    }  # fmt: skip
