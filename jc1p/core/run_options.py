"""The options of one run beyond the configuration, with their names resolved. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from jc1p.core.attributes import listed
from jc1p.core.folding import all_matching, fold
from jc1p.core.guard import LIMIT_KEYS
from jc1p.core.near_names import near_names
from jc1p.core.plan import Hold, Plan, group_key, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.filters import Only, PlanFilter
from jc1p.core.planning.group_pairs import pair_by_evidence, target_name
from jc1p.errors import NotFoundInDirectory, UsageError


class RunOptions(NamedTuple):
    """The options of a run as typed; a saved plan keeps them this way."""

    only: str | None = None
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    no_removals: bool = False
    limit: int | None = None
    allow: tuple[str, ...] = ()
    invite: tuple[str, ...] = ()
    recreate: tuple[str, ...] = ()
    reactivate: tuple[str, ...] = ()
    reference: str | None = None

    def check(self) -> None:
        """Raises UsageError for options that can't be understood."""
        if self.only is not None and self.only not in set(Only):
            raise UsageError(f"--only {self.only} is not supported; use users or groups")
        _ = self.allowances
        check_reference(self.reference or "")

    @property
    def allowances(self) -> Mapping[str, int]:
        """The limits that are raised for this run. Raises UsageError."""
        return dict(parse_allowance(entry) for entry in self.allow)

    @property
    def invited(self) -> frozenset[str]:
        """Folded emails to invite although a probable duplicate exists."""
        return frozenset(map(fold, self.invite))

    @property
    def digested(self) -> tuple[tuple[str, ...], ...]:
        """The given options, as part of a fingerprint; () if none, so that plans of earlier versions stay valid."""
        asked = (each for each in self._fields if each != "reference" and self.differs(each))
        # Lists in text, as they were in versions whose plans are still valid.
        values = ((name, getattr(self, name)) for name in asked)
        given = tuple(f"{name}={list(value) if isinstance(value, tuple) else value!r}" for name, value in values)
        return (given,) if given else ()

    def differs(self, name: str) -> bool:
        """This option was given."""
        return bool(getattr(self, name) != getattr(RunOptions(), name))

    @property
    def permits(self) -> bool:
        """It allows something that is held otherwise."""
        return bool(self.invite or self.recreate or self.reactivate)

    @property
    def is_narrow(self) -> bool:
        """The run doesn't cover everything in the directory."""
        return bool(self.only or self.users or self.groups)

    @property
    def is_whole(self) -> bool:
        """The plan is what a run without options would make."""
        return not (self.is_narrow or self.permits or self.no_removals or self.limit is not None)


MOST_DIGITS = 9
LONGEST_REFERENCE = 200
"""Characters."""


def check_reference(text: str) -> None:
    """Raises UsageError for a reference that is too long, or that contains control characters."""
    if len(text) > LONGEST_REFERENCE:
        raise UsageError(
            f"--reference has {len(text):,} characters", hint=f"Use at most {LONGEST_REFERENCE}, such as a ticket's id."
        )
    if not text.isprintable():
        raise UsageError(
            "--reference has line breaks or control characters", hint="Use plain text, such as a ticket's id."
        )


def parse_allowance(entry: str) -> tuple[str, int]:
    """One --allow KIND=N."""
    key, _, number = entry.partition("=")
    if key not in LIMIT_KEYS:
        raise UsageError(
            f"--allow {entry}: unknown limit {key}",
            hint=f"Use one of {', '.join(LIMIT_KEYS)}.",
        )
    if not number.isascii() or not number.isdigit() or len(number) > MOST_DIGITS:
        raise UsageError(f"--allow {entry}: the number is missing", hint=f"Use for example --allow {key}=12.")
    return key, int(number)


def resolve_filter(situation: Situation, options: RunOptions) -> PlanFilter:
    """The filter with keys in place of emails and group names.

    Raises:
        NotFoundInDirectory: --user or --group names something that neither side has.
    """
    return PlanFilter(
        only=Only(options.only) if options.only else None,
        users=frozenset(key for email in sorted(options.users) for key in keys_of_user(situation, email)),
        groups=frozenset(key for name in options.groups for key in keys_of_group(situation, name)),
        no_removals=options.no_removals,
        limit=options.limit,
    )


def keys_of_user(situation: Situation, email: str) -> set[str]:
    """Keys of the users that an email refers to: by JumpCloud email, else by the address of their account.

    An account without a user is included even if a user has its address as email.
    """
    found = {user_key(id_, None) for id_ in situation.people_with(email)}
    account = situation.occupied.get(fold(email)) if fold(email) else None
    owner = situation.matches.by_account.get(account.id) if account else None
    if account and not (found and owner):
        found.add(user_key(owner.person_id if owner else None, account.id))
    if not found:
        raise NotFoundInDirectory(
            f"--user {email}: no user or account with this email in JumpCloud or 1Password",
            hint=meant(near_names(email, (), [*situation.emails, *situation.occupied]), "users"),
        )
    return found


