"""What a bridge's answers say about the open questions, and the sandbox settings that behave the same. Pure.

Answers use only our own words: counts, statuses and documented names, never text that a service sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import items, text
from jc1p.clients.scim.wire import value
from jc1p.core.folding import fold
from jc1p.doctor.observations import BridgeSeen, Reply
from jc1p.doctor.record.ask_more import BASES, LARGEST, Ask, MoreSeen, rows_of, total_of
from jc1p.doctor.record.questions import Knobs, Learned, Question
from jc1p.doctor.record.redact import VERSION, look_of
from jc1p.doctor.record.vocabulary import KEYS, MEDIA_TYPES, WORDS

ENOUGH = 5
"""With this many rows, two equal orders are hardly chance."""
BUILT_IN = frozenset({"owners", "administrators", "team members"})
OLD, FAILED = 600, 500
"""Seconds that a report of /health is valid; the first status of a failed service."""


def learn_bridge(seen: BridgeSeen, more: MoreSeen) -> Iterator[Learned]:
    """What is known of a bridge without changing anything."""
    asked = more.answers
    if (answer := asked.get(Ask.PING)) is not None:
        yield Learned(Question.PING, said(answer))
    yield from learn_health(asked.get(Ask.HEALTH))
    yield from learn_strangers(asked.get(Ask.NO_TOKEN))
    yield from learn_provisioning(seen)
    if seen.base is None:
        return
    yield from learn_paths(more)
    yield from learn_pages(asked)
    yield from learn_accounts(more)
    yield from learn_filters(asked)
    yield from learn_groups(more)


def is_good(answer: Answer | None) -> bool:
    return answer is not None and answer.is_success and isinstance(answer.body, Mapping | list)


def said(answer: Answer) -> str:
    """Status and kind of an answer."""
    named = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    kind = named if named in MEDIA_TYPES else "another media type" if named else "no media type"
    return f"{answer.status}, {kind}" + ("" if answer.text or answer.body is not None else ", no body")


def learn_provisioning(seen: BridgeSeen) -> Iterator[Learned]:
    if seen.base is not None:
        yield Learned(Question.PROVISIONING, "yes", {"provisioning": True})
    elif seen.pings and any(isinstance(each, Reply) and each.status == FAILED for each in seen.bases.values()):
        yield Learned(Question.PROVISIONING, "no: SCIM answers 500", {"provisioning": False})


def learn_health(answer: Answer | None) -> Iterator[Learned]:
    if answer is None:
        return
    reports = [row for row in items(value(answer.body, "reports")) if isinstance(row, Mapping)]
    known = {text(value(row, "source")): text(value(row, "state")).lower() for row in reports}
    states = {name: "healthy" if state == "healthy" else "unhealthy" for name, state in known.items()}
    states = {name: state for name, state in states.items() if name in WORDS["source"]}
    states |= dict.fromkeys(sorted(WORDS["source"] - states.keys()), "") if reports else {}
    unhealthy = [name for name, state in states.items() if state == "unhealthy"]
    what = f"{', '.join(sorted(unhealthy))} unhealthy" if unhealthy else "all healthy" if reports else "no reports"
    knobs: Knobs = {"health_status": answer.status}
    yield Learned(Question.HEALTH, f"{said(answer)}: {what}", {**knobs, "health_states": states} if reports else knobs)
    version = text(value(answer.body, "version"))
    if VERSION.fullmatch(version):
        yield Learned(Question.VERSION, version, {"version": version})


def learn_strangers(answer: Answer | None) -> Iterator[Learned]:
    if answer is None:
        return
    if answer.is_success:
        yield Learned(Question.UNAUTHORIZED, "the list of accounts: no token is needed", {"lets_strangers_in": True})
        return
    form = "html" if answer.is_page else "scim" if answer.body is not None else "empty"
    is_known = answer.status in {401, 403}
    knobs = {"auth_failure": "403" if answer.status == 403 else form} if is_known else {}  # noqa: PLR2004
    yield Learned(Question.UNAUTHORIZED, said(answer), knobs)


def learn_paths(more: MoreSeen) -> Iterator[Learned]:
    answering = [path for path in BASES if is_good(more.bases.get(path))]
    shown = ", ".join(path or "the root" for path in answering)
    yield Learned(Question.BASE_PATHS, shown, {"paths": answering})
    nobody, nowhere = more.answers.get(Ask.NO_USER), more.answers.get(Ask.UNKNOWN_PATH)
    if nobody is None or nowhere is None:
        return
    redirects = 300 <= nowhere.status < 400  # noqa: PLR2004 - the redirects
    where = f"{nowhere.status}, a redirect" if redirects else said(nowhere)
    yield Learned(
        Question.NOT_FOUND, f"unknown account: {said(nobody)}; unknown path: {where}", {"unknown_redirects": redirects}
    )


# --- lists --------------------------------------------------------------------------------------------------


def learn_pages(asked: Mapping[Ask, Answer]) -> Iterator[Learned]:
    listed, uncounted = asked.get(Ask.USERS), asked.get(Ask.USERS_UNCOUNTED)
    rows, total = rows_of(listed), total_of(listed)
    if listed is None or not listed.is_success or total is None or not rows:
        return
    beyond = rows_of(asked.get(Ask.USERS_BEYOND))
    cap = len(rows) if beyond else None
    if cap and cap < LARGEST:
        yield Learned(Question.LARGEST_PAGE, f"{cap}, whatever is asked for", {"max_count": cap})
    elif len(rows) >= LARGEST:
        yield Learned(Question.LARGEST_PAGE, f"at least {LARGEST}")
    few = len(rows_of(uncounted))
    if uncounted and uncounted.is_success and few < len(rows):
        yield Learned(Question.DEFAULT_PAGE, str(few), {"default_count": few})
    elif uncounted and uncounted.is_success and few == cap:
        yield Learned(Question.DEFAULT_PAGE, f"{few}, as many as come at most", {"default_count": few})
    yield learn_totals(asked, listed, off_by=0 if beyond else total - len({text(value(row, "id")) for row in rows}))
    yield from learn_order(asked)


def learn_totals(asked: Mapping[Ask, Answer], listed: Answer, *, off_by: int) -> Learned:
    first, nobody = value(listed.body, "startIndex"), asked.get(Ask.NOBODY)
    # If a filter is ignored or refused, there is no empty list to check.
    is_empty = nobody is not None and nobody.is_success and not rows_of(nobody)
    omits = is_empty and nobody is not None and value(nobody.body, "Resources") is None
    words = [f"the total is off by {off_by:+d}" if off_by else "the total is right"]
    words += ["startIndex is 0"] if first == 0 else ["startIndex is right"]
    words += ["an empty list has no Resources" if omits else "an empty list has Resources"] if is_empty else []
    knobs: dict[str, object] = {"total_off_by": off_by, "start_index_zero": first == 0}
    return Learned(Question.TOTALS, ", ".join(words), knobs | ({"omits_resources": omits} if is_empty else {}))


def learn_order(asked: Mapping[Ask, Answer]) -> Iterator[Learned]:
    both = [
        [text(value(row, "id")) for row in rows_of(asked.get(each))] for each in (Ask.USERS, Ask.USERS_AGAIN)
    ]  # fmt: skip
    if min(map(len, both)) >= ENOUGH:
        is_same = both[0] == both[1]
        words = "yes, twice" if is_same else "no"
        yield Learned(Question.ORDER, words, {"user_order": "stable" if is_same else "random"})


def learn_filters(asked: Mapping[Ask, Answer]) -> Iterator[Learned]:
    nobody = asked.get(Ask.NOBODY)
    if nobody is None:
        return
    if nobody.is_success and rows_of(nobody):
        yield Learned(Question.FILTERS, "none: everything comes whatever the filter", {"filters": "ignore"})
        return
    if not nobody.is_success:
        yield Learned(Question.FILTERS, f"none: {said(nobody)}", {"filters": "off"})
        return
    names = {
        Ask.USER_BY_NAME: "userName eq", Ask.USER_BY_CAPITALS: "userName eq in capitals",
        Ask.USER_BY_EXTERNAL_ID: "externalId eq", Ask.USERS_ACTIVE: "active eq", Ask.GROUP_BY_NAME: "displayName eq",
    }  # fmt: skip
    works = [name for ask, name in names.items() if rows_of(asked.get(ask))]
    others = [name for ask, name in names.items() if ask in asked and name not in works]
    words = f"{', '.join(works)} work" + (f"; not {', '.join(others)}" if others else "")
    yield Learned(Question.FILTERS, words, {"filters": "on"})


# --- accounts -----------------------------------------------------------------------------------------------


def learn_accounts(more: MoreSeen) -> Iterator[Learned]:
    asked = more.answers
    rows = rows_of(asked.get(Ask.USERS))
    if is_good(asked.get(Ask.SCHEMAS)):
        names = {text(value(each, "name")) for row in rows_of(asked[Ask.SCHEMAS]) for each in items(
            value(row, "attributes"))}  # fmt: skip
        yield Learned(Question.SCHEMA, ", ".join(sorted(names & KEYS)) or "none that is documented")
    if not rows:
        return
    is_old = any(value(value(row, "name"), "middleName") is not None for row in rows)
    words = "that of 2023, with empty attributes" if is_old else "that of 2026, without empty attributes"
    yield Learned(Question.SHAPE, words, {"shape": "2023" if is_old else "2026"})
    yield from learn_ids(rows, asked)
    as_text = any(isinstance(value(row, "active"), str) for row in rows)
    yield Learned(Question.ACTIVE, "a text" if as_text else "a boolean", {"string_booleans": as_text})
    with_roles = any(value(row, "roles") is not None for row in rows)
    yield Learned(Question.OWNERS, "accounts have roles" if with_roles else "no: accounts have no roles")
    yield learn_groups_of_users(rows, asked.get(Ask.ONE_USER))


def learn_ids(rows: Sequence[Mapping[str, Any]], asked: Mapping[Ask, Answer]) -> Iterator[Learned]:
    ids = [value(row, "id") for row in rows]
    looks = sorted({look_of(str(each)) for each in ids})
    other = asked.get(Ask.USER_IN_OTHER_CASE)
    case = "" if other is None else "; another case is found" if other.is_success else "; another case is not found"
    yield Learned(Question.IDS, ", ".join(looks) + case, {"numeric_ids": looks == ["digits"]})


def learn_groups_of_users(rows: Sequence[Mapping[str, Any]], one: Answer | None) -> Learned:
    shows = any(value(row, "groups") is not None for row in rows)
    by_id = one is not None and value(one.body, "groups") is not None
    return Learned(
        Question.USER_GROUPS, "yes" if shows else "only by their ids" if by_id else "no", {"user_groups": shows}
    )


# --- groups -------------------------------------------------------------------------------------------------


def learn_groups(more: MoreSeen) -> Iterator[Learned]:
    users, rows = rows_of(more.answers.get(Ask.USERS)), rows_of(more.answers.get(Ask.GROUPS))
    if any(text(value(row, "externalId")) for row in (*users, *rows)):
        yield Learned(Question.EXTERNAL_ID, "yes", {"keeps_external_id": True})
    if not is_good(more.answers.get(Ask.GROUPS)):
        return
    built_in = any(fold(text(value(row, "displayName"))) in BUILT_IN for row in rows)
    yield Learned(Question.BUILT_IN_GROUPS, "yes" if built_in else "no", {"shows_hidden_groups": built_in})
    yield from learn_members(rows, more.details)


def learn_members(
    rows: Sequence[Mapping[str, Any]], details: Sequence[tuple[Mapping[str, Any], Answer]]
) -> Iterator[Learned]:  # fmt: skip
    listed = [value(row, "members") for row in rows]
    counts = [(len(items(value(row, "members"))), len(items(value(one.body, "members")))) for row, one in details]
    cut = max((shown for shown, own in counts if 0 < shown < own), default=0)
    if any(isinstance(each, list) and not each for each in listed):
        mode, words = "always", "in lists, also of empty groups"
    elif any(items(each) for each in listed):
        mode, words = "nonempty", "in lists, of groups that have some"
    elif any(own for _, own in counts):
        mode, words = "detail-only", "only in a group's own answer"
    elif details:
        mode, words = "never", "nowhere, or all groups are empty"
    else:
        return
    words += f"; lists end at {cut} members" if cut else ""
    yield Learned(Question.MEMBERS, words, {"members": mode, "members_listed": cut})
