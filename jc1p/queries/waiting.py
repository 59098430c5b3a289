"""What waits after a run: email changes until the user confirms, suspensions until the grace period ends. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from jc1p.core.folding import fold
from jc1p.core.outcomes import Applied, Report
from jc1p.core.plan import Hold, Kind, Plan, user_key
from jc1p.core.planning import Situation


class WaitingEmail(NamedTuple):
    """An email change that its user has not confirmed yet; `since` is when it was first sent."""

    user: str
    to: str
    since: datetime


class GraceEnd(NamedTuple):
    """When a leaver's account will be suspended."""

    user: str
    at: datetime


class Waiting(NamedTuple):
    """Everything that waits."""

    emails: tuple[WaitingEmail, ...] = ()
    grace: tuple[GraceEnd, ...] = ()


def find_waiting(situation: Situation, plan: Plan, report: Report | None) -> Waiting:
    """What waits after a plan was applied; `report` is None if nothing was applied."""
    emails = {each.user: each for each in (*emails_before(situation), *emails_asked_for(situation, report))}
    return Waiting(tuple(emails.values()), tuple(grace_ends(situation, plan)))


def emails_before(situation: Situation) -> Iterator[WaitingEmail]:
    for (id_, attribute), request in situation.memory.requests.items():
        account = situation.actual.accounts.get(id_)
        if attribute == "userName" and account and fold(request.value) != fold(account.user_name):
            yield WaitingEmail(account.user_name, request.value, request.first_sent)


def emails_asked_for(situation: Situation, report: Report | None) -> Iterator[WaitingEmail]:
    for outcome in report.outcomes if report else ():
        change = outcome.change
        if isinstance(outcome, Applied) and outcome.awaits and change.kind is Kind.RENAME_USER:
            difference = change.attributes["userName"]
            yield WaitingEmail(str(difference.before), str(difference.after), situation.now)


def grace_ends(situation: Situation, plan: Plan) -> Iterator[GraceEnd]:
    held = {each.user_key for each in plan.held if each.code is Hold.GRACE_PERIOD}
    for id_ in sorted(plan.absent):
        found = situation.matches.by_account.get(id_)
        if user_key(found.person_id if found else None, id_) in held:
            since = min(situation.memory.absent_since.get(id_, situation.now), situation.now)
            user = situation.email_of(situation.actual.accounts[id_])
            yield GraceEnd(user, since + situation.policy.users.grace_period)
