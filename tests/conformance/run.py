"""`make conformance`: four servers, ten behaviours, one table; fails if a result is worse than in expected.json.

Writes docs/conformance.md. With ACCEPT=1 it writes expected.json again: check the difference.
"""

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.behaviours import BEHAVIOURS, FALSE_SUCCESS, YES, Verdict
from conformance.company import company
from conformance.launching import ROOT, Server, all_servers, served

EXPECTED = Path(__file__).with_name("expected.json")
PAGE = ROOT / "docs" / "conformance.md"
INTRODUCTION = """\
# Conformance

Complete runs of jc1p against four SCIM servers that we did not write, each as its package installs. `make conformance`
writes this page, and CI runs it. It fails if a server does worse than `tests/conformance/expected.json`.

"yes" means that the server itself shows the change afterwards. For each "no", jc1p reported a failed change in that
run; it never reports a change that is not there.
"""
VERIFIED = """\
## Verified with

Real services whose answers were [recorded](recording.md) and replayed. There are no recordings yet: **jc1p has not run
against a real 1Password SCIM Bridge.** Please send one.

| service | version | recorded on | result |
|---|---|---|---|
| 1Password SCIM Bridge | - | - | waiting for a recording |
| 1Password hosted provisioning (beta) | - | - | waiting for a recording |
| JumpCloud API | - | - | waiting for a recording |
"""

Results = dict[str, dict[str, Verdict]]


def try_out(server: Server) -> dict[str, Verdict]:
    """Every behaviour in turn on one server, which starts empty."""
    server.install()
    with tempfile.TemporaryDirectory() as folder, served(server) as address, company(address, Path(folder)) as trial:
        return {name: behaviour(trial) for name, behaviour in BEHAVIOURS.items()}


def rank(verdict: Verdict) -> int:
    """Yes is better than a reported no, which is better than a false success."""
    return 2 if verdict == YES else 0 if verdict.startswith(FALSE_SUCCESS) else 1


def regressions(expected: Results, found: Results) -> list[str]:
    return [
        f"{server}, {name}: expected {wanted}, found {found.get(server, {}).get(name, 'nothing')}"
        for server, rows in expected.items()
        for name, wanted in rows.items()
        if rank(found.get(server, {}).get(name, FALSE_SUCCESS)) < rank(wanted)
    ]


def page(found: Results) -> str:
    """The table, and below it each reason in full."""
    lines = [INTRODUCTION, "| | " + " | ".join(found) + " |", "|---" * (len(found) + 1) + "|"]
    for name in BEHAVIOURS:
        shown = [rows[name].partition(":")[0] for rows in found.values()]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    reasons = [
        f"- {server}, {name}: {verdict.partition(': ')[2]}"
        for server, rows in found.items()
        for name, verdict in rows.items()
        if verdict != YES
    ]
    return "\n".join([*lines, "", *(reasons or ["Nothing was refused."]), "", VERIFIED])


def main() -> None:
    began = time.monotonic()
    servers = all_servers()
    with ThreadPoolExecutor(len(servers)) as pool:
        found = dict(zip([server.title for server in servers], pool.map(try_out, servers), strict=True))
    text = page(found)
    PAGE.write_text(text)
    sys.stdout.write(text.removeprefix(INTRODUCTION).lstrip())
    if os.environ.get("ACCEPT"):
        EXPECTED.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    worse = regressions(json.loads(EXPECTED.read_text()), found)
    for line in worse:
        sys.stdout.write(f"worse: {line}\n")
    count = sum(len(rows) for rows in found.values())
    sys.stdout.write(
        f"took {time.monotonic() - began:.0f} s\nconformance: {count - len(worse)} passed, {len(worse)} failed\n"
    )
    sys.exit(bool(worse))


if __name__ == "__main__":
    main()
