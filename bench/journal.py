"""The cost of the journal: a run of 1,000 changes at 20 ms per request, with and without it, as a share of the time."""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from support.pure_target import PureTarget

from jc1p.core.models import Created, NewAccount, TargetDirectory
from jc1p.core.plan import Change, Difference, Kind, Plan
from jc1p.state.journal import Journal
from jc1p.sync.apply import apply
from jc1p.sync.progress import ApplyOptions
from jc1p.sync.recorder import Recorder

CHANGES, LATENCY_SECONDS, PARALLEL, RUNS = 1000, 0.02, 4, 3
BOUND = 0.05
NAMES = ("userName", "displayName", "name.givenName", "name.familyName", "externalId")


class Slow(PureTarget):
    """A target with a delay."""

    async def create_user(self, new: NewAccount) -> Created:
        await asyncio.sleep(LATENCY_SECONDS)
        return await super().create_user(new)


def invitations() -> Plan:
    return Plan(
        changes=tuple(
            Change(
                Kind.CREATE_USER, f"user:{number}", "in group Engineering, no 1Password account", id=number,
                user=f"person.{number}@example.com", jumpcloud_id=f"{number:024x}",
                attributes={name: Difference(None, f"value {number}") for name in NAMES},
            )
            for number in range(1, CHANGES + 1)
        )
    )  # fmt: skip


def seconds(*, folder: Path | None) -> float:
    plan, target = invitations(), Slow(TargetDirectory({}, {}))
    started = time.perf_counter()
    if folder is None:
        asyncio.run(apply(plan, target, options=ApplyOptions(parallel=PARALLEL)))
    else:
        now = datetime.now(UTC)
        head = {"run_id": f"{now:%Y%m%dT%H%M%S%f}Z", "command": "sync", "created_at": now.isoformat()}
        with Journal(folder, head) as journal:
            recorder = Recorder(journal)
            recorder.report(asyncio.run(apply(plan, target, recorder, ApplyOptions(parallel=PARALLEL))))
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        pairs = [(seconds(folder=Path(name)), seconds(folder=None)) for _ in range(RUNS)]
    with_journal, without = (statistics.median(times) for times in zip(*pairs, strict=True))
    share = statistics.median((a - b) / a for a, b in pairs)
    print(f"| {CHANGES:,} changes, {1000 * LATENCY_SECONDS:.0f} ms, {PARALLEL} at once | median of {RUNS} | bound |")
    print("|---|---|---|")
    print(f"| without a journal | {without:.2f} s | |")
    print(f"| with the journal | {with_journal:.2f} s | |")
    print(f"| the journal's share | {100 * share:.1f} % | less than {100 * BOUND:.0f} % |")
    sys.exit(share >= BOUND)


if __name__ == "__main__":
    main()
