"""Finds the person, account or group, on either side, that a word on the command line refers to. Pure."""

from dataclasses import dataclass

from jc1p.core.attributes import listed
from jc1p.core.folding import fold
from jc1p.core.models import Account, Group, Person
from jc1p.core.near_names import near_names
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import pair_by_evidence, target_name
from jc1p.errors import NotFoundInDirectory, UsageError

LISTS = {
    True: "`jc1p users list` lists all users and accounts.",
    False: "`jc1p users list` and `jc1p groups list` list all of them.",
}
"""Where to look, for an address and for anything else."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a question, on either side; a user when `group` and `pushed` are None."""

    person: Person | None = None
    account: Account | None = None
    group: Group | None = None
    pushed: Group | None = None

    @property
    def is_group(self) -> bool:
        """A group of either side."""
        return self.group is not None or self.pushed is not None


def find_subject(situation: Situation, text: str, *, group_first: bool = False) -> Subject:
    """The person, account or group that a text refers to: an email first, then a group's name, then an id or username.

    With `group_first` a group's name comes before an email.

    Raises:
        NotFoundInDirectory: neither side has it; names the nearest.
    """
    if not text.strip():
        raise UsageError("the name is empty", hint="Give an email or the name of a group.")
    readings = [by_group_name, by_email] if group_first else [by_email, by_group_name]
    for reading in (*readings, by_id):
        if found := reading(situation, text):
            return found
    near = nearest(situation, text)
    raise NotFoundInDirectory(
        f"no user, account or group {text} in JumpCloud or 1Password",
        hint=f"Did you mean {listed(near)}?" if near else f"No name is similar. {LISTS['@' in text]}",
    )


def by_email(situation: Situation, text: str) -> Subject | None:
    address = fold(text)
    people = [person for person in situation.source.people.values() if fold(person.email) == address]
    people.sort(key=lambda person: (person.id not in situation.desired.people, person.id))
    if people:
        return of_person(situation, people[0])
    account = situation.occupied.get(address)
    return of_account(situation, account) if account else None


def of_person(situation: Situation, person: Person) -> Subject:
    found = situation.matches.by_person.get(person.id)
    return Subject(person=person, account=situation.actual.accounts[found.account_id] if found else None)


def of_account(situation: Situation, account: Account) -> Subject:
    found = situation.matches.by_account.get(account.id)
    return Subject(person=situation.source.people[found.person_id] if found else None, account=account)


def by_group_name(situation: Situation, text: str) -> Subject | None:
    name = fold(text)
    groups = situation.source.groups.values()
    meant = [group for group in groups if name in {fold(group.name), fold(target_name(situation, group))}]
    # As with --group: the name that a plan shows comes first.
    rank = {group.id: (group.id not in situation.desired.groups, fold(target_name(situation, group)) != name)
            for group in meant}  # fmt: skip
    meant.sort(key=lambda group: (*rank[group.id], group.name != text, group.id))
    if meant:
        return of_group(situation, meant[0])
    pushed = next((group for group in situation.actual.groups.values() if fold(group.name) == name), None)
    return of_pushed(situation, pushed) if pushed else None


def of_group(situation: Situation, group: Group) -> Subject:
    return Subject(group=group, pushed=pair_by_evidence(situation).get(group.id))


def of_pushed(situation: Situation, pushed: Group) -> Subject:
    pairs = {each.id: id_ for id_, each in pair_by_evidence(situation).items()}
    return Subject(group=situation.source.groups.get(pairs.get(pushed.id, "")), pushed=pushed)


def by_id(situation: Situation, text: str) -> Subject | None:
    source, actual = situation.source, situation.actual
    if person := source.people.get(text.lower()):
        return of_person(situation, person)
    if account := actual.accounts.get(text):
        return of_account(situation, account)
    if group := source.groups.get(text.lower()):
        return of_group(situation, group)
    if pushed := actual.groups.get(text):
        return of_pushed(situation, pushed)
    named = [person for person in source.people.values() if person.username and person.username == text]
    return of_person(situation, named[0]) if named else None


def nearest(situation: Situation, text: str) -> list[str]:
    """Emails and group names that look like a text."""
    source, actual = situation.source, situation.actual
    emails = [person.email for person in source.people.values()]
    emails += [account.user_name for account in actual.accounts.values()]
    return near_names(text, (group.name for group in (*source.groups.values(), *actual.groups.values())), emails)
