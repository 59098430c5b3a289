"""Writing people: an invitation sends a mail, an email change waits, and DELETE suspends (facts/scim-bridge.md 2).

Only behaviour that differs from scim2-server is here; the rest is left to it.
"""

import json

from starlette.responses import Response

from jc1p.sandbox.bridge.bodies import Json, error, is_suspension, patch_body, same, scim_json, without_email
from jc1p.sandbox.bridge.shapes import split_name
from jc1p.sandbox.bridge.store import Bridge


def create_user(bridge: Bridge, body: Json) -> Response:
    email = str(body.get("userName") or "")
    domain = email.rpartition("@")[2].lower()
    if bridge.knobs.allowed_domains and domain not in bridge.knobs.allowed_domains:
        return error(400, f"the domain {domain} is not allowed", "invalidValue")
    name = body.get("name") or {}
    display = body.get("displayName") or f"{name.get('givenName', '')} {name.get('familyName', '')}".strip()
    known: Json = {key: body[key] for key in ("schemas", "userName", "externalId", "preferredLanguage") if key in body}
    given, family = split_name(display or email, bridge.knobs)
    known["name"] = {"givenName": given, "familyName": family, **name}
    status, answer = bridge.handle(
        "POST", "/Users",
        {**known, "displayName": display, "active": True, "emails": [{"value": email, "primary": True}]},
    )  # fmt: skip
    if status == 409:  # noqa: PLR2004 - conflict
        return known_user(bridge, email)
    if status >= 300 or answer is None:  # noqa: PLR2004 - success
        return scim_json(answer, status)
    bridge.invitations[email.lower()] = bridge.invitations.get(email.lower(), 0) + 1
    location = {"Location": f"/scim/v2/Users/{answer['id']}"}
    return scim_json(bridge.shaped("Users", str(answer["id"])), bridge.knobs.post_status, location)


def known_user(bridge: Bridge, email: str) -> Response:
    """POST of an email that exists, suspended people included."""
    if bridge.knobs.post_existing == "return":
        existing = next(id_ for id_, user in bridge.stored("Users").items() if same(user.user_name, email))
        return scim_json(bridge.shaped("Users", existing), 200)
    return error(409, "user with this userName already exists", "uniqueness")


def patch_user(bridge: Bridge, id_: str, body: Json) -> Response:
    operations, email = without_email(body)
    if would_lock_out(bridge, id_, operations):
        return error(bridge.knobs.last_owner_status, "the last owner can't be suspended")
    if email is not None:
        taken = any(same(user.user_name, email) and other != id_ for other, user in bridge.stored("Users").items())
        if taken:
            return error(409, "user with this userName already exists", "uniqueness")
    if not bridge.knobs.keeps_suspensions:
        operations = [each for each in operations if not is_suspension(each)]
    if operations:
        status, answer = bridge.handle("PATCH", f"/Users/{id_}", patch_body(operations))
        if status >= 300:  # noqa: PLR2004 - success
            return scim_json(answer, status)
        if any("displayname" in json.dumps(each).lower() for each in operations):
            resplit(bridge, id_)
    if email is not None:
        ask_for_email(bridge, id_, email)
    return bridge.patched("Users", id_)


def ask_for_email(bridge: Bridge, id_: str, email: str) -> None:
    """An email change waits for the user's confirmation, unless the knob makes it immediate (facts 2.5)."""
    bridge.confirmations[email.lower()] = bridge.confirmations.get(email.lower(), 0) + 1
    if bridge.knobs.email_change == "immediate":
        bridge.set_email(id_, email)
    else:
        bridge.pending_emails[id_] = email


def resplit(bridge: Bridge, id_: str) -> None:
    given, family = split_name(str(bridge.stored("Users")[id_].display_name), bridge.knobs)
    bridge.handle("PATCH", f"/Users/{id_}", patch_body([
        {"op": "replace", "path": "name.givenName", "value": given},
        {"op": "replace", "path": "name.familyName", "value": family or given},
    ]))  # fmt: skip


def would_lock_out(bridge: Bridge, id_: str, operations: list[Json]) -> bool:
    """True for suspending the last active owner (facts 2.7)."""
    suspends = any(is_suspension(each) for each in operations)
    others = [other for other in bridge.owners - {id_} if getattr(bridge.stored("Users")[other], "active", False)]
    return suspends and id_ in bridge.owners and not others


def delete_user(bridge: Bridge, id_: str) -> Response:
    """DELETE suspends (facts 2.6)."""
    if would_lock_out(bridge, id_, [{"op": "replace", "path": "active", "value": False}]):
        return error(bridge.knobs.last_owner_status, "the last owner can't be suspended")
    if bridge.knobs.deletes_users:
        bridge.delete_account(id_)
    else:
        bridge.handle("PATCH", f"/Users/{id_}", patch_body([{"op": "replace", "path": "active", "value": False}]))
    return Response(status_code=204)
