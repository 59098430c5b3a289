"""Links that only the journal knows: of a run that was killed before state had them, or from before state was lost.

Otherwise, with a bridge that drops externalId, a user whose email changed since would be invited a second time, and the
account of a user who was deleted since would stay active. What state or an externalId says counts more. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from jc1p.core.commands import Command
from jc1p.core.folding import fold
from jc1p.core.matching import Links, linked_person
from jc1p.core.models import Account, Group, Person, SourceDirectory, TargetDirectory
from jc1p.core.past_runs import CANARY, Entry, PastRun, Status
from jc1p.core.plan import Kind, user_key

LINKING = frozenset(Kind) - {Kind.DELETE_GROUP}
"""The kinds of change that record a link when they are applied, in state too."""
CREATES = {Kind.CREATE_USER: "userName", Kind.CREATE_GROUP: "displayName"}
"""The kinds whose outcome may be unknown while their account or group exists, with the attribute that finds it."""


class _Known(NamedTuple):
    """What both sides show of people and accounts, or of groups, for one kind of link."""

    names_there: Mapping[str, str]
    """SCIM id to the folded address or name."""
    written: frozenset[str]
    """SCIM ids with a JumpCloud id as externalId."""
    names_wanted: Mapping[str, str]
    """JumpCloud id to the folded email or name."""


def with_past_links(
    links: Links, runs: Iterable[PastRun], source: SourceDirectory, actual: TargetDirectory
) -> Links:  # fmt: skip
    """The links of state, and those that runs (oldest first) made to accounts and groups that 1Password shows."""
    entries = [
        undone(entry) if run.command == Command.ROLLBACK else entry
        for run in runs if run.command != CANARY for entry in run.entries
        if (ends_a_link(entry) if run.command == Command.ROLLBACK else makes_a_link(entry))
    ]  # fmt: skip
    if not entries:
        return links
    users = [entry for entry in entries if entry.group is None]
    groups = [entry for entry in entries if entry.group is not None]
    return Links(
        users={**past_links(users, known_accounts(source.people, actual.accounts), links.users), **links.users},
        groups={**past_links(groups, known_groups(source.groups, actual.groups), links.groups), **links.groups},
    )


def makes_a_link(entry: Entry) -> bool:
    """A change that records a link when it is applied; changes about deleted users record none."""
    return bool(entry.kind in LINKING and entry.jumpcloud_id and entry.key != user_key(None, entry.scim_id))


def ends_a_link(entry: Entry) -> bool:
    """A change that does so in a rollback."""
    return entry.kind is Kind.LINK_USER or "externalId" in entry.attributes


def undone(entry: Entry) -> Entry:
    """A change of a rollback: it ends the link that an earlier run made."""
    return entry._replace(jumpcloud_id="")


def known_accounts(people: Mapping[str, Person], accounts: Mapping[str, Account]) -> _Known:
    return _Known(
        {id_: fold(account.user_name) for id_, account in accounts.items()},
        frozenset(id_ for id_, account in accounts.items() if linked_person(account.external_id)),
        {id_: fold(person.email) for id_, person in people.items()},
    )


def known_groups(wanted: Mapping[str, Group], pushed: Mapping[str, Group]) -> _Known:
    return _Known(
        {id_: fold(group.name) for id_, group in pushed.items()},
        frozenset(id_ for id_, group in pushed.items() if linked_person(group.external_id)),
        {id_: fold(group.name) for id_, group in wanted.items()},
    )


def past_links(entries: Iterable[Entry], known: _Known, links: Mapping[str, str]) -> dict[str, str]:
    """JumpCloud id to SCIM id; a later link replaces earlier ones on both ends."""
    found, owner = dict[str, str](), dict[str, str]()
    for entry in entries:
        if scim_id := linked_id(entry, known):
            id_, before = entry.jumpcloud_id or "", owner.get(scim_id, "")
            if found.get(before) == scim_id:
                del found[before]
            found[id_], owner[scim_id] = scim_id, id_
    taken = known.written | set(links.values())
    return {
        id_: scim_id for id_, scim_id in found.items()
        if id_ and id_ not in links and scim_id in known.names_there and scim_id not in taken
    }  # fmt: skip


def linked_id(entry: Entry, known: _Known) -> str | None:
    """The account or group that an entry linked; for a create whose answer was lost, what now has the name it sent.

    Not if another user or group of JumpCloud has that name by now.
    """
    if entry.status is Status.APPLIED:
        return entry.scim_id
    attribute = CREATES.get(entry.kind, "")
    if entry.status is not Status.UNKNOWN or attribute not in entry.attributes:
        return None
    name = fold(str(entry.attributes[attribute].after))
    if any(wanted == name and id_ != entry.jumpcloud_id for id_, wanted in known.names_wanted.items()):
        return None
    bearers = [id_ for id_, shown in known.names_there.items() if shown == name]
    return bearers[0] if len(bearers) == 1 else None
