"""The minimum cost of creating accounts: `python bench/bare_writes.py URL N` posts N of them with httpx.

Four in parallel like jc1p; each answer is parsed and dropped.
"""

import asyncio
import json
import sys

import httpx

AT_ONCE = 4


async def post(url: str, number: int) -> None:
    waiting = iter(range(number))
    headers = {"Authorization": "Bearer sandbox-bridge-token", "Content-Type": "application/scim+json"}
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits) as client:

        async def worker() -> None:
            for each in waiting:
                person = {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"bare.{each}@example.com",
                    "displayName": f"Bare {each}", "name": {"givenName": "Bare", "familyName": str(each)},
                    "emails": [{"value": f"bare.{each}@example.com", "primary": True}], "active": True,
                    "externalId": f"{each:024x}",
                }  # fmt: skip
                answer = await client.post("/Users", content=json.dumps(person))
                answer.raise_for_status()
                json.loads(answer.content)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(post(sys.argv[1], int(sys.argv[2])))
