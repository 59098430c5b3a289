"""The pages for measuring parsing: a company as both services show it, as bytes."""

import json

PEOPLE, GROUPS = 300, 20


def jumpcloud_users() -> bytes:
    return json.dumps({
        "totalCount": PEOPLE,
        "results": [
            {
                "_id": f"{each:024x}", "id": f"{each:024x}", "username": f"person.{each}",
                "email": f"person.{each}@example.com", "firstname": f"Given{each}", "lastname": f"Family{each}",
                "displayname": f"Given{each} Family{each}", "state": "ACTIVATED", "suspended": False, "activated": True,
                "alternateEmail": None, "recoveryEmail": {"address": "", "verified": False},
            }
            for each in range(PEOPLE)
        ],
    }).encode()  # fmt: skip


def jumpcloud_access() -> bytes:
    return json.dumps([
        {
            "id": f"{each:024x}", "type": "user", "compiledAttributes": {},
            "paths": [[
                {"from": None, "to": {"type": "user_group", "id": f"{each % GROUPS + 4096:024x}"}, "attributes": None},
                {"from": None, "to": {"type": "application", "id": f"{7:024x}"}, "attributes": None},
            ]],
        }
        for each in range(PEOPLE)
    ]).encode()  # fmt: skip


def bridge_users() -> bytes:
    return json.dumps({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": PEOPLE, "startIndex": 1,
        "itemsPerPage": PEOPLE,
        "Resources": [
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": f"ACCOUNT{each:019d}",
                "externalId": f"{each:024x}", "userName": f"person.{each}@example.com", "active": True,
                "displayName": f"Given{each} Family{each}",
                "name": {"formatted": f"Given{each} Family{each}", "givenName": f"Given{each}",
                         "familyName": f"Family{each}"},
                "emails": [{"value": f"person.{each}@example.com", "type": "work", "primary": True}],
                "meta": {"resourceType": "User", "location": f"https://scim.example.com/scim/Users/ACCOUNT{each:019d}"},
            }
            for each in range(PEOPLE)
        ],
    }).encode()  # fmt: skip


def bridge_groups() -> bytes:
    return json.dumps({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": GROUPS, "startIndex": 1,
        "itemsPerPage": GROUPS,
        "Resources": [
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": f"GROUP{each:021d}",
                "displayName": f"Group {each}", "externalId": f"{each + 4096:024x}",
                "members": [{"value": f"ACCOUNT{one:019d}", "display": f"Given{one} Family{one}"}
                            for one in range(each, PEOPLE, GROUPS // 4)],
                "meta": {"resourceType": "Group"},
            }
            for each in range(GROUPS)
        ],
    }).encode()  # fmt: skip


PAGES = (jumpcloud_users(), jumpcloud_access(), bridge_users(), bridge_groups())
