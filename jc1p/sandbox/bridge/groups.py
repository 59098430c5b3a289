"""Writing groups: a create may return an existing group, and a PATCH of members has limits (facts/scim-bridge.md 3).

Only behaviour that differs from scim2-server is here; the rest is left to it.
"""

from starlette.responses import Response

from jc1p.sandbox.bridge.bodies import (
    Json,
    error,
    member_ids,
    named_members,
    op_of,
    operations_of,
    patch_body,
    same,
    scim_json,
    without_members,
)  # fmt: skip
from jc1p.sandbox.bridge.store import Bridge


def create_group(bridge: Bridge, body: Json) -> Response:
    name = str(body.get("displayName") or "")
    managed = [
        id_
        for id_, group in bridge.stored("Groups").items()
        if id_ not in bridge.hidden and same(group.display_name, name)
    ]
    if managed and bridge.knobs.post_group == "existing":
        return scim_json(bridge.shaped("Groups", managed[0]), bridge.knobs.post_status)
    if managed and bridge.knobs.post_group == "409":
        return error(409, "a group with this displayName already exists", "uniqueness")
    known = {key: body[key] for key in ("schemas", "displayName", "externalId", "members") if body.get(key)}
    status, answer = bridge.handle("POST", "/Groups", known)
    if status >= 300 or answer is None:  # noqa: PLR2004 - success
        return scim_json(answer, status)
    return scim_json(bridge.shaped("Groups", str(answer["id"])), bridge.knobs.post_status)


def patch_group(bridge: Bridge, id_: str, body: Json) -> Response:
    operations = list(operations_of(body))
    if bridge.knobs.refuses_filter_path and any("[" in str(each.get("path", "")) for each in operations):
        return error(400, "filters in paths are not supported", "invalidPath")
    if bridge.knobs.member_limit and len(named_members(body)) > bridge.knobs.member_limit:
        return error(413, "too many members")
    adding = [member for each in operations if op_of(each) != "remove" for member in member_ids(each)]
    unknown = [member for member in adding if member not in bridge.stored("Users")]
    if unknown and bridge.knobs.unknown_member_status:
        return error(bridge.knobs.unknown_member_status, f"unknown member {unknown[0]}", "invalidValue")
    operations = [without_members(each, set(unknown)) for each in operations]
    if not bridge.knobs.keeps_new_members:
        operations = [each for each in operations if op_of(each) != "add"]
        if not operations:
            return bridge.patched("Groups", id_)
    bridge.note_members(id_)
    status, answer = bridge.handle("PATCH", f"/Groups/{id_}", patch_body(as_rfc(bridge, operations)))
    return bridge.patched("Groups", id_) if status < 300 else scim_json(answer, status)  # noqa: PLR2004


def as_rfc(bridge: Bridge, operations: list[Json]) -> list[Json]:
    """Entra's `remove members` with a value, which scim2-server refuses: by filter, or (knob) removes all members."""
    translated: list[Json] = []
    for each in operations:
        if op_of(each) != "remove" or each.get("path") != "members":
            translated.append(each)
        elif bridge.knobs.strict_remove or not member_ids(each):
            translated.append({"op": "remove", "path": "members"})
        else:
            translated += [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in member_ids(each)]
    return translated


def delete_group(bridge: Bridge, id_: str) -> Response:
    bridge.handle("DELETE", f"/Groups/{id_}")
    return Response(status_code=204)
