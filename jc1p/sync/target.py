"""The writes to 1Password that apply needs, and the few reads that show their results."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from jc1p.core.models import Account, Created, Group, NewAccount


class Target(Protocol):
    """The writes that apply needs. Each raises a Jc1pError when the target refuses or can't be reached."""

    async def create_user(self, new: NewAccount) -> Created:
        """Invite; an account that already exists is returned with `existed` and not invited again."""

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        """Replace attributes; returns the account from the answer, or None if the answer lacks it."""

    async def create_group(self, name: str, external_id: str) -> Created:
        """Create an empty group, or return the existing one."""

    async def rename_group(self, scim_id: str, name: str) -> None:
        """Rename in place."""

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add; existing members are not an error."""

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove these members and no others."""

    async def read_members(self, group_ids: Sequence[str]) -> Mapping[str, AbstractSet[str]]:
        """Current members of these groups; groups without visible members are not included."""

    async def read_account(self, scim_id: str) -> Account | None:
        """The account as it is now; None when there is none."""

    async def read_group(self, scim_id: str) -> Group | None:
        """The group as it is now; None when there is none."""

    async def delete_group(self, scim_id: str) -> None:
        """Delete; a group that doesn't exist is not an error."""
