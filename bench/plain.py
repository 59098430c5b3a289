"""The script that many admins write: one request after the other, a lookup and a create for each person.

`python bench/plain.py JUMPCLOUD BRIDGE` creates all users with access to the application in 1Password, and each group
with all its members in one PATCH, which is faster than most such scripts. It has no paging of 1Password, no links, no
limits.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx

USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
APPLICATION = "66d0000000000000000000c1"


def pages(client: httpx.Client, path: str) -> Iterator[list[dict[str, Any]]]:
    """Pages until an empty one."""
    skip = 0
    while True:
        body = client.get(path, params={"limit": 100, "skip": skip}).json()
        rows = body["results"] if isinstance(body, dict) else body
        if not rows:
            return
        yield rows
        skip += 100


def found(client: httpx.Client, kind: str, attribute: str, value: str) -> str | None:
    answer = client.get(f"/scim/{kind}", params={"filter": f'{attribute} eq "{value}"'}).json()
    return answer["Resources"][0]["id"] if answer.get("Resources") else None


def main() -> None:
    jumpcloud = httpx.Client(base_url=sys.argv[1], headers={"x-api-key": "jca_sandbox"})
    bridge = httpx.Client(base_url=sys.argv[2], headers={"Authorization": "Bearer sandbox-bridge-token"})
    people = {row["_id"]: row for page in pages(jumpcloud, "/api/systemusers") for row in page}
    names = {row["id"]: row["name"].strip() for page in pages(jumpcloud, "/api/v2/usergroups") for row in page}
    members: dict[str, list[str]] = defaultdict(list)
    for page in pages(jumpcloud, f"/api/v2/applications/{APPLICATION}/users"):
        for row in page:
            for path in row["paths"]:
                if len(path) > 1:
                    members[path[0]["to"]["id"]].append(row["id"])
    ids = {}
    for id_ in sorted({id_ for listed in members.values() for id_ in listed}):
        person = people.get(id_)
        if person is None or person["state"] != "ACTIVATED" or person["suspended"]:
            continue
        display = person["displayname"] or person["username"]
        known = found(bridge, "Users", "userName", person["email"])
        ids[id_] = known or bridge.post("/scim/Users", json={
            "schemas": [USER], "userName": person["email"], "displayName": display, "active": True,
            "name": {"givenName": person["firstname"] or display, "familyName": person["lastname"] or display},
            "emails": [{"value": person["email"], "primary": True}], "externalId": id_,
        }).json()["id"]  # fmt: skip
    for group_id, listed in members.items():
        body = {"schemas": [GROUP], "displayName": names[group_id]}
        known = found(bridge, "Groups", "displayName", names[group_id])
        target = known or bridge.post("/scim/Groups", json=body).json()["id"]
        value = [{"value": ids[id_]} for id_ in listed if id_ in ids]
        add = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": value}]}
        bridge.patch(f"/scim/Groups/{target}", json=add).raise_for_status()
    print(f"{len(ids)} people, {len(members)} groups")


if __name__ == "__main__":
    main()
