"""SCIM ids by their keys in a plan. The keys of tens of thousands of users are written only when they are asked for."""

from collections.abc import Iterator, Mapping

from jc1p.core.nothing import NOTHING
from jc1p.core.plan import person_of, user_key
from jc1p.core.planning.situation import Situation


class KnownIds(Mapping[str, str]):
    """The ids of the people and accounts that membership changes may name, and those of `groups`."""

    __slots__ = ("_groups", "_situation")

    def __init__(self, situation: Situation, groups: Mapping[str, str] = NOTHING) -> None:
        self._situation, self._groups = situation, groups

    def __getitem__(self, key: str) -> str:
        if key in self._groups:
            return self._groups[key]
        if person_id := person_of(key):
            return self._situation.account_by_person[person_id]
        account_id = key.partition(":")[2]
        if account_id in self._situation.actual.accounts and self._key_of(account_id) == key:
            return account_id
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield from map(self._key_of, self._situation.actual.accounts)
        yield from self._groups

    def __len__(self) -> int:
        return len(self._situation.actual.accounts) + len(self._groups)

    def _key_of(self, account_id: str) -> str:
        found = self._situation.matches.by_account.get(account_id)
        return user_key(found.person_id if found else None, account_id)
