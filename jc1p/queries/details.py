"""The details that `--verbose` adds to a plan: the ids of everything in it, and each unchanged user and group. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jc1p.core.folding import fold
from jc1p.core.nothing import NOTHING
from jc1p.core.plan import Change, Held, Plan
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import pair_by_evidence, target_name

USER, GROUP = "user", "group"


class Ids(NamedTuple):
    """The id on each side, None if that side has none."""

    jumpcloud: str | None
    scim: str | None

    def __str__(self) -> str:
        """Such as "JumpCloud 5f…, 1Password ABC…"; "" without any."""
        sides = (("JumpCloud", self.jumpcloud), ("1Password", self.scim))
        return ", ".join(f"{side} {id_}" for side, id_ in sides if id_)


class Details(NamedTuple):
    """Ids by kind ("user", "group") and folded name, and the unchanged users and groups as (name, ids)."""

    ids: Mapping[tuple[str, str], Ids] = NOTHING
    unchanged: tuple[tuple[str, Ids], ...] = ()

    def of(self, item: Change | Held) -> str:
        """The ids of the subject of a change or held item, in words; "" if none is known."""
        kind, name = (USER, item.user) if item.user else (GROUP, item.group)
        found = self.ids.get((kind, fold(name or "")), Ids(None, None))
        if isinstance(item, Change):
            found = Ids(item.jumpcloud_id or found.jumpcloud, item.scim_id or found.scim)
        return str(found)


def details_of(situation: Situation, plan: Plan) -> Details:
    """The details of a plan."""
    known = [*users_in(situation), *groups_in(situation)]
    unchanged = {USER: frozenset(plan.unchanged), GROUP: frozenset(plan.unchanged_pushed)}
    return Details(
        # In reverse: if several have one name, the first one counts.
        {(kind, fold(name)): ids for kind, name, ids in reversed(known)},
        tuple((name, ids) for kind, name, ids in known if ids.scim in unchanged[kind]),
    )


def users_in(situation: Situation) -> Iterator[tuple[str, str, Ids]]:
    """All users by the email that admins know them by, accounts first."""
    by_account, by_person = situation.matches.by_account, situation.matches.by_person
    for id_, account in situation.actual.accounts.items():
        person = by_account[id_].person_id if id_ in by_account else situation.matches.gone.get(id_)
        yield USER, situation.email_of(account), Ids(person, id_)
    for id_, each in situation.source.people.items():
        if id_ not in by_person:
            yield USER, each.email or each.username, Ids(id_, None)


def groups_in(situation: Situation) -> Iterator[tuple[str, str, Ids]]:
    """Every JumpCloud group by its 1Password name, then the 1Password groups without a JumpCloud group."""
    pairs = pair_by_evidence(situation)
    for id_, group in situation.source.groups.items():
        pushed = pairs.get(id_)
        yield GROUP, target_name(situation, group) or group.name, Ids(id_, pushed.id if pushed else None)
    paired = {pushed.id for pushed in pairs.values()}
    for id_, actual in situation.actual.groups.items():
        if id_ not in paired:
            yield GROUP, actual.name, Ids(situation.source_of_group.get(id_), id_)
