"""1Password's data behind the bridge: accounts, groups, sent mails; and changes made by hand there.

scim2-server stores the resources. What 1Password does differently (facts/scim-bridge.md 2, 3 and 12) is here and in
users.py, groups.py and lists.py: suspended instead of deleted, email changes that wait, names that are split, groups
that are hidden, adopted or shown without members.
"""

import random
from collections.abc import Iterable
from itertools import islice
from typing import Any

from starlette.responses import Response

from jc1p.sandbox.bridge.bodies import Json, patch_body, scim_json
from jc1p.sandbox.bridge.scim_server import ScimServer, SeededStorage
from jc1p.sandbox.bridge.shapes import group_json, split_name, user_json
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.world import StartingAccount, World


class Bridge:
    """The simulated service. Tests check its mails.

    `invitations` counts the mails to each invited address, `confirmations` those that ask to confirm a new one.
    """

    def __init__(self, world: World, knobs: BridgeKnobs, *, token: str = "sandbox-bridge-token") -> None:  # noqa: S107
        self.knobs = knobs
        self.token = token
        self.chooser = random.Random(world.random.random())  # noqa: S311 - a simulator's dice
        self.storage = SeededStorage(self.chooser, knobs)
        self.handle = ScimServer(self.storage).handle
        self.invitations: dict[str, int] = {}
        self.pending_emails: dict[str, str] = {}
        self.confirmations: dict[str, int] = {}
        self.owners: set[str] = set()
        self.hidden: set[str] = set()
        self.unmanaged: set[str] = set()
        self.members_before: dict[str, list[Any]] = {}
        self.served = 0
        self.guest = ""
        self.earlier_lists: dict[str, list[list[str]]] = {"Users": [], "Groups": []}
        self._seed(world)

    def _seed(self, world: World) -> None:
        ids: dict[str, str] = {}
        for start in world.accounts:
            ids[start.email] = self._start_with(start)
            if start.is_owner:
                self.owners.add(ids[start.email])
        for name, emails in world.managed_groups.items():
            self._start_group(name, [ids[email] for email in emails], world.linked_groups.get(name, ""))
        for name in world.hidden_groups:
            self.hidden.add(self._start_group(name, sorted(self.owners)))

    def _start_with(self, start: StartingAccount) -> str:
        """An account of the first day: a copy of the very first one, which scim2-server checked."""
        stored = self.stored("Users")
        if not stored:
            return self.add_account(start.email, start.display_name, active=start.active,
                                    external_id=start.external_id)  # fmt: skip
        model = next(iter(stored.values()))
        given, family = split_name(start.display_name, self.knobs)
        name = {"given_name": given, "family_name": family, "formatted": start.display_name}
        return self.storage.add_like(model, {
            "user_name": start.email, "display_name": start.display_name, "active": start.active,
            "external_id": start.external_id or None, "name": model.name.model_copy(update=name),
            "emails": [model.emails[0].model_copy(update={"value": start.email})],
        })  # fmt: skip

    def _start_group(self, name: str, members: list[str], external_id: str = "") -> str:
        """A group of the first day: a copy of the first one with members, as for accounts."""
        model = next((each for each in self.stored("Groups").values() if each.members), None)
        if model is None:
            return self.add_group(name, members, external_id=external_id)
        return self.storage.add_like(model, {
            "display_name": name, "external_id": external_id or None,
            "members": [model.members[0].model_copy(update={"value": id_}) for id_ in members],
        })  # fmt: skip

    def add_account(self, email: str, display_name: str, *, active: bool = True, external_id: str = "") -> str:
        """Add an account made by hand in 1Password, without a mail; returns its id."""
        given, family = split_name(display_name, self.knobs)
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "displayName": display_name,
            "name": {"givenName": given, "familyName": family, "formatted": display_name},
            "emails": [{"value": email, "primary": True}],
            "active": active,
            **({"externalId": external_id} if external_id else {}),
        }
        return str(self._store("Users", body)["id"])

    def _store(self, kind: str, body: Json) -> Json:
        status, answer = self.handle("POST", f"/{kind}", body)
        if status >= 300:  # noqa: PLR2004 - success
            raise ValueError(f"the first {kind} can't be stored: {answer}")
        return answer or {}

    def add_group(self, name: str, members: Iterable[str] = (), *, external_id: str = "") -> str:
        """Add a group made by hand in 1Password, even with a name that exists; returns its id."""
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                "members": [{"value": id_, "type": "User"} for id_ in members],
                **({"externalId": external_id} if external_id else {})}  # fmt: skip
        return str(self._store("Groups", body)["id"])

    def reset_managed_groups(self) -> None:
        """Show none of the existing groups, by list or by id: a create makes a duplicate (facts 3.2, 3.3)."""
        self.unmanaged |= self.stored("Groups").keys() - self.hidden
        self.hidden |= self.unmanaged

    def manage_groups_again(self) -> None:
        """Show the groups that `reset_managed_groups` hid."""
        self.hidden -= self.unmanaged
        self.unmanaged.clear()

    def note_members(self, group_id: str) -> None:
        """Save the members of a group that is about to change: the other writer would restore them."""
        members = self.stored("Groups")[group_id].members
        self.members_before.setdefault(group_id, list(members or []))

    def let_other_writer_in(self) -> None:
        """Another client undoes the changes of members since its last visit, if the knob says so."""
        undone, self.members_before = self.members_before, {}
        for group_id in undone.keys() & self.stored("Groups").keys() if self.knobs.other_writer else ():
            self.stored("Groups")[group_id].members = undone[group_id]

    def forget_everything(self) -> None:
        """An empty 1Password: no accounts, no groups, no mails sent."""
        self.storage.resources = []
        for kept in (
            self.invitations,
            self.confirmations,
            self.pending_emails,
            self.owners,
            self.hidden,
            self.unmanaged,
            self.members_before,
        ):
            kept.clear()
        self.earlier_lists = {"Users": [], "Groups": []}
        self.served, self.guest = 0, ""

    def stored(self, kind: str) -> dict[str, Any]:
        """The live resources of Users or Groups by id."""
        return self.storage.by_id(kind.removesuffix("s"))

    def users(self) -> list[Json]:
        """Every account in the JSON form that the knobs set, for tests."""
        return [self.shaped("Users", id_) for id_ in self.stored("Users")]

    def groups(self, *, hidden: bool = False) -> list[Json]:
        """Every group with all its members, for tests."""
        return [
            {"id": id_, "displayName": each.display_name, "externalId": each.external_id or "",
             "members": sorted(str(member.value) for member in each.members or [])}
            for id_, each in self.stored("Groups").items() if hidden or id_ not in self.hidden
        ]  # fmt: skip

    def confirm_emails(self) -> list[str]:
        """All users confirm their waiting email change; returns the new addresses."""
        confirmed = []
        for id_, email in list(self.pending_emails.items()):
            self.set_email(id_, email)
            confirmed.append(email)
        return confirmed

    def delete_account(self, id_: str) -> None:
        """Delete an account permanently, as the policy that deletes suspended people does (facts 2.6)."""
        self.pending_emails.pop(id_, None)
        self.handle("DELETE", f"/Users/{id_}")
        for group in self.stored("Groups").values():
            group.members = [member for member in group.members or [] if member.value != id_]

    def set_email(self, id_: str, email: str) -> None:
        """Change an account's address at once, without a confirmation."""
        self.pending_emails.pop(id_, None)
        operations: list[Json] = [
            {"op": "replace", "path": "userName", "value": email},
            {"op": "replace", "path": "emails", "value": [{"value": email, "primary": True}]},
        ]
        self.handle("PATCH", f"/Users/{id_}", patch_body(operations))

    def shaped(self, kind: str, id_: str, *, detail: bool = False) -> Json:
        """A resource as the bridge shows it; `detail` for a request by id."""
        resource = self.stored(kind)[id_]
        if kind == "Groups":
            return group_json(resource, self.knobs, detail=detail)
        groups = (  # looked for only if they are shown
            group_id
            for group_id, group in self.stored("Groups").items()
            if group_id not in self.hidden and any(member.value == id_ for member in group.members or [])
        )
        return user_json(
            resource, self.knobs, islice(groups, None if detail else self.knobs.user_groups_listed or None)
        )

    def patched(self, kind: str, id_: str) -> Response:
        """The answer to a successful PATCH."""
        if self.knobs.patch_status == 204:  # noqa: PLR2004 - no content
            return Response(status_code=204)
        return scim_json(self.shaped(kind, id_))
