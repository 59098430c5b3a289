"""The JSON of an account and a group: fields depend on the bridge's version and the knobs.

Also how 1Password splits the single name that it stores. Pure.
"""

from collections.abc import Iterable
from typing import Any

from jc1p.sandbox.bridge.bodies import Json
from jc1p.sandbox.knobs import BridgeKnobs


def user_json(user: Any, knobs: BridgeKnobs, groups: Iterable[str]) -> Json:
    """An account; `groups` are the ids of its groups."""
    name, is_old = user.name, knobs.shape == "2023"
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
        "active": str(active) if knobs.string_booleans else active,
    }
    if user.external_id and knobs.keeps_external_id:
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
        language = (user.preferred_language if knobs.keeps_languages else None) or "en"
        shown |= {"preferredLanguage": language, "meta": {"resourceType": "User"}}
    if knobs.user_groups or (knobs.user_groups is None and is_old):
        shown["groups"] = [{"value": id_, "ref": f"https://scim.example.com/Groups/{id_}"} for id_ in groups]
    return shown


def group_json(group: Any, knobs: BridgeKnobs, *, detail: bool) -> Json:
    created = group.meta.created.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    shown: Json = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": group.id,
        "displayName": group.display_name,
        "meta": {"resourceType": "Group", "created": created, "lastModified": created},
    }
    if group.external_id and knobs.keeps_external_id:
        shown["externalId"] = group.external_id
    members = [
        {"value": member.value, "$ref": f"https://scim.example.com/Users/{member.value}", "type": "User"}
        for member in group.members or []
    ]
    if knobs.members_listed and not detail:
        members = members[: knobs.members_listed]
    if knobs.members_omitted and not detail and len(members) > knobs.members_omitted:
        return shown
    mode = knobs.members
    if mode == "always" or (mode == "nonempty" and members) or (mode == "detail-only" and detail):
        shown["members"] = members
    return shown


def split_name(display_name: str, knobs: BridgeKnobs) -> tuple[str, str]:
    """1Password stores one name and splits it (facts 2.1)."""
    words = display_name.split()
    cut = max(1, len(words) // 2) if knobs.name_split == "half" else 1
    return " ".join(words[:cut]), " ".join(words[cut:])
