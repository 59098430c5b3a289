"""The writes that apply needs of 1Password, and the few reads that show what they came to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from jc1p.core.models import Account, Created, Group, NewAccount


class Target(Protocol):
    """The writes that apply needs. Each raises a Jc1pError when the target refuses or can't be reached."""

    async def create_user(self, new: NewAccount) -> Created:
        """Invite; an account that exists already is answered with `existed`, never invited again."""

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        """Replace attributes; the account as answered, or None when the answer shows nothing."""

    async def create_group(self, name: str, external_id: str) -> Created:
        """Create an empty group, or answer the existing one."""

    async def rename_group(self, scim_id: str, name: str) -> None:
        """Rename in place."""

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add; members who are there already are no error."""

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove these members and no others."""

    async def read_members(self, group_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Who is in these groups now; groups whose members don't show are left out."""

    async def read_account(self, scim_id: str) -> Account | None:
        """The account as it is now; None when there is none."""

    async def read_group(self, scim_id: str) -> Group | None:
        """The group as it is now; None when there is none."""

    async def delete_group(self, scim_id: str) -> None:
        """Delete; a group that is gone is no error."""
