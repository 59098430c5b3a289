"""The simulated SCIM bridge: scim2-server keeps the resources and applies PATCHes, this layer makes it 1Password's.

Filters, patches and discovery come from scim2-server, so that client and simulator don't share their mistakes;
what the bridge does differently (facts/scim-bridge.md 2, 3 and 12) is here: suspended instead of deleted,
email changes that wait, names that split, groups that are hidden, adopted or shown without members.
"""

import asyncio
import json
import random
from collections.abc import Iterable
from functools import cache
from typing import Any

from scim2_models import ResourceType, SCIMException, ScimProvider
from scim2_server.handler import ScimHandler
from scim2_server.memory import InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService
from scim2_server.utils import load_default_provider
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from jc1p.sandbox.health import health_report
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.scim_bodies import (
    MEDIA_TYPE,
    Json,
    error,
    is_suspension,
    member_ids,
    named_members,
    op_of,
    operations_of,
    patch_body,
    read_json,
    same,
    scim_json,
    service_provider_config,
    without_email,
    without_members,
)  # fmt: skip
from jc1p.sandbox.world import World

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
GUEST = "gus.guest@elsewhere.example"
BASE_URL = "https://scim.example.com/scim/v2"


@cache
def scim_provider() -> ScimProvider:
    """scim2-server's schemas as models: nobody changes them, and making them takes a quarter of a second."""
    return load_default_provider()


class SeededStorage(InMemoryStorage):
    """scim2-server's storage with 1Password's ids: 26 characters, upper case for users, lower for groups."""

    def __init__(self, chooser: random.Random, knobs: BridgeKnobs) -> None:
        super().__init__()
        self._chooser = chooser
        self._knobs = knobs
        self._given = 0

    def generate_id(self, resource_type: ResourceType, resource: Any) -> str:  # noqa: ARG002 - the base's signature
        """The next id of a resource type."""
        self._given += 1
        if self._knobs.numeric_ids:
            return str(1000 + self._given)
        made = "".join(self._chooser.choices(ALPHABET, k=26))
        return made if resource_type.name == "User" else made.lower()

    def by_id(self, name: str) -> dict[str, Any]:
        """The live resources of a type, in order of creation, without the copies that `resources` makes."""
        return self._resources.setdefault(name, {})


