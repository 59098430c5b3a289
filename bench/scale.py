"""The cost of runs by size and kind, against the latency bound, a bare fetch of the same pages, and a plain script.

`python bench/scale.py [SIZE…]` measures the sizes (number of people; all sizes if none is given) and writes
results.json, which keeps sizes that were measured before. Then it writes results.md and results.svg from all of them,
and ends with 1 if one of these sizes exceeds a bound. The smallest takes seconds, 50,000 people a quarter of an hour.
"""

import json
import os
import platform
import re
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness import BRIDGE_CONCURRENCY, HERE, JUMPCLOUD_CONCURRENCY, Company, Cost, company, measure
from results import bounds, write_results

SIZES = (100, 1_000, 10_000, 50_000)
REPEATS = 3
READ_MS, WRITE_MS = 50, 20
"""Latency of both services: for runs that mostly read, and for the first sync."""
PLAIN_SIZE = 1_000
CHUNK = 100
PACKAGES = ("jc1p", "httpx", "pydantic")

Log = dict[str, list[tuple[str, str]]]


def latency_bound(log: Log, latency: float) -> float:
    """The minimum in seconds: each service answers a limited number at once, and totals are known after one round.

    JumpCloud is asked for four lists before any total is known, the bridge for two. Writes, and reading them back, come
    after all reading.
    """
    methods = [method for method, _ in log["onepassword"]]
    writes = [position for position, method in enumerate(methods) if method != "GET"]
    read_first = writes[0] if writes else len(methods)
    reading = max(
        rounds(len(log["jumpcloud"]), 4, JUMPCLOUD_CONCURRENCY), rounds(read_first, 2, BRIDGE_CONCURRENCY)
    )  # fmt: skip
    return latency * float(reading + (len(methods) - read_first) / BRIDGE_CONCURRENCY)


def rounds(requests: int, first: int, at_once: int) -> float:
    return 1 + max(0, requests - first) / at_once


def expected_writes(document: dict[str, Any]) -> int:
    """One write for each changed person or group, one PATCH for 100 members and direction; links cost nothing."""
    writes = 0
    for change in document["changes"]:
        writes += -(-len(change["members"]) // CHUNK) if change["members"] else 1
    return writes


def one_run(here: Company, latency: float) -> dict[str, Any]:
    """A whole `jc1p sync --yes` as cron runs it, and its cost."""
    here.set_latency(0)
    planned = json.loads(here.plan().out)
    here.set_latency(latency)
    here.take_log()
    metrics = here.folder / "jc1p.prom"
    cost = here.sync("--metrics", str(metrics))
    log = here.take_log()
    took = re.search(r"^jc1p_run_duration_seconds\{.*\} (\S+)$", metrics.read_text(), re.MULTILINE)
    assert took
    methods = [method for method, _ in log["onepassword"]]
    seconds = latency_bound(log, latency / 1000)
    return {
        "jumpcloud": len(log["jumpcloud"]), "onepassword": len(methods),
        "writes": sum(method != "GET" for method in methods), "expected_writes": expected_writes(planned),
        "wall": cost.wall, "run": float(took[1]), "cpu": cost.cpu, "rss": cost.rss, "bound": seconds,
        "ratio": float(took[1]) / seconds, "log": log,
    }  # fmt: skip


def asked_of(here: Company, log: Log) -> list[dict[str, Any]]:
    """The input for bare.py: the pages of a log."""
    keys = {"jumpcloud": {"x-api-key": "jca_sandbox"}, "onepassword": {"Authorization": "Bearer sandbox-bridge-token"}}
    at_once = {"jumpcloud": JUMPCLOUD_CONCURRENCY, "onepassword": BRIDGE_CONCURRENCY}
    return [
        {
            "url": here.urls[name],
            "headers": keys[name],
            "at_once": at_once[name],
            "paths": [path for _, path in log[name]],
        }
        for name in here.urls
    ]


def bare(here: Company, log: Log) -> Cost:
    """The same pages, only fetched and parsed."""
    path = here.folder / "bare.json"
    path.write_text(json.dumps(asked_of(here, log)))
    return measure([sys.executable, str(HERE / "bare.py"), str(path)])


def median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    figures = {key for run in runs for key, value in run.items() if isinstance(value, int | float)}
    return {key: statistics.median(run[key] for run in runs) for key in sorted(figures)}


def measured(name: str, size: int, once: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The medians of some runs, printed as they come."""
    runs = []
    for _ in range(REPEATS):
        runs.append(once())
        shown = {key: round(value, 2) for key, value in runs[-1].items() if isinstance(value, int | float)}
        print(f"{size:,} people, {name}: {shown}", file=sys.stderr, flush=True)
    return median(runs)


def measure_size(size: int) -> dict[str, Any]:
    """All kinds of runs for one size."""
    found: dict[str, Any] = {}
    with company(size, max(5, size // 20)) as here:

        def first() -> dict[str, Any]:
            here.start_over()
            return one_run(here, WRITE_MS)

        def nothing() -> dict[str, Any]:
            run = one_run(here, READ_MS)
            simple = bare(here, run["log"])
            return run | {
                "cpu_ratio": run["cpu"] / simple.cpu, "bare_cpu": simple.cpu, "bare_wall": simple.wall,
                "bare_run": float(simple.out), "bare_rss": simple.rss,
            }  # fmt: skip

        def some() -> dict[str, Any]:
            here.control("jumpcloud", "change")
            return one_run(here, READ_MS)

        found["first sync"] = measured("first sync", size, first)
        here.sync()
        found["nothing to do"] = measured("nothing to do", size, nothing)
        found["1 % changed"] = measured("1 % changed", size, some)
        if size == PLAIN_SIZE:
            found["plain script"] = measured("plain script", size, lambda: plain(here))
    return found


def plain(here: Company) -> dict[str, Any]:
    """The plain sequential script on an empty 1Password."""
    here.start_over()
    here.set_latency(WRITE_MS)
    here.take_log()
    cost = measure([sys.executable, str(HERE / "plain.py"), here.urls["jumpcloud"], here.urls["onepassword"]])
    if cost.code:
        raise SystemExit(f"the plain script exited {cost.code}: {cost.out}")
    log = here.take_log()
    return {"jumpcloud": len(log["jumpcloud"]), "onepassword": len(log["onepassword"]), "wall": cost.wall,
            "cpu": cost.cpu, "rss": cost.rss}  # fmt: skip


def machine() -> dict[str, str]:
    with Path("/proc/cpuinfo").open() as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Hardware"))]
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}, {platform.system()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
        ),
    }  # fmt: skip


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    path = HERE / "results.json"
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sizes": {}}
    for size in sizes:
        known["sizes"][str(size)] = measure_size(size)
        known |= machine()
        path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    write_results(known)
    # Sizes that were measured before stay in the table. They are judged when they are measured again.
    measured = {str(size): known["sizes"][str(size)] for size in sizes}
    sys.exit(not all(holds for *_, holds in bounds(measured)))


if __name__ == "__main__":
    main()
