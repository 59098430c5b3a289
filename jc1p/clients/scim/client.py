"""1Password through the customer's SCIM bridge: reading accounts and groups, and every write of a plan.

PATCH only, one operation a path; a create is never sent blindly twice; no person is ever DELETEd. What the
bridge may answer is in facts/scim-bridge.md; which writes are wanted is apply's business.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.json_values import text, whole_number
from jc1p.clients.http.service import Answer, HttpService, Repeat, RetryPolicy, Sleep
from jc1p.clients.http.urls import Params
from jc1p.clients.scim import wire
from jc1p.clients.scim.create import create
from jc1p.clients.scim.dialect import Attributes, Dialect, name_parts
from jc1p.clients.scim.errors import NAME, REFUSES_FORM, blames_attribute, explain, is_conflict, no_scim
from jc1p.clients.scim.members import MemberWriter, Operations
from jc1p.clients.scim.reading import (  # fmt: skip
    MOST_AT_ONCE,
    GroupReading,
    Reading,
    members_by_group,
    read_memberships,
    read_resources,
)
from jc1p.core.folding import fold, tidy
from jc1p.core.models import Account, Created, Group, MembershipView, NewAccount, TargetDirectory
from jc1p.errors import BadResponse, Jc1pError, NotFound, ProvisioningOff, ServiceError, Unauthorized, Unreachable
from jc1p.runtime.concurrency import side_by_side

log = logging.getLogger("jc1p.scim")

MEDIA_TYPE = "application/scim+json"
GROUPS_TO_PROBE = 3
"""Groups looked at before a bridge that showed no membership counts as one that never does."""

NOBODY: frozenset[str] = frozenset()


class ScimClient:
    """The bridge for one run. `root` is its address without a SCIM path, `base_paths` where SCIM may be, in order.

    Use as an async context manager.
    """

    def __init__(
        self,
        root: str,
        base_paths: Sequence[str],
        token: SecretStr,
        *,
        retry: RetryPolicy | None = None,
        concurrency: int = 2,
        rate: float = 500.0,
        run_id: str = "",
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = HttpService(
            NAME, root.rstrip("/"), KeyAuth("Authorization", token, prefix="Bearer "), retry=retry or RetryPolicy(),
            concurrency=concurrency, rate=rate, run_id=run_id, media_type=MEDIA_TYPE, tries_500=2, sleep=sleep,
            clock=clock,
        )  # fmt: skip
        self._base_paths = tuple(base_paths)
        self._base: str | None = None
        self._largest_page = 10_000
        self._known_accounts: frozenset[str] = frozenset()
        self._known_groups: frozenset[str] = frozenset()
        self._knows_everybody = self._knows_every_group = False
        self._in_doubt: set[str] = set()
        self._view = MembershipView.NONE
        self._members = MemberWriter(self._patch_group, self._members_of)
        self._dialects = {"Users": Dialect(), "Groups": Dialect()}
        self._media_type = MEDIA_TYPE

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._http.requests

    @property
    def retries(self) -> int:
        """Of these, those that repeated one."""
        return self._http.retries

    # --- reading ----------------------------------------------------------------------------------------

    async def read_directory(self) -> TargetDirectory:
        """All accounts and groups. Lists that stay short are marked incomplete, never an error.

        Raises:
            ServiceError: the bridge refused, couldn't be reached, or is no SCIM bridge.
        """
        await self._find_base()
        async with asyncio.TaskGroup() as tasks:
            users_task = tasks.create_task(self._read("Users"))
            groups_task = tasks.create_task(self._read("Groups"))
        users, listed = users_task.result(), groups_task.result()
        accounts = {id_: row.account for id_, row in users.rows.items() if row.account}
        groups = await self._with_members(read_memberships(users, listed))
        self._known_accounts, self._known_groups = frozenset(accounts), frozenset(groups.groups)
        self._knows_everybody, self._knows_every_group = users.complete, listed.complete
        self._view = groups.view
        return TargetDirectory(
            accounts=accounts,
            groups=groups.groups,
            accounts_complete=users.complete,
            groups_complete=listed.complete and groups.complete,
            membership_view=groups.view,
            remarks=(*users.remarks, *listed.remarks),
        )

    async def look(self, path: str, params: Params | None = None, *, signed: bool = True) -> Answer:
        """One GET below the bridge's root, not below a SCIM path, whatever comes; `signed` False leaves the token out.

        Raises:
            Unreachable: nothing came.
        """
        return await self._http.look("GET", path, params=params, signed=signed)

    async def read_version(self) -> str:
        """The bridge's version as far as /health tells it, else ""; never an error (facts 1.2)."""
        try:
            answer = await self.look("/health")
        except ServiceError:
            return ""
        return text(wire.value(answer.body, "version"))

    async def find_account(self, user_name: str) -> Account | None:
        """The account with this userName, compared by ourselves; by filter, or by the whole list where none works."""
        answer = await self._request("GET", "/Users", params={"filter": wire.eq_filter("userName", user_name)})
        if answer.status in REFUSES_FORM:
            found = [row.account for row in (await self._read("Users")).rows.values() if row.account]
        else:
            rows = self._page(answer, "GET /Users").resources
            found = [each for row in rows if (each := wire.parse_account(row))]
        return next((each for each in found if fold(each.user_name) == fold(user_name)), None)

    async def read_account(self, scim_id: str) -> Account | None:
        """One account by id, whatever the list says; None when there is none (404)."""
        return wire.parse_account(await self._read_one("Users", scim_id))

    async def read_group(self, scim_id: str) -> Group | None:
        """One group by id, whatever the list says; None when there is none (404)."""
        return wire.parse_group(await self._read_one("Groups", scim_id))

    async def _read_one(self, kind: str, scim_id: str) -> Any:
        answer = await self._request("GET", f"/{kind}/{quote(scim_id, safe='')}")
        return None if answer.status == httpx.codes.NOT_FOUND else self._checked(answer, f"GET /{kind}/{{id}}")

    def look_first(self, addresses: Iterable[str]) -> None:
        """Look these folded addresses up before inviting them: an earlier run may have, and was cut off."""
        self._in_doubt |= set(addresses)

    async def _find_group(self, name: str) -> Group | None:
        """The group of a name: by filter, which a list that lags behind doesn't slow down, then by the whole list."""
        answer = await self._request("GET", "/Groups", params={"filter": wire.eq_filter("displayName", name)})
        rows = [] if answer.status in REFUSES_FORM else self._page(answer, "GET /Groups").resources
        filtered = named((wire.parse_group(row) for row in rows), name)
        return filtered or named((row.group for row in (await self._read("Groups")).rows.values()), name)

    async def _find_base(self) -> str:
        """Where SCIM lives: the first base path whose ServiceProviderConfig is JSON (facts 1.1), remembered."""
        if self._base is not None:
            return self._base
        misses: list[str] = []
        for base in self._base_paths:
            try:
                answer = await self._http.get(f"{base}/ServiceProviderConfig")
            except BadResponse as error:
                misses.append(error.message)
                continue
            except Unreachable as error:
                raise await self._explain_down(error) from error
            if answer.status in {404, 405} or 300 <= answer.status < 400:  # noqa: PLR2004 - the redirects
                misses.append(f"{base or '/'}: {answer.status}")
                continue
            config = self._checked(answer, "GET /ServiceProviderConfig")
            if not isinstance(config, Mapping):
                misses.append(f"{base or '/'}: {answer.status} without a ServiceProviderConfig")
                continue
            self._note_limits(config)
            self._base = base
            return base
        raise NotFound(
            f"there is no SCIM service at this address ({'; '.join(misses)})",
            service=NAME,
            hint="onepassword.scim_url must be the bridge's own address, such as https://scim.example.com, and the "
            "bridge must not be in Google Workspace mode.",
        )

    def _note_limits(self, config: Any) -> None:
        advertised = whole_number(wire.value(wire.value(config, "filter"), "maxResults"))
        self._largest_page = advertised or self._largest_page

    async def _explain_down(self, error: Unreachable) -> Jc1pError:
        """500 on SCIM while /ping works means provisioning is switched off (facts 5)."""
        if " 500" not in error.message:
            return error
        try:
            alive = (await self._http.get("/ping", signed=False)).status < 300  # noqa: PLR2004 - success
        except BadResponse:
            alive = True
        except ServiceError:
            alive = False
        if not alive:
            return error
        return ProvisioningOff(
            "the bridge is up but answers 500 to SCIM: provisioning is switched off in 1Password",
            service=NAME,
            hint="In 1Password, open Integrations > Automated User Provisioning and turn on "
            '"Provisioning users & groups".',
        )

    async def _read(self, kind: str) -> Reading:
        base = await self._find_base()

        async def fetch(start: int, count: int) -> wire.ListPage | None:
            answer = await self._http.get(f"{base}/{kind}", {"startIndex": start, "count": count})
            if answer.status in {400, 413} and count > 1000:  # noqa: PLR2004 - the first, modest page size
                return None
            return self._page(answer, f"GET /{kind}")

        parse = wire.parse_user_row if kind == "Users" else wire.parse_group_row
        return await read_resources(kind, fetch, parse, largest_page=self._largest_page)

    async def _with_members(self, reading: GroupReading) -> GroupReading:
        """Membership by facts 3.1: from the list, from users, else from each group's own resource."""
        if reading.view is not MembershipView.NONE or not reading.groups:
            return reading

        async def detail(group_id: str) -> object:
            answer = await self._request("GET", f"/Groups/{quote(group_id, safe='')}")
            if answer.status == httpx.codes.NOT_FOUND:
                return None
            row = self._checked(answer, "GET /Groups/{id}")
            if wire.parse_group(row) is None:
                raise no_scim("GET /Groups/{id}")
            return row

        return reading.with_details(await side_by_side(list(reading.groups), detail, at_once=MOST_AT_ONCE))

    # --- writing people ---------------------------------------------------------------------------------

    async def create_user(self, new: NewAccount) -> Created:
        """Invite. After a conflict or a lost answer the address is looked up first; nobody is invited twice.

        When the list of accounts was incomplete, every address is looked up before it is invited.
        """
        is_doubtful = not self._knows_everybody or fold(new.user_name) in self._in_doubt
        if is_doubtful and (found := await self.find_account(new.user_name)):
            return Created(found.id, existed=True, account=found)
        account, existed = await create(
            "POST /Users",
            lambda: self._post("Users", wire.new_user(new)),
            wire.parse_account,
            lambda: self.find_account(new.user_name),
        )
        return Created(account.id, existed=existed or account.id in self._known_accounts, account=account)

    async def update_user(self, scim_id: str, attributes: Attributes) -> Account | None:
        """Replace attributes in one PATCH; the account as answered, or as read back where the answer doesn't show it.

        None when it couldn't be read. What the bridge refuses is said in a plainer way where there is one, remembered
        for the run.
        """
        refusal: Jc1pError | None = None
        for form, without in self._dialects["Users"].forms(attributes):
            answer = await self._patch_user(scim_id, form) if form else None
            if answer is None or answer.status not in REFUSES_FORM:
                shown = wire.parse_account(self._checked(answer, "PATCH /Users/{id}")) if answer else None
                self._learn("Users", without)
                if answer and (shown is None or shown.active is not form.get("active", shown.active)):
                    shown = await self._account_if_readable(scim_id) or shown
                return await self._insist_on_name(scim_id, form, shown)
            refusal = refusal or explain(answer, f"PATCH /Users/{{id}} {', '.join(form)}")
        raise refusal or no_scim("PATCH /Users/{id}")

    async def _account_if_readable(self, scim_id: str) -> Account | None:
        """An account after a 204 (facts 2.5); that it can't be read makes no failure of what was done."""
        try:
            return await self.read_account(scim_id)
        except Unauthorized:
            raise
        except ServiceError as error:
            log.warning("an account could not be read back: %s", error.message)
            return None

    async def _insist_on_name(self, scim_id: str, sent: Attributes, shown: Account | None) -> Account | None:
        """Send a display name in parts where the answer to the whole doesn't show it; some servers keep only those."""
        name = sent.get("displayName")
        if shown is None or name is None or tidy(shown.display_name) == tidy(str(name)):
            return shown
        answer = await self._patch_user(scim_id, name_parts(str(name)))
        return (wire.parse_account(answer.body) if 200 <= answer.status < 300 else None) or shown  # noqa: PLR2004

    async def _patch_user(self, scim_id: str, attributes: Attributes) -> Answer:
        operations = [wire.replace_op(path, to) for path, to in attributes.items()]
        return await self._request("PATCH", f"/Users/{quote(scim_id, safe='')}", body=wire.patch(operations))

    # --- writing groups ---------------------------------------------------------------------------------

    async def create_group(self, name: str, external_id: str) -> Created:
        """Create an empty group. The bridge may answer an existing one (facts 3.2): `existed`.

        When the list of groups was incomplete, the name is looked up first: a second group would have no vaults.
        """
        body = {"schemas": [wire.GROUP], "displayName": name, "externalId": external_id}
        if not self._knows_every_group and (found := await self._find_group(name)):
            return Created(found.id, existed=True, group=found)
        group, existed = await create(
            "POST /Groups", lambda: self._post("Groups", body), wire.parse_group, lambda: self._find_group(name)
        )
        return Created(group.id, existed=existed or group.id in self._known_groups, group=group)

    async def link_group(self, scim_id: str, external_id: str) -> bool:
        """Write whose a group is as its externalId; True when the answer, or the group read back, shows it."""
        operations = [wire.replace_op("externalId", external_id)]
        answer = await self._request("PATCH", f"/Groups/{quote(scim_id, safe='')}", body=wire.patch(operations))
        if answer.status in REFUSES_FORM:
            return False
        shown = wire.parse_group(self._checked(answer, "PATCH /Groups/{id} externalId"))
        shown = shown or await self.read_group(scim_id)
        return shown is not None and shown.external_id == external_id

    async def rename_group(self, scim_id: str, name: str) -> None:
        """Rename in place; the group keeps its id and its vaults."""
        await self._patch_group(scim_id, [wire.replace_op("displayName", name)])

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add, in chunks that the bridge can take."""
        await self._members.add(group_id, member_ids)

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove exactly these."""
        await self._members.remove(group_id, member_ids)

    async def read_members(self, group_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Who is in these groups now; groups whose members don't show, or that can't be read, are left out.

        Raises:
            Unauthorized: the token was refused.
        """
        if self._view is MembershipView.NONE:
            await self._find_view(group_ids)
        if self._view is MembershipView.NONE:
            return {}
        if self._view is MembershipView.USERS:
            by_group = members_by_group(await self._read("Users"))
            return {id_: by_group.get(id_, NOBODY) for id_ in group_ids}
        found = await side_by_side(group_ids, self._members_if_readable, at_once=MOST_AT_ONCE)
        return {id_: members for id_, members in zip(group_ids, found, strict=True) if members is not None}

    async def _members_if_readable(self, group_id: str) -> frozenset[str] | None:
        try:
            return await self._members_of(group_id)
        except Unauthorized:
            raise
        except ServiceError as error:
            log.warning("a group could not be read back: %s", error.message)
            return None

    async def _find_view(self, group_ids: Sequence[str]) -> None:
        """Look again where membership shows: when all groups were empty, nothing could be seen at first."""
        for group_id in group_ids[:GROUPS_TO_PROBE]:
            if await self._members_of(group_id) is not None:
                return
        if group_ids and members_by_group(await self._read("Users")):
            self._view = MembershipView.USERS

    async def _members_of(self, group_id: str) -> frozenset[str] | None:
        """Who is in a group; None where the bridge doesn't show it."""
        if self._view is MembershipView.USERS:
            return members_by_group(await self._read("Users")).get(group_id, NOBODY)
        answer = await self._request("GET", f"/Groups/{quote(group_id, safe='')}")
        row = self._checked(answer, "GET /Groups/{id}")
        if wire.shows(row, "members") and self._view is MembershipView.NONE:
            self._view = MembershipView.DETAILS
        group = wire.parse_group(row)
        return group.members if group and self._view is not MembershipView.NONE else None

    async def delete_group(self, scim_id: str) -> None:
        """Delete; a group that is gone already is fine."""
        answer = await self._request("DELETE", f"/Groups/{quote(scim_id, safe='')}")
        if answer.status != httpx.codes.NOT_FOUND:
            self._checked(answer, "DELETE /Groups/{id}")

    async def _patch_group(self, group_id: str, operations: Operations) -> None:
        answer = await self._request("PATCH", f"/Groups/{quote(group_id, safe='')}", body=wire.patch(operations))
        path = str(operations[0]["path"]).partition("[")[0]
        self._checked(answer, f"PATCH /Groups/{{id}} {operations[0]['op']} {path}")

    # --- requests and answers ---------------------------------------------------------------------------

    async def _request(
        self, method: str, path: str, *, params: Params | None = None, body: object = None,
        repeat: Repeat = Repeat.FREELY,
    ) -> Answer:  # fmt: skip
        """Send below the base path; a 415 is tried once more as plain application/json, and remembered."""
        url = await self._find_base() + path
        headers = {"Content-Type": self._media_type} if body is not None else {}
        answer = await self._http.send(method, url, params=params, body=body, repeat=repeat, headers=headers)
        if answer.status == httpx.codes.UNSUPPORTED_MEDIA_TYPE and self._media_type == MEDIA_TYPE:
            self._media_type = "application/json"
            return await self._request(method, path, params=params, body=body, repeat=repeat)
        return answer

    async def _post(self, kind: str, body: Mapping[str, Any]) -> Answer:
        """Create; where the bridge refuses externalId, once more without it, remembered for the run."""
        plain = {name: value for name, value in body.items() if name != "externalId"}
        known = "externalId" in self._dialects[kind].refused
        answer = await self._request("POST", f"/{kind}", body=plain if known else body, repeat=Repeat.CREATE)
        if known or is_conflict(answer) or not blames_attribute(answer, "externalId"):
            return answer
        again = await self._request("POST", f"/{kind}", body=plain, repeat=Repeat.CREATE)
        if is_conflict(again):
            return again
        if again.status >= 300:  # noqa: PLR2004 - success is below
            return answer
        self._learn(kind, ["externalId"])
        return again

    def _learn(self, kind: str, refused: Iterable[str]) -> None:
        known = self._dialects[kind].refused
        for name in sorted(set(refused) - known):
            log.warning("the bridge refuses %s on %s; going on without it", name, kind)
            known.add(name)

    def _page(self, answer: Answer, asked: str) -> wire.ListPage:
        page = wire.parse_page(self._checked(answer, asked))
        if page is None:
            raise no_scim(asked)
        return page

    def _checked(self, answer: Answer, asked: str) -> Any:
        """The body of a success, or the error that the status means."""
        if 200 <= answer.status < 300:  # noqa: PLR2004 - success
            return answer.body
        raise explain(answer, asked)


def named(groups: Iterable[Group | None], name: str) -> Group | None:
    """The first group of a name, compared by ourselves."""
    wanted = fold(name)
    return next((each for each in groups if each and fold(each.name) == wanted), None)