class Bridge:
    """The simulated service. Tests judge by its mails.

    `invitations` counts those to each invited address, `confirmations` those that ask to confirm a new one.
    """

    def __init__(self, world: World, knobs: BridgeKnobs, *, token: str = "sandbox-bridge-token") -> None:  # noqa: S107
        self.knobs = knobs
        self.token = token
        self.chooser = random.Random(world.random.random())  # noqa: S311 - a simulator's dice
        self.storage = SeededStorage(self.chooser, knobs)
        self.handler = ScimHandler(ScimService(scim_provider()), self.storage)
        self.invitations: dict[str, int] = {}
        self.pending_emails: dict[str, str] = {}
        self.confirmations: dict[str, int] = {}
        self.owners: set[str] = set()
        self.hidden: set[str] = set()
        self.unmanaged: set[str] = set()
        self.served = 0
        self._guest = ""
        self._lists: dict[str, list[list[str]]] = {"Users": [], "Groups": []}
        self._seed(world)

    def app(self) -> Starlette:
        """The ASGI application."""
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return Starlette(
            routes=[
                Route("/ping", self.ping),
                Route("/app", self.status_page),
                Route("/app/status", self.status_page),
                Route("/health", self.health),
                Route("/", self.home),
                Route("/{path:path}", self.scim, methods=every),
            ]
        )

    # --- what is there at first -------------------------------------------------------------------------

    def _seed(self, world: World) -> None:
        ids: dict[str, str] = {}
        for start in world.accounts:
            ids[start.email] = self.add_account(
                start.email, start.display_name, active=start.active, external_id=start.external_id
            )
            if start.is_owner:
                self.owners.add(ids[start.email])
        for name, emails in world.managed_groups.items():
            self.add_group(name, [ids[email] for email in emails], external_id=world.linked_groups.get(name, ""))
        for name in world.hidden_groups:
            self.hidden.add(self.add_group(name, sorted(self.owners)))

    def add_account(self, email: str, display_name: str, *, active: bool = True, external_id: str = "") -> str:
        """An account that somebody made by hand in 1Password, without a mail; its id."""
        given, family = self._split(display_name)
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
        status, answer = self._handle("POST", f"/{kind}", body)
        if status >= 300:  # noqa: PLR2004 - success
            raise ValueError(f"the first {kind} can't be stored: {answer}")
        return answer or {}

    def add_group(self, name: str, members: Iterable[str] = (), *, external_id: str = "") -> str:
        """A group that somebody made by hand in 1Password, whatever others are called; its id."""
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                "members": [{"value": id_, "type": "User"} for id_ in members],
                **({"externalId": external_id} if external_id else {})}  # fmt: skip
        return str(self._store("Groups", body)["id"])

    def reset_managed_groups(self) -> None:
        """Show none of the groups there are, by list or by id: a create makes a second one (facts 3.2, 3.3)."""
        self.unmanaged |= self._stored("Groups").keys() - self.hidden
        self.hidden |= self.unmanaged

    def manage_groups_again(self) -> None:
        """Show the groups that `reset_managed_groups` took away."""
        self.hidden -= self.unmanaged
        self.unmanaged.clear()

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
        ):
            kept.clear()
        self._lists = {"Users": [], "Groups": []}
        self.served, self._guest = 0, ""

    # --- scim2-server -----------------------------------------------------------------------------------

    def _handle(
        self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None
    ) -> tuple[int, Json | None]:
        """Let scim2-server do it; status and body."""
        request = ScimRequest(
            method=method,
            base_url=BASE_URL,
            path=path,
            query=query or {},
            headers={"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        try:
            answer = self.handler.handle(request)
        except SCIMException as refusal:
            answer = self.handler.service.error_response(refusal)
        return int(answer.status), answer.body

    def _stored(self, kind: str) -> dict[str, Any]:
        return self.storage.by_id(kind.removesuffix("s"))

    def users(self) -> list[Json]:
        """Every account in the shape of the knobs, for tests."""
        return [self._user(each) for each in self._stored("Users").values()]

    def groups(self, *, hidden: bool = False) -> list[Json]:
        """Every group with all its members, for tests."""
        return [
            {"id": id_, "displayName": each.display_name, "externalId": each.external_id or "",
             "members": sorted(str(member.value) for member in each.members or [])}
            for id_, each in self._stored("Groups").items() if hidden or id_ not in self.hidden
        ]  # fmt: skip

    def confirm_emails(self) -> list[str]:
        """Everybody confirms their waiting email change; the new addresses."""
        confirmed = []
        for id_, email in list(self.pending_emails.items()):
            self._set_email(id_, email)
            confirmed.append(email)
        return confirmed

    def delete_account(self, id_: str) -> None:
        """An account is gone for good, as the policy that deletes suspended people does it (facts 2.6)."""
        self.pending_emails.pop(id_, None)
        self._handle("DELETE", f"/Users/{id_}")
        for group in self._stored("Groups").values():
            group.members = [member for member in group.members or [] if member.value != id_]

    def _set_email(self, id_: str, email: str) -> None:
        self.pending_emails.pop(id_, None)
        operations: list[Json] = [
            {"op": "replace", "path": "userName", "value": email},
            {"op": "replace", "path": "emails", "value": [{"value": email, "primary": True}]},
        ]
        self._handle("PATCH", f"/Users/{id_}", patch_body(operations))

    # --- pages outside SCIM -----------------------------------------------------------------------------

    async def ping(self, _: Request) -> Response:
        """Liveness, without a token."""
        return PlainTextResponse("pong")

    async def home(self, _: Request) -> Response:
        """The root redirects to the status page."""
        return RedirectResponse("/app", 302)

    async def status_page(self, _: Request) -> Response:
        """The status page."""
        return HTMLResponse("<!doctype html><title>1Password SCIM Bridge</title><p>Sign in with your bearer token.")

    async def health(self, request: Request) -> Response:
        """The component report (facts 1.2)."""
        if self.knobs.health_status == 404:  # noqa: PLR2004 - not found
            return error(404, "not found")
        if refusal := self._refusal(request):
            return refusal
        return health_report(self.knobs)

    # --- SCIM -------------------------------------------------------------------------------------------

    async def scim(self, request: Request) -> Response:
        """Any SCIM path: find the base, check the token, answer."""
        found = self._resource_path(request.url.path)
        if found is None:
            return RedirectResponse("/app", 302) if self.knobs.unknown_redirects else error(404, "not found")
        if refusal := self._refusal(request):
            return refusal
        if not self.knobs.provisioning:
            return error(500, "internal server error")
        kind, id_ = found
        if kind not in {"Users", "Groups"}:
            return self._discovery(kind, id_)
        body = await read_json(request)
        if isinstance(body, Response):
            return body
        if self.knobs.ms_per_member and kind == "Groups":
            await asyncio.sleep(self.knobs.ms_per_member * len(named_members(body)) / 1000)
        return self._serve(request.method, kind, id_, body, dict(request.query_params))

    def _resource_path(self, path: str) -> tuple[str, str] | None:
        for base in sorted(self.knobs.paths, key=len, reverse=True):
            if path.startswith(base + "/"):
                kind, _, id_ = path.removeprefix(base + "/").partition("/")
                if kind in {"Users", "Groups", "ServiceProviderConfig", "ResourceTypes", "Schemas"}:
                    return kind, id_
        return None

    def _refusal(self, request: Request) -> Response | None:
        self.served += 1
        is_rotated = 0 < self.knobs.token_serves < self.served
        given = request.headers.get("authorization")
        is_stranger_welcome = given is None and self.knobs.lets_strangers_in
        if is_stranger_welcome or (given == f"Bearer {self.token}" and not is_rotated):
            return None
        match self.knobs.auth_failure:
            case "403":
                return error(403, "forbidden")
            case "html":
                return HTMLResponse("<html><body><h1>401 Unauthorized</h1></body></html>", 401)
            case "empty":
                return Response(status_code=401)
            case _:
                return error(401, "unauthorized")

    def _discovery(self, kind: str, id_: str) -> Response:
        if kind == "ServiceProviderConfig":
            return scim_json(service_provider_config())
        status, body = self._handle("GET", f"/{kind}/{id_}" if id_ else f"/{kind}")
        return scim_json({**(body or {}), **({} if id_ else {"startIndex": 0})}, status)

    def _serve(self, method: str, kind: str, id_: str, body: Json, query: dict[str, str]) -> Response:  # noqa: PLR0911
        if method == "GET":
            return self._get(kind, id_) if id_ else self._list(kind, query)
        if method == "POST" and not id_:
            return self._create_user(body) if kind == "Users" else self._create_group(body)
        if id_ not in self._stored(kind) or id_ in self.hidden:
            return Response(status_code=204) if method == "DELETE" and kind == "Users" else error(404, "not found")
        if method == "PATCH":
            return self._patch_user(id_, body) if kind == "Users" else self._patch_group(id_, body)
        if method == "DELETE":
            return self._delete_user(id_) if kind == "Users" else self._delete_group(id_)
        if method == "PUT":
            status, answer = self._handle("PUT", f"/{kind}/{id_}", body)
            return scim_json(self._shaped(kind, id_), status) if status < 300 else scim_json(answer, status)  # noqa: PLR2004
        return error(405, "method not allowed")

    # --- reading ----------------------------------------------------------------------------------------

    def _get(self, kind: str, id_: str) -> Response:
        if id_ not in self._stored(kind) or (id_ in self.hidden and not self.knobs.shows_hidden_groups):
            return error(404, "not found")
        return scim_json(self._shaped(kind, id_, detail=True))

    def _list(self, kind: str, query: dict[str, str]) -> Response:
        ids = self._visible(kind)
        if "filter" in query and self.knobs.filters != "ignore":
            found = self._filtered(kind, query["filter"])
            if found is None:
                return error(400, "filter not supported", "invalidFilter")
            ids = [id_ for id_ in ids if id_ in found]
        else:
            ids = self._lagged(kind, [id_ for id_ in ids if id_ not in self.knobs.unlisted])
        if kind == "Users" and self.knobs.user_order == "random":
            self.chooser.shuffle(ids)
        start = max(1, int(query.get("startIndex", 1)))
        count = min(int(query.get("count", self.knobs.default_count)), self.knobs.max_count)
        page = [
            self._shaped(kind, id_) for id_ in ids[start - 1 : start - 1 + max(0, count)] if id_ in self._stored(kind)
        ]
        body: Json = {
            "schemas": [LIST],
            "totalResults": len(ids) + self.knobs.total_off_by,
            "startIndex": 0 if self.knobs.start_index_zero else start,
            "itemsPerPage": len(page),
        }
        if page or not self.knobs.omits_resources:
            body["Resources"] = page
        return scim_json(body)

    def _visible(self, kind: str) -> list[str]:
        hidden = set() if self.knobs.shows_hidden_groups else self.hidden
        if self.knobs.shows_guests and not self._guest:
            self._guest = self.add_account(GUEST, "Gus Guest")
        return [id_ for id_ in self._stored(kind) if id_ not in hidden]

    def _lagged(self, kind: str, ids: list[str]) -> list[str]:
        """What the list showed some requests ago."""
        history = self._lists[kind]
        history.append(list(ids))
        del history[: -(self.knobs.list_lag + 1)]
        return list(history[0])

    def _filtered(self, kind: str, expression: str) -> set[str] | None:
        """Ids that fit, by scim2-server; None for what the bridge wouldn't understand (facts 2.3)."""
        attribute, _, rest = expression.strip().partition(" ")
        known = {
            "Users": {"username", "externalid", "id", "active"},
            "Groups": {"displayname", "externalid", "id"},
        }[kind]
        if self.knobs.filters == "off" or attribute.lower() not in known or not rest.lower().startswith("eq "):
            return None
        status, body = self._handle("GET", f"/{kind}", query={"filter": expression, "attributes": "id"})
        return {str(each["id"]) for each in (body or {}).get("Resources", [])} if status == 200 else None  # noqa: PLR2004

    # --- shapes -----------------------------------------------------------------------------------------

    def _shaped(self, kind: str, id_: str, *, detail: bool = False) -> Json:
        resource = self._stored(kind)[id_]
        return self._user(resource) if kind == "Users" else self._group(resource, detail=detail)

    def _user(self, user: Any) -> Json:
        name, is_old = user.name, self.knobs.shape == "2023"
        active = bool(user.active)
        shown: Json = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": user.id,
            "userName": user.user_name,
            "displayName": user.display_name,
            "name": {
                "givenName": name.given_name,
                "familyName": name.family_name,
                "formatted": user.display_name,
            },
            "emails": [{"value": user.user_name, "primary": True}],
            "active": str(active) if self.knobs.string_booleans else active,
        }
        if user.external_id and self.knobs.keeps_external_id:
            shown["externalId"] = user.external_id
        if is_old:
            empty = {"middleName": "", "honorificPrefix": "", "honorificSuffix": ""}
            shown = {"externalId": "", **shown, "name": shown["name"] | empty}
            shown["emails"] = [{"value": user.user_name, "type": "", "primary": True}]
            shown["meta"] = {
                "resourceType": "User",
                "created": "",
                "lastModified": "",
                "location": "",
                "version": "",
            }
        else:
            shown |= {"preferredLanguage": "en", "meta": {"resourceType": "User"}}
        if self.knobs.user_groups or (self.knobs.user_groups is None and is_old):
            shown["groups"] = [
                {"value": id_, "ref": f"https://scim.example.com/Groups/{id_}"}
                for id_, group in self._stored("Groups").items()
                if id_ not in self.hidden and any(member.value == user.id for member in group.members or [])
            ]
        return shown

    def _group(self, group: Any, *, detail: bool) -> Json:
        created = group.meta.created.replace(microsecond=0).isoformat().replace("+00:00", "Z")
        shown: Json = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "id": group.id,
            "displayName": group.display_name,
            "meta": {"resourceType": "Group", "created": created, "lastModified": created},
        }
        if group.external_id and self.knobs.keeps_external_id:
            shown["externalId"] = group.external_id
        members = [
            {"value": member.value, "$ref": f"https://scim.example.com/Users/{member.value}", "type": "User"}
            for member in group.members or []
        ]
        mode = self.knobs.members
        if mode == "always" or (mode == "nonempty" and members) or (mode == "detail-only" and detail):
            shown["members"] = members
        return shown

    def _split(self, display_name: str) -> tuple[str, str]:
        """1Password keeps one name and splits it (facts 2.1)."""
        words = display_name.split()
        cut = max(1, len(words) // 2) if self.knobs.name_split == "half" else 1
        return " ".join(words[:cut]), " ".join(words[cut:])

    # --- people -----------------------------------------------------------------------------------------

    def _create_user(self, body: Json) -> Response:
        email = str(body.get("userName") or "")
        domain = email.rpartition("@")[2].lower()
        if self.knobs.allowed_domains and domain not in self.knobs.allowed_domains:
            return error(400, f"the domain {domain} is not allowed", "invalidValue")
        name = body.get("name") or {}
        display = body.get("displayName") or f"{name.get('givenName', '')} {name.get('familyName', '')}".strip()
        known: Json = {key: body[key] for key in ("schemas", "userName", "externalId") if key in body}
        given, family = self._split(display or email)
        known["name"] = {"givenName": given, "familyName": family, **name}
        status, answer = self._handle(
            "POST", "/Users",
            {**known, "displayName": display, "active": True, "emails": [{"value": email, "primary": True}]},
        )  # fmt: skip
        if status == 409:  # noqa: PLR2004 - conflict
            return self._known_user(email)
        if status >= 300 or answer is None:  # noqa: PLR2004 - success
            return scim_json(answer, status)
        self.invitations[email.lower()] = self.invitations.get(email.lower(), 0) + 1
        location = {"Location": f"/scim/v2/Users/{answer['id']}"}
        return scim_json(self._shaped("Users", str(answer["id"])), self.knobs.post_status, location)

    def _known_user(self, email: str) -> Response:
        """POST of an email that exists, suspended people included."""
        if self.knobs.post_existing == "return":
            existing = next(id_ for id_, user in self._stored("Users").items() if same(user.user_name, email))
            return scim_json(self._shaped("Users", existing), 200)
        return error(409, "user with this userName already exists", "uniqueness")

    def _patch_user(self, id_: str, body: Json) -> Response:
        operations, email = without_email(body)
        if self._would_lock_out(id_, operations):
            return error(self.knobs.last_owner_status, "the last owner can't be suspended")
        if email is not None:
            taken = any(same(user.user_name, email) and other != id_ for other, user in self._stored("Users").items())
            if taken:
                return error(409, "user with this userName already exists", "uniqueness")
        if operations:
            status, answer = self._handle("PATCH", f"/Users/{id_}", patch_body(operations))
            if status >= 300:  # noqa: PLR2004 - success
                return scim_json(answer, status)
            if any("displayname" in json.dumps(each).lower() for each in operations):
                self._resplit(id_)
        if email is not None:
            self._ask_for_email(id_, email)
        return self._patched("Users", id_)

    def _ask_for_email(self, id_: str, email: str) -> None:
        """An email change waits for the person, unless the knob says at once (facts 2.5)."""
        self.confirmations[email.lower()] = self.confirmations.get(email.lower(), 0) + 1
        if self.knobs.email_change == "immediate":
            self._set_email(id_, email)
        else:
            self.pending_emails[id_] = email

    def _resplit(self, id_: str) -> None:
        given, family = self._split(str(self._stored("Users")[id_].display_name))
        self._handle("PATCH", f"/Users/{id_}", patch_body([
            {"op": "replace", "path": "name.givenName", "value": given},
            {"op": "replace", "path": "name.familyName", "value": family or given},
        ]))  # fmt: skip

    def _would_lock_out(self, id_: str, operations: list[Json]) -> bool:
        """True for suspending the last active owner (facts 2.7)."""
        suspends = any(is_suspension(each) for each in operations)
        others = [other for other in self.owners - {id_} if getattr(self._stored("Users")[other], "active", False)]
        return suspends and id_ in self.owners and not others

    def _delete_user(self, id_: str) -> Response:
        """DELETE suspends (facts 2.6)."""
        if self._would_lock_out(id_, [{"op": "replace", "path": "active", "value": False}]):
            return error(self.knobs.last_owner_status, "the last owner can't be suspended")
        if self.knobs.deletes_users:
            self.delete_account(id_)
        else:
            self._handle("PATCH", f"/Users/{id_}", patch_body([{"op": "replace", "path": "active", "value": False}]))
        return Response(status_code=204)

    # --- groups -----------------------------------------------------------------------------------------

    def _create_group(self, body: Json) -> Response:
        name = str(body.get("displayName") or "")
        managed = [
            id_
            for id_, group in self._stored("Groups").items()
            if id_ not in self.hidden and same(group.display_name, name)
        ]
        if managed and self.knobs.post_group == "existing":
            return scim_json(self._shaped("Groups", managed[0]), self.knobs.post_status)
        if managed and self.knobs.post_group == "409":
            return error(409, "a group with this displayName already exists", "uniqueness")
        known = {key: body[key] for key in ("schemas", "displayName", "externalId", "members") if body.get(key)}
        status, answer = self._handle("POST", "/Groups", known)
        if status >= 300 or answer is None:  # noqa: PLR2004 - success
            return scim_json(answer, status)
        return scim_json(self._shaped("Groups", str(answer["id"])), self.knobs.post_status)

    def _patch_group(self, id_: str, body: Json) -> Response:
        operations = list(operations_of(body))
        if self.knobs.refuses_filter_path and any("[" in str(each.get("path", "")) for each in operations):
            return error(400, "filters in paths are not supported", "invalidPath")
        if self.knobs.member_limit and len(named_members(body)) > self.knobs.member_limit:
            return error(413, "too many members")
        adding = [member for each in operations if op_of(each) != "remove" for member in member_ids(each)]
        unknown = [member for member in adding if member not in self._stored("Users")]
        if unknown and self.knobs.unknown_member_status:
            return error(self.knobs.unknown_member_status, f"unknown member {unknown[0]}", "invalidValue")
        operations = [without_members(each, set(unknown)) for each in operations]
        if not self.knobs.keeps_new_members:
            operations = [each for each in operations if op_of(each) != "add"]
            if not operations:
                return self._patched("Groups", id_)
        status, answer = self._handle("PATCH", f"/Groups/{id_}", patch_body(self._as_rfc(operations)))
        return self._patched("Groups", id_) if status < 300 else scim_json(answer, status)  # noqa: PLR2004

    def _as_rfc(self, operations: list[Json]) -> list[Json]:
        """Entra's `remove members` with a value, which scim2-server refuses: by filter, or (knob) everybody."""
        translated: list[Json] = []
        for each in operations:
            if op_of(each) != "remove" or each.get("path") != "members":
                translated.append(each)
            elif self.knobs.strict_remove or not member_ids(each):
                translated.append({"op": "remove", "path": "members"})
            else:
                translated += [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in member_ids(each)]
        return translated

    def _delete_group(self, id_: str) -> Response:
        self._handle("DELETE", f"/Groups/{id_}")
        return Response(status_code=204)

    def _patched(self, kind: str, id_: str) -> Response:
        if self.knobs.patch_status == 204:  # noqa: PLR2004 - no content
            return Response(status_code=204)
        return scim_json(self._shaped(kind, id_))
