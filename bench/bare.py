"""The minimum cost of reading: the same pages, fetched in parallel by httpx, parsed by json, and dropped.

`python bench/bare.py FILE` with a JSON list of services: address, headers, number of parallel requests, paths. It
prints the seconds that this took, without its start.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx


async def fetch(service: dict[str, Any]) -> None:
    """All pages of one service."""
    waiting = iter(service["paths"])
    limits = httpx.Limits(max_connections=service["at_once"], max_keepalive_connections=service["at_once"])
    async with httpx.AsyncClient(base_url=service["url"], headers=service["headers"], limits=limits) as client:

        async def worker() -> None:
            for path in waiting:
                answer = await client.get(path)
                answer.raise_for_status()
                json.loads(answer.content)

        await asyncio.gather(*(worker() for _ in range(service["at_once"])))


async def fetch_all(services: list[dict[str, Any]]) -> None:
    """Both services in parallel, as jc1p reads them."""
    await asyncio.gather(*map(fetch, services))


if __name__ == "__main__":
    services, began = json.loads(Path(sys.argv[1]).read_text()), time.perf_counter()
    asyncio.run(fetch_all(services))
    print(time.perf_counter() - began)