def keys_of_group(situation: Situation, name: str) -> set[str]:
    """Keys of the groups that a name refers to, by the first reading that fits any."""
    for reading in readings_of_groups(situation):
        if found := {key for key, called in reading if fold(called) == fold(name) != ""}:
            return found
    raise NotFoundInDirectory(
        f"--group {name}: no group with this name in JumpCloud or 1Password",
        hint=meant(near_names(name, shown_names(situation)), "groups"),
    )


def readings_of_groups(situation: Situation) -> Iterator[list[tuple[str, str]]]:
    """What the word for a group can be, as keys and names: the name that a plan shows comes first, an id last.

    One group's id, or its name on one side, may be another group's name. That one must not be changed along with it.
    """
    source, desired, pushed = situation.source.groups, situation.desired.groups, pair_by_evidence(situation)
    others = {id_: group for id_, group in source.items() if id_ not in desired}
    actual = situation.actual.groups.values()
    keys = {group.id: group_key(situation.source_of_group.get(group.id, group.id)) for group in actual}
    left = [group for group in actual if situation.source_of_group.get(group.id, "") not in {"", *desired}]
    yield [
        *((group_key(id_), target_name(situation, group)) for id_, group in desired.items()),
        *((keys[group.id], group.name) for group in left),
    ]
    yield [(group_key(id_), group.name) for id_, group in desired.items()]
    yield [(group_key(id_), pushed[id_].name) for id_ in desired if id_ in pushed]
    named = ((id_, each) for id_, group in others.items() for each in (group.name, target_name(situation, group)))
    yield [*((group_key(id_), each) for id_, each in named), *((keys[group.id], group.name) for group in actual)]
    yield [*((group_key(id_), id_) for id_ in source), *((keys[group.id], group.id) for group in actual)]


def shown_names(situation: Situation) -> list[str]:
    """The names of all groups, as each side writes them."""
    return [group.name for side in (situation.source, situation.actual) for group in side.groups.values()]


def meant(near: Sequence[str], what: str) -> str:
    """What was probably meant, or where all are listed."""
    return f"Did you mean {listed(near)}?" if near else f"`jc1p {what} list` lists all {what}."


def users_meant(situation: Situation, entries: Iterable[str]) -> frozenset[str]:
    """Keys of the users that entries of --reactivate mean. An address that someone has means only that one.

    Otherwise the command that jc1p suggests for a user named *@example.com would bring everyone back, and that for a
    user whose email is still the address of another one's account would bring back both.
    """
    known = (situation.emails | situation.occupied.keys()) - {""}

    def meant(entry: str) -> set[str]:
        if fold(entry) in known:
            return keys_of_user(situation, entry)
        return keys_fitting(situation, all_matching(known, [entry]))

    return frozenset[str]().union(*map(meant, entries))


def keys_fitting(situation: Situation, addresses: AbstractSet[str]) -> set[str]:
    """Keys of the users with an account whose folded email, or account's address, is one of these."""
    people, accounts = situation.source.people, situation.actual.accounts
    return {
        user_key(id_, found.account_id)
        for id_, found in (situation.matches.by_person.items() if addresses else ())
        if {fold(people[id_].email), fold(accounts[found.account_id].user_name)} & addresses
    }


def recreated(situation: Situation, names: Iterable[str]) -> frozenset[str]:
    """Keys of the vanished groups that names of --recreate mean: by the 1Password name, otherwise by JumpCloud's."""
    vanished = [situation.source.groups[id_] for id_ in situation.vanished_groups if id_ in situation.source.groups]
    found = set[str]()
    for name in map(fold, names):
        shown = {group_key(group.id) for group in vanished if fold(target_name(situation, group)) == name}
        found |= shown or {group_key(group.id) for group in vanished if fold(group.name) == name}
    return frozenset(found)


def check_permitted(options: RunOptions, situation: Situation, plan: Plan) -> None:
    """Check that what --invite, --recreate and --reactivate name is held in the plan made without them.

    Raises:
        NotFoundInDirectory: a name that matches nothing held.
    """
    people = {fold(held.user or "") for held in plan.held if held.code is Hold.PROBABLE_DUPLICATE}
    if unknown := [email for email in options.invite if fold(email) not in people]:
        raise NotFoundInDirectory(
            f"--invite {min(unknown)}: no invitation of this JumpCloud email is held as a probable duplicate",
            hint="`jc1p plan` lists held invitations. If there are none, leave --invite out.",
        )
    held = {each.user_key for each in plan.held if each.code is Hold.SUSPENDED_ELSEWHERE}
    unfit = [entry for entry in options.reactivate if not users_meant(situation, [entry]) & held]
    if unfit:
        raise NotFoundInDirectory(
            f"--reactivate {min(unfit)}: no matching account is held as suspended outside jc1p",
            hint="`jc1p plan` lists held accounts.",
        )
    groups = {each.group_key for each in plan.held if each.code is Hold.GROUP_VANISHED}
    if unknown := [name for name in options.recreate if not recreated(situation, [name]) & groups]:
        raise NotFoundInDirectory(
            f"--recreate {min(unknown)}: no group with this name is held because its 1Password group vanished",
            hint="`jc1p plan` lists held groups.",
        )
