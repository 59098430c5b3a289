"""Reading: one resource, or a page of a list, with filters (facts/scim-bridge.md 2.3, 3.1).

Hidden groups are not listed. Knobs make a list lag behind, show a wrong total or change its order.
"""

from starlette.responses import Response

from jc1p.sandbox.bridge.bodies import Json, error, scim_json
from jc1p.sandbox.bridge.store import Bridge

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
GUEST = "gus.guest@elsewhere.example"


def one(bridge: Bridge, kind: str, id_: str) -> Response:
    if id_ not in bridge.stored(kind) or (id_ in bridge.hidden and not bridge.knobs.shows_hidden_groups):
        return error(404, "not found")
    return scim_json(bridge.shaped(kind, id_, detail=True))


def page(bridge: Bridge, kind: str, query: dict[str, str]) -> Response:
    if kind == "Groups":
        bridge.let_other_writer_in()
    ids = visible(bridge, kind)
    if "filter" in query and bridge.knobs.filters != "ignore":
        found = filtered(bridge, kind, query["filter"])
        if found is None:
            return error(400, "filter not supported", "invalidFilter")
        ids = [id_ for id_ in ids if id_ in found]
    else:
        ids = lagged(bridge, kind, [id_ for id_ in ids if id_ not in bridge.knobs.unlisted])
    if kind == "Users" and bridge.knobs.user_order == "random":
        bridge.chooser.shuffle(ids)
    start = max(1, int(query.get("startIndex", 1)))
    count = min(int(query.get("count", bridge.knobs.default_count)), bridge.knobs.max_count)
    page = [
        bridge.shaped(kind, id_) for id_ in ids[start - 1 : start - 1 + max(0, count)] if id_ in bridge.stored(kind)
    ]
    body: Json = {
        "schemas": [LIST],
        "totalResults": len(ids) + bridge.knobs.total_off_by,
        "startIndex": 0 if bridge.knobs.start_index_zero else start,
        "itemsPerPage": len(page),
    }
    if page or not bridge.knobs.omits_resources:
        body["Resources"] = page
    return scim_json(body)


def visible(bridge: Bridge, kind: str) -> list[str]:
    hidden = set() if bridge.knobs.shows_hidden_groups else bridge.hidden
    if bridge.knobs.shows_guests and not bridge.guest:
        bridge.guest = bridge.add_account(GUEST, "Gus Guest")
    return [id_ for id_ in bridge.stored(kind) if id_ not in hidden]


def lagged(bridge: Bridge, kind: str, ids: list[str]) -> list[str]:
    """The list as it was some requests ago."""
    history = bridge.earlier_lists[kind]
    history.append(list(ids))
    del history[: -(bridge.knobs.list_lag + 1)]
    return list(history[0])


def filtered(bridge: Bridge, kind: str, expression: str) -> set[str] | None:
    """Ids that match, according to scim2-server; None for filters that the bridge doesn't understand (facts 2.3)."""
    attribute, _, rest = expression.strip().partition(" ")
    known = {
        "Users": {"username", "externalid", "id", "active"},
        "Groups": {"displayname", "externalid", "id"},
    }[kind]
    if bridge.knobs.filters == "off" or attribute.lower() not in known or not rest.lower().startswith("eq "):
        return None
    status, body = bridge.handle("GET", f"/{kind}", query={"filter": expression, "attributes": "id"})
    return {str(each["id"]) for each in (body or {}).get("Resources", [])} if status == 200 else None  # noqa: PLR2004
