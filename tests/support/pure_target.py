"""1Password as a pure object: applies the Target's writes to a directory, for laws over whole plans."""

from collections.abc import Mapping, Sequence

from jc1p.core.models import Account, Created, Group, NewAccount, TargetDirectory
from jc1p.errors import RequestRefused


def refused(message: str, status: int = 400) -> RequestRefused:
    return RequestRefused(message, service="1Password", status=status)


class PureTarget:
    """Stores what it receives; `invited` lists every address that got a mail."""

    def __init__(self, directory: TargetDirectory) -> None:
        self.accounts: dict[str, Account] = dict(directory.accounts)
        self.groups: dict[str, Group] = dict(directory.groups)
        self.invited: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self._given = 0

    @property
    def directory(self) -> TargetDirectory:
        return TargetDirectory(accounts=dict(self.accounts), groups=dict(self.groups))

    def _new_id(self) -> str:
        self._given += 1
        return f"new{self._given}"

    async def create_user(self, new: NewAccount) -> Created:
        self.calls.append(("create_user", new.user_name))
        taken = {account.user_name.casefold(): account for account in self.accounts.values()}
        if found := taken.get(new.user_name.casefold()):
            return Created(found.id, existed=True, account=found)
        account = Account(
            self._new_id(), new.user_name, new.display_name, new.given_name, new.family_name,
            external_id=new.external_id,
        )  # fmt: skip
        self.accounts[account.id] = account
        self.invited.append(new.user_name)
        return Created(account.id, account=account)

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        self.calls.append(("update_user", scim_id))
        fields = {
            "userName": "user_name",
            "displayName": "display_name",
            "active": "active",
            "externalId": "external_id",
        }
        if scim_id not in self.accounts:
            raise refused("no such account", 404)
        changed = {fields[name]: value for name, value in attributes.items()}
        self.accounts[scim_id] = self.accounts[scim_id]._replace(**changed)  # type: ignore[arg-type]
        return self.accounts[scim_id]

    async def create_group(self, name: str, external_id: str) -> Created:
        self.calls.append(("create_group", name))
        group = Group(self._new_id(), name, external_id=external_id)
        self.groups[group.id] = group
        return Created(group.id)

    async def rename_group(self, scim_id: str, name: str) -> None:
        self.calls.append(("rename_group", name))
        self.groups[scim_id] = self.groups[scim_id]._replace(name=name)

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        self.calls.append(("add_members", group_id))
        if missing := set(member_ids) - self.accounts.keys():
            raise refused(f"unknown members {missing}")
        group = self.groups[group_id]
        self.groups[group_id] = group._replace(members=group.members | set(member_ids))

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        self.calls.append(("remove_members", group_id))
        group = self.groups[group_id]
        self.groups[group_id] = group._replace(members=group.members - set(member_ids))

    async def read_members(self, group_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        self.calls.append(("read_members", ",".join(group_ids)))
        return {id_: frozenset(self.groups[id_].members) for id_ in group_ids if id_ in self.groups}

    async def read_account(self, scim_id: str) -> Account | None:
        self.calls.append(("read_account", scim_id))
        return self.accounts.get(scim_id)

    async def read_group(self, scim_id: str) -> Group | None:
        self.calls.append(("read_group", scim_id))
        return self.groups.get(scim_id)

    async def delete_group(self, scim_id: str) -> None:
        self.calls.append(("delete_group", scim_id))
        self.groups.pop(scim_id, None)
