"""1Password through the customer's SCIM bridge: reads accounts and groups, and sends every write of a plan.

PATCH only, one operation per path. A create is never sent twice without checking, and no account is ever DELETEd.
facts/scim-bridge.md says what the bridge may answer. apply decides which writes are sent; directory.py reads,
connection.py sends.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from jc1p.clients.http.exchange import Answer, Repeat
from jc1p.clients.http.json_values import is_same_id, text
from jc1p.clients.http.urls import Params
from jc1p.clients.scim import wire
from jc1p.clients.scim.connection import ScimConnection, checked
from jc1p.clients.scim.create import Resource, create
from jc1p.clients.scim.dialect import Attributes, Dialect, name_parts
from jc1p.clients.scim.directory import TargetReader
from jc1p.clients.scim.errors import REFUSES_FORM, blamed_attributes, explain, is_conflict, no_scim
from jc1p.clients.scim.members import MemberWriter, Operations
from jc1p.core.folding import fold, tidy
from jc1p.core.models import Account, Created, Group, NewAccount, TargetDirectory
from jc1p.errors import Jc1pError, ServiceError, Unauthorized

log = logging.getLogger("jc1p.scim")

LEFT_AT_CREATION = frozenset({"externalId", "preferredLanguage"})
"""Attributes that a create leaves out if the bridge refuses them."""


class ScimClient:
    """The bridge for one run. Use as an async context manager, which opens and closes the connection."""

    def __init__(self, connection: ScimConnection) -> None:
        self._connection = connection
        self._reader = TargetReader(connection)
        self._in_doubt: set[str] = set()
        self._members = MemberWriter(self._patch_group, self._reader.members_of)
        self._dialects = {"Users": Dialect(), "Groups": Dialect()}

    async def __aenter__(self) -> Self:
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._connection.requests

    @property
    def retries(self) -> int:
        """How many of them were retries."""
        return self._connection.retries

    # --- reading ----------------------------------------------------------------------------------------

    async def read_directory(self) -> TargetDirectory:
        """All accounts and groups. Lists that stay short are marked incomplete, which is not an error.

        Raises:
            ServiceError: the bridge refused, couldn't be reached, or is not a SCIM bridge.
        """
        return await self._reader.read()

    async def look(self, path: str, params: Params | None = None, *, signed: bool = True) -> Answer:
        """One GET below the bridge's root, not the SCIM path; returns any answer. `signed` False leaves the token out.

        Raises:
            Unreachable: there was no answer.
        """
        return await self._connection.http.look("GET", path, params=params, signed=signed)

    async def look_below_base(self, path: str, params: Params | None = None) -> Answer:
        """The same below the SCIM path. Raises ServiceError without an answer, or if the SCIM path isn't known."""
        return await self.look(await self._connection.find_base() + path, params)

    async def read_version(self) -> str:
        """The bridge's version from /health, "" if unknown; never an error (facts 1.2)."""
        try:
            answer = await self.look("/health")
        except ServiceError:
            return ""
        return text(wire.value(answer.body, "version"))

    async def find_account(self, user_name: str) -> Account | None:
        """The account with this userName, compared by jc1p; by filter, or from the whole list if no filter works."""
        return await self._reader.find_account(user_name)

    async def read_account(self, scim_id: str) -> Account | None:
        """One account by id, even if no list shows it; None if there is none (404)."""
        return await self._reader.read_account(scim_id)

    async def read_group(self, scim_id: str) -> Group | None:
        """One group by id, even if no list shows it; None if there is none (404)."""
        return await self._reader.read_group(scim_id)

    async def read_own_members(self, group_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Members of these groups from their own resource, not from lists; groups that don't show them are skipped."""
        return await self._reader.read_own_members(group_ids)

    async def read_own_groups(self, account_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The groups of these accounts from their own resource; accounts that don't show them are skipped."""
        return await self._reader.read_own_groups(account_ids)

    async def read_members(self, group_ids: Sequence[str]) -> dict[str, AbstractSet[str]]:
        """Current members of these groups; groups without visible members or that can't be read are skipped.

        Raises:
            Unauthorized: the token was refused.
        """
        return await self._reader.read_members(group_ids)

    def look_first(self, addresses: Iterable[str]) -> None:
        """Look these folded addresses up before inviting them: an interrupted run may have invited them."""
        self._in_doubt |= set(addresses)

    # --- writing people ---------------------------------------------------------------------------------

    async def create_user(self, new: NewAccount) -> Created:
        """Invite. After a conflict or a lost answer the address is looked up first, so no user is invited twice.

        If the list of accounts was incomplete, every address is looked up before it is invited.
        """
        is_doubtful = not self._reader.knows_everybody or fold(new.user_name) in self._in_doubt
        if is_doubtful and (found := await self.find_account(new.user_name)):
            return Created(found.id, existed=True, account=found)
        account, existed = await create(
            "POST /Users",
            lambda: self._post("Users", wire.new_user(new)),
            lambda body: of_address(wire.parse_account(body), new.user_name),
            lambda: self.find_account(new.user_name),
        )
        return Created(account.id, existed=existed or account.id in self._reader.known_accounts, account=account)

    async def update_user(self, scim_id: str, attributes: Attributes) -> Account | None:
        """Replace attributes in one PATCH; returns the account from the answer, or read back if the answer lacks it.

        None if it couldn't be read. If the bridge refuses a form, a simpler one is sent if there is one, and remembered
        for the run.
        """
        refusal: Jc1pError | None = None
        for form, without in self._dialects["Users"].forms(attributes):
            answer = await self._patch_user(scim_id, form) if form else None
            if answer is None or answer.status not in REFUSES_FORM:
                shown = own(wire.parse_account(checked(answer, "PATCH /Users/{id}")), scim_id) if answer else None
                self._learn("Users", without)
                if answer and (shown is None or shown.active is not form.get("active", shown.active)):
                    shown = await self._account_if_readable(scim_id) or shown
                return await self._insist_on_name(scim_id, form, shown)
            refusal = refusal or explain(answer, f"PATCH /Users/{{id}} {', '.join(form)}")
        raise refusal or no_scim("PATCH /Users/{id}")

    async def _account_if_readable(self, scim_id: str) -> Account | None:
        """An account after a 204 (facts 2.5); a failed read doesn't make the write a failure."""
        try:
            return await self.read_account(scim_id)
        except Unauthorized:
            raise
        except ServiceError as error:
            log.warning("an account could not be read back: %s", error.message)
            return None

    async def _insist_on_name(self, scim_id: str, sent: Attributes, shown: Account | None) -> Account | None:
        """Send a display name in parts if the answer doesn't show it as a whole; some servers keep only the parts."""
        name = sent.get("displayName")
        if shown is None or name is None or tidy(shown.display_name) == tidy(str(name)):
            return shown
        answer = await self._patch_user(scim_id, name_parts(str(name)))
        return (own(wire.parse_account(answer.body), scim_id) if 200 <= answer.status < 300 else None) or shown  # noqa: PLR2004

    async def _patch_user(self, scim_id: str, attributes: Attributes) -> Answer:
        operations = [wire.replace_op(path, to) for path, to in attributes.items()]
        return await self._connection.request("PATCH", f"/Users/{quote(scim_id, safe='')}", body=wire.patch(operations))

    # --- writing groups ---------------------------------------------------------------------------------

    async def create_group(self, name: str, external_id: str) -> Created:
        """Create an empty group. The bridge may answer with an existing one (facts 3.2): `existed`.

        If the list of groups was incomplete, the name is looked up first: a duplicate group would have no vaults.
        """
        body = {"schemas": [wire.GROUP], "displayName": name, "externalId": external_id}
        if not self._reader.knows_every_group and (found := await self._reader.find_group(name)):
            return Created(found.id, existed=True, group=found)
        group, existed = await create(
            "POST /Groups", lambda: self._post("Groups", body), wire.parse_group, lambda: self._reader.find_group(name)
        )
        return Created(group.id, existed=existed or group.id in self._reader.known_groups, group=group)

    async def link_group(self, scim_id: str, external_id: str) -> bool:
        """Write a group's JumpCloud id as its externalId; True when the answer, or the group read back, shows it."""
        operations = [wire.replace_op("externalId", external_id)]
        answer = await self._connection.request(
            "PATCH", f"/Groups/{quote(scim_id, safe='')}", body=wire.patch(operations)
        )
        if answer.status in REFUSES_FORM:
            return False
        shown = own(wire.parse_group(checked(answer, "PATCH /Groups/{id} externalId")), scim_id)
        shown = shown or await self.read_group(scim_id)
        return shown is not None and shown.external_id == external_id

    async def rename_group(self, scim_id: str, name: str) -> None:
        """Rename in place; the group keeps its id and its vaults."""
        await self._patch_group(scim_id, [wire.replace_op("displayName", name)])

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add, in chunks that the bridge accepts."""
        await self._members.add(group_id, member_ids)

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove exactly these."""
        await self._members.remove(group_id, member_ids)

    async def delete_group(self, scim_id: str) -> None:
        """Delete; a group that doesn't exist any more is fine."""
        answer = await self._connection.request("DELETE", f"/Groups/{quote(scim_id, safe='')}")
        if not answer.is_absence:
            checked(answer, "DELETE /Groups/{id}")

    async def _patch_group(self, group_id: str, operations: Operations) -> None:
        answer = await self._connection.request(
            "PATCH", f"/Groups/{quote(group_id, safe='')}", body=wire.patch(operations)
        )
        path = str(operations[0]["path"]).partition("[")[0]
        checked(answer, f"PATCH /Groups/{{id}} {operations[0]['op']} {path}")

    # --- what the bridge refuses -------------------------------------------------------------------------

    async def _post(self, kind: str, body: Mapping[str, Any]) -> Answer:
        """Create; if the bridge refuses an optional attribute, send it again without it, and remember that."""
        left = self._dialects[kind].refused & LEFT_AT_CREATION
        answer = await self._post_without(kind, body, left)
        blamed = blamed_attributes(answer, LEFT_AT_CREATION & body.keys() - left)
        if not blamed or is_conflict(answer):
            return answer
        again = await self._post_without(kind, body, left | blamed)
        if is_conflict(again):
            return again
        if again.status >= 300:  # noqa: PLR2004 - success is below
            return answer
        self._learn(kind, blamed)
        return again

    async def _post_without(self, kind: str, body: Mapping[str, Any], left: AbstractSet[str]) -> Answer:
        plain = {name: value for name, value in body.items() if name not in left}
        return await self._connection.request("POST", f"/{kind}", body=plain, repeat=Repeat.CREATE)

    def _learn(self, kind: str, refused: Iterable[str]) -> None:
        known = self._dialects[kind].refused
        for name in sorted(set(refused) - known):
            log.warning("the bridge refuses %s on %s; jc1p continues without it", name, kind)
            known.add(name)


def own(shown: Resource | None, scim_id: str) -> Resource | None:
    """What an answer shows of the resource that was changed; None if it shows another one."""
    return shown if shown and is_same_id(shown.id, scim_id) else None


def of_address(shown: Account | None, user_name: str) -> Account | None:
    """The account that an invitation created; None if it has the address of another user."""
    return shown if shown and fold(shown.user_name) in {fold(user_name), ""} else None
