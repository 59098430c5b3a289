"""What a canary shows about a bridge: the statuses of writes, and what it keeps of them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jc1p.clients.http.json_values import items, text
from jc1p.clients.scim.wire import value
from jc1p.core.canary import LONG_NAME, Canary
from jc1p.core.outcomes import Applied, Failed, Outcome
from jc1p.core.plan import Kind
from jc1p.doctor.record.questions import Learned, Question
from jc1p.doctor.record.tape import Heard
from jc1p.errors import NotKept

REFUSED = 400


@dataclass(slots=True)
class CanaryLooks:
    """The account and the group as the bridge showed them after a step; None if they couldn't be read."""

    created: Any = None
    renamed: Any = None
    listed_group: Any = None
    own_group: Any = None
    heard: list[Heard] = field(default_factory=list)


def learn_canary(looks: CanaryLooks, canary: Canary, outcomes: Sequence[Outcome]) -> Iterator[Learned]:
    """What is known from the steps that a canary completed."""
    yield from learn_statuses(looks.heard)
    yield from learn_suspension(outcomes)
    if looks.created is not None:
        keeps = text(value(looks.created, "externalId")) == canary.mark
        yield Learned(Question.EXTERNAL_ID, "yes" if keeps else "no", {"keeps_external_id": keeps})
    if looks.renamed is not None:
        yield from learn_name_parts(value(looks.renamed, "name"))
    if looks.own_group is not None:
        yield learn_member(looks)


def learn_statuses(heard: Sequence[Heard]) -> Iterator[Learned]:
    done = [each for each in heard if 200 <= each.status < 300]  # noqa: PLR2004 - success
    posts = sorted({each.status for each in done if each.method == "POST" and each.path.endswith("/Users")})
    patches = sorted({each.status for each in done if each.method == "PATCH" and "/Users/" in each.path})
    if posts:
        yield Learned(Question.POST, " and ".join(map(str, posts)), {"post_status": posts[0]})
    if patches:
        yield Learned(Question.PATCH, " and ".join(map(str, patches)), {"patch_status": patches[0]})
    filtered = {each.status for each in heard if each.is_filtered and each.method == "PATCH"}
    if REFUSED in filtered:
        yield Learned(Question.MEMBER_REMOVAL, f"no: {REFUSED}", {"refuses_filter_path": True})
    elif any(each.is_filtered for each in done):
        yield Learned(Question.MEMBER_REMOVAL, "yes", {"refuses_filter_path": False})


def learn_suspension(outcomes: Sequence[Outcome]) -> Iterator[Learned]:
    states = [each for each in outcomes if each.change.kind in {Kind.SUSPEND_USER, Kind.REACTIVATE_USER}]
    if any(isinstance(each, Failed) and isinstance(each.error, NotKept) for each in states):
        yield Learned(
            Question.SUSPENSION, "no: answered with success, and nothing changes", {"keeps_suspensions": False}
        )
    elif len(states) > 1 and all(isinstance(each, Applied) for each in states):
        yield Learned(Question.SUSPENSION, "yes, both", {"keeps_suspensions": True})


def learn_name_parts(name: object) -> Iterator[Learned]:
    words = LONG_NAME.split()
    splits = {"half": len(words) // 2, "first": 1}
    given, family = text(value(name, "givenName")), text(value(name, "familyName"))
    for split, cut in splits.items():
        if (given, family) == (" ".join(words[:cut]), " ".join(words[cut:])):
            yield Learned(Question.NAMES, f"after {cut} of {len(words)} words", {"name_split": split})
            return
    yield Learned(Question.NAMES, "in another way, or not at all")


def learn_member(looks: CanaryLooks) -> Learned:
    """Where a group shows the one member that it certainly has."""
    in_list, own = (bool(items(value(each, "members"))) for each in (looks.listed_group, looks.own_group))
    if in_list:
        return Learned(Question.MEMBERS, "in lists, of groups that have some", {"members": "nonempty"})
    if own:
        return Learned(Question.MEMBERS, "only in a group's own answer", {"members": "detail-only"})
    return Learned(Question.MEMBERS, "nowhere", {"members": "never"})


def row_of(rows: Sequence[Mapping[str, Any]], scim_id: str) -> Mapping[str, Any] | None:
    """The row of a list that has this id."""
    return next((row for row in rows if text(value(row, "id")) == scim_id), None)
