"""Matches 1Password accounts with JumpCloud users: matched, probable, unmatched; and what can follow from it. Pure.

`jc1p import` shows this before a first sync. Links are planned as ordinary link_user changes. People to create in
JumpCloud are only described here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jc1p.core.duplicates import resemblances
from jc1p.core.folding import fold, tidy
from jc1p.core.matching import MatchedBy, group_by
from jc1p.core.models import Account, CreatedPerson, NewPerson, Person
from jc1p.core.plan import Change, Difference, Held, Kind, Plan, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.known_ids import KnownIds
from jc1p.core.planning.people import needs_link
from jc1p.core.planning.returns import held_return
from jc1p.core.planning.takeovers import Takeover, account_takeover, account_takeovers
from jc1p.errors import Jc1pError, NotFoundInDirectory, UsageError


class MatchKind(StrEnum):
    """What is known about an account's person."""

    MATCHED = "matched"
    PROBABLE = "probable"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


EVIDENCE = {MatchedBy.LINK: "a link in state"}
"""Other evidence is named as it is: email, alias, externalId."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A 1Password account and its certain or probable JumpCloud person. `held` is what holds its reactivation."""

    account: Account
    finding: MatchKind
    reason: str
    person: Person | None = None
    in_scope: bool = False
    is_strong: bool = False
    held: Held | None = None


def compare(situation: Situation) -> list[Comparison]:
    """Every account, by email."""
    candidates = probable_people(situation)
    accounts = situation.actual.accounts.values()
    listed = sorted(accounts, key=lambda account: (fold(account.user_name), account.id))
    return [comparison for account in listed for comparison in compare_account(situation, account, candidates)]


def probable_people(situation: Situation) -> Mapping[str, Sequence[Comparison]]:
    """Account id to the people without an account who may own it, strong evidence first."""
    found: dict[str, list[Comparison]] = defaultdict(list)
    settled = situation.matches.by_person.keys() | situation.matches.ambiguous_people.keys()
    for id_, person in situation.source.people.items():
        if id_ in settled:
            continue
        for each in resemblances(person, situation.wanted[id_], situation.leftovers, situation.crowd):
            is_in = id_ in situation.desired.people
            found[each.account.id].append(
                Comparison(each.account, MatchKind.PROBABLE, f"has {each.why}", person, is_in, each.is_strong)
            )
    return {id_: sorted(each, key=lambda one: (not one.is_strong, one.reason)) for id_, each in found.items()}


def compare_account(
    situation: Situation, account: Account, candidates: Mapping[str, Sequence[Comparison]]
) -> Sequence[Comparison]:
    if found := situation.matches.by_account.get(account.id):
        person = situation.source.people[found.person_id]
        is_in = person.id in situation.desired.people
        held = held_return(situation, person, account)
        return [
            Comparison(account, MatchKind.MATCHED, f"by {EVIDENCE.get(found.by, found.by)}", person, is_in, held=held)
        ]
    for case in situation.matches.ambiguities:
        if account.id in case.account_ids:
            return [Comparison(account, MatchKind.AMBIGUOUS, case.message)]
    if likely := candidates.get(account.id):
        return likely
    gone = situation.matches.gone.get(account.id)
    reason = f"linked to JumpCloud id {gone}, which was deleted" if gone else "no matching JumpCloud user"
    return [Comparison(account, MatchKind.UNMATCHED, reason)]


# --- linking ------------------------------------------------------------------------------------------------


def plan_links(situation: Situation, comparisons: Iterable[Comparison], accepted: frozenset[str]) -> Plan:
    """Links for matched people in scope, and for the probable matches that the admin accepted (by JumpCloud email).

    Others are skipped: a linked account is managed, so the next sync would suspend it if its user is out of scope.

    Raises:
        UsageError, NotFoundInDirectory: an accepted email has no probable match, several, a protected account, or is
            out of scope.
    """
    comparisons = list(comparisons)
    chosen = [each for each in comparisons if each.finding is MatchKind.MATCHED and each.in_scope]
    likely = [accept(comparisons, email) for email in sorted(accepted)]
    refuse_protected(situation, likely)
    chosen += likely
    refuse_shared(chosen)
    changes = [link(situation, each) for each in chosen if each.person and is_unlinked(situation, each)]
    numbered = tuple(change._replace(id=number) for number, change in enumerate(changes, 1))
    taken = account_takeovers(situation, numbered) | accepted_takeovers(situation, likely)
    return Plan(
        changes=numbered,
        warnings=tuple(each.warning(key) for key, each in taken.items()),
        ids=KnownIds(situation),
        presumed_gone_users=frozenset(each.former for each in taken.values() if each.former),
    )


def accepted_takeovers(situation: Situation, likely: Iterable[Comparison]) -> dict[str, Takeover]:
    """By user key, the accounts of deleted users that another user gets because the admin accepted it."""
    found = {
        user_key(each.person.id, each.account.id): account_takeover(situation, each.person, each.account, "--accept")
        for each in likely if each.person
    }  # fmt: skip
    return {key: each for key, each in found.items() if each}


