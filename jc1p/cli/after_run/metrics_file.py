"""`--metrics FILE`: the run as a Prometheus textfile, written when all else is over."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from jc1p.cli.hooks import FinishedCommand, Hook

READABLE_BY_ALL = 0o644
"""node_exporter is another user; the file holds counts, and no name."""


def metrics_hooks(path: Path | None) -> Iterator[Hook]:
    """What writes the file, if one is wanted."""
    if path:
        yield Hook(f"the metrics file {path}", lambda finished: write_metrics(finished, path), path)


def write_metrics(finished: FinishedCommand, path: Path) -> None:
    """Write the file at once. Raises OSError when it can't be; the old one is still there then."""
    from jc1p.cli.streams import masked
    from jc1p.config.settings import bridge_host
    from jc1p.reports.prometheus import parse_earlier, render_metrics
    from jc1p.runtime.atomic_write import write_whole

    text = render_metrics(
        finished.record, finished.exit_code,
        bridge=bridge_host(finished.config) if finished.config else "",
        duration=time.monotonic() - finished.started,
        paused=finished.folder is not None and is_paused(finished.folder, finished.record.created_at),
        earlier=parse_earlier(read_earlier(path)),
    )  # fmt: skip
    write_whole(path, masked(text), mode=READABLE_BY_ALL)


def is_paused(folder: Path, now: datetime) -> bool:
    """What the state folder says by the run's clock, if it is ours; what another user puts there is no pause."""
    from jc1p.state.own_folder import why_not_ours
    from jc1p.state.pause import read_pause

    return not why_not_ours(folder) and read_pause(folder, now) is not None


def read_earlier(path: Path) -> str:
    """What is there, as far as it is a file of ours; "" the first time."""
    from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded

    try:
        return read_bounded(path, LARGEST_TEXT).decode(errors="replace")
    except OSError:
        return ""
