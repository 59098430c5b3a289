"""Bodies that the simulated bridge reads and sends: errors, PATCH operations, discovery."""

import json
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

Json = dict[str, Any]


def scim_json(body: Json | None, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def error(status: int, detail: str, scim_type: str = "") -> Response:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return scim_json(body | ({"scimType": scim_type} if scim_type else {}), status)


async def read_json(request: Request) -> Json | Response:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        return error(400, "the body is no JSON", "invalidSyntax")
    return body if isinstance(body, dict) else error(400, "the body is no object", "invalidSyntax")


def patch_body(operations: Iterable[Json]) -> Json:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def operations_of(body: Json) -> Iterable[Json]:
    found = body.get("Operations") or body.get("operations") or []
    return [each for each in found if isinstance(each, dict)]


def op_of(operation: Json) -> str:
    return str(operation.get("op", "")).lower()


def member_ids(operation: Json) -> list[str]:
    """Ids in an operation on members, both in `add members [..]` and in the form without a path."""
    value = operation.get("value")
    if operation.get("path") is None and isinstance(value, dict):
        value = value.get("members")
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return [str(each.get("value")) for each in listed if isinstance(each, dict) and "value" in each]


def without_members(operation: Json, ids: set[str]) -> Json:
    """An operation on members without some of them; the form without a path stays as it is."""
    value = operation.get("value")
    if not isinstance(value, list):
        return operation
    return {
        **operation,
        "value": [each for each in value if not isinstance(each, dict) or each.get("value") not in ids],
    }


def without_email(body: Json) -> tuple[list[Json], str | None]:
    """The operations without an address change, and the requested address."""
    kept: list[Json] = []
    email: str | None = None
    for each in operations_of(body):
        path, value = each.get("path"), each.get("value")
        if isinstance(path, str) and path.lower() == "username":
            email = str(value)
        elif isinstance(path, str) and path.lower().startswith("emails"):
            continue
        elif path is None and isinstance(value, dict) and "userName" in value:
            email = str(value["userName"])
            rest = {key: item for key, item in value.items() if key not in {"userName", "emails"}}
            kept += [{**each, "value": rest}] if rest else []
        else:
            kept.append(each)
    return kept, email


def is_suspension(operation: Json) -> bool:
    value = operation.get("value")
    if operation.get("path") is None and isinstance(value, dict):
        value = value.get("active", True)
    elif str(operation.get("path", "")).lower() != "active":
        return False
    return str(value).lower() in {"false", "0"}


def same(one: object, two: object) -> bool:
    return str(one).strip().lower() == str(two).strip().lower()


def service_provider_config() -> Json:
    off = {"supported": False}
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 10000},
        "changePassword": off,
        "sort": off,
        "etag": off,
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "Bearer token of the bridge",
             "specUri": "https://tools.ietf.org/html/rfc6750", "documentationUri": ""}
        ],
        "meta": {"location": "/scim/v2/ServiceProviderConfig", "resourceType": "ServiceProviderConfig"},
    }  # fmt: skip


def named_members(body: Json) -> list[str]:
    """Ids of all members in a PATCH of a group; none for any other body."""
    return [member for each in operations_of(body) for member in member_ids(each)]