def refuse_protected(situation: Situation, chosen: Iterable[Comparison]) -> None:
    """Raises UsageError for a protected account: a resemblance is not enough evidence for it."""
    for each in chosen:
        if each.person and situation.is_protected(each.account):
            raise UsageError(
                f"--accept {each.person.email}: {each.account.user_name} is in users.protected; "
                "protected accounts match only by email, alias or link",
                hint=f"If it is the same user, add `{each.person.email}: {each.account.user_name}` to users.aliases.",
            )


def refuse_shared(chosen: Iterable[Comparison]) -> None:
    """Raises UsageError when two people would be linked to one account."""
    for account_id, rivals in group_by(chosen, lambda each: each.account.id).items():
        if len(rivals) > 1:
            names = ", ".join(each.person.email for each in rivals if each.person)
            raise UsageError(f"--accept: {names} can't all be {rivals[0].account.user_name} ({account_id})")


def is_unlinked(situation: Situation, each: Comparison) -> bool:
    return each.person is not None and needs_link(situation, each.person, each.account)


def accept(comparisons: Iterable[Comparison], email: str) -> Comparison:
    meant = [each for each in comparisons if each.person and fold(each.person.email) == fold(email)]
    probable = [each for each in meant if each.finding is MatchKind.PROBABLE]
    strongest = [each for each in probable if each.is_strong] or probable
    if not probable:
        raise NotFoundInDirectory(
            f"--accept {email}: no JumpCloud user with this email has a probable match",
            hint="`jc1p import` lists the probable matches.",
        )
    if len(strongest) > 1:
        rivals = ", ".join(each.account.user_name for each in strongest)
        raise UsageError(
            f"--accept {email}: several accounts are probable matches: {rivals}",
            hint="Add the correct one to users.aliases instead.",
        )
    if not strongest[0].in_scope:
        raise UsageError(
            f"--accept {email}: this user is not in scope. With a link, the next sync would suspend the account",
            hint="Assign the user first.",
        )
    return strongest[0]


def link(situation: Situation, each: Comparison) -> Change:
    person, account = each.person, each.account
    if person is None:
        raise ValueError("a link is between a person and an account")
    is_sent = situation.keeps_external_id is not False
    return Change(
        Kind.LINK_USER,
        user_key(person.id, account.id),
        f"{each.finding} {each.reason}; adds the link",
        user=person.email,
        jumpcloud_id=person.id,
        scim_id=account.id,
        attributes={"externalId": Difference(account.external_id or None, person.id)} if is_sent else {},
    )


@dataclass(frozen=True, slots=True)
class Creation:
    """A person to create in JumpCloud for an account, and the result; None until it was tried."""

    account: Account
    person: NewPerson
    result: CreatedPerson | Jc1pError | None = None

    @property
    def status(self) -> str:
        """planned, created, found (JumpCloud had them already) or failed."""
        if self.result is None:
            return "planned"
        if isinstance(self.result, Jc1pError):
            return "failed"
        return "found" if self.result.existed else "created"


# --- creating in JumpCloud ----------------------------------------------------------------------------------


def people_to_create(situation: Situation, comparisons: Iterable[Comparison], only: frozenset[str]) -> list[Creation]:
    """Active accounts without a matching JumpCloud user, with the person to create; `only` are folded emails.

    People who were deleted from JumpCloud are skipped unless they are named, since creating them again would give them
    access again.

    Raises:
        NotFoundInDirectory: `only` names an email that is not an unmatched, active account's.
    """
    unmatched = [each.account for each in comparisons if each.finding is MatchKind.UNMATCHED and each.account.active]
    left = situation.matches.gone.keys()
    accounts = [each for each in unmatched if each.id not in left or fold(each.user_name) in only]
    if unknown := only - {fold(account.user_name) for account in accounts}:
        raise NotFoundInDirectory(
            f"--user {min(unknown)}: no active, unmatched 1Password account has this email",
            hint="`jc1p import` lists the unmatched accounts.",
        )
    taken = {fold(person.username) for person in situation.source.people.values()}
    made: list[Creation] = []
    for account in accounts:
        if not only or fold(account.user_name) in only:
            person = new_person(account, taken)
            taken.add(fold(person.username))
            made.append(Creation(account, person))
    return made


def new_person(account: Account, taken: Iterable[str]) -> NewPerson:
    """A JumpCloud person for an account. 1Password has a single name, so its last word becomes the family name."""
    given, _, family = tidy(account.display_name).rpartition(" ")
    return NewPerson(
        username=free_username(account.user_name, frozenset(taken)),
        email=account.user_name,
        firstname=given or family,
        lastname=family if given else "",
        displayname=tidy(account.display_name),
    )


def free_username(email: str, taken: frozenset[str]) -> str:
    """The email's local part without its tag, in letters that any username may have; numbered when it is taken.

    JumpCloud's rules for usernames are not documented (facts/jumpcloud-api.md 9.1), so only plain letters are used.
    """
    local = fold(email).partition("@")[0].partition("+")[0]
    plain = re.sub(r"[^a-z0-9._-]", "", local).strip("._-")[:30] or "user"
    numbered = (plain if number == 1 else f"{plain}{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)
