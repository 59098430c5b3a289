"""`--metrics FILE`: the run as a Prometheus textfile, written at the very end."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from jc1p.cli.hooks import FinishedCommand, Hook

READABLE_BY_ALL = 0o644
"""node_exporter runs as another user; the file has counts, and no names."""


def metrics_hooks(path: Path | None) -> Iterator[Hook]:
    """The hook that writes the file, if it is wanted."""
    if path:
        yield Hook(f"the metrics file {path}", lambda finished: write_metrics(finished, path), path)


def write_metrics(finished: FinishedCommand, path: Path) -> None:
    """Replace the file at once. Raises OSError if that fails; then the old one is unchanged."""
    from jc1p.cli.terminal.streams import masked
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
    """The pause in the state folder by the run's clock, if the folder is ours; another user's file is not a pause."""
    from jc1p.state.own_folder import why_not_ours
    from jc1p.state.pause import read_pause

    return not why_not_ours(folder) and read_pause(folder, now) is not None


def read_earlier(path: Path) -> str:
    """The existing content, if it is our file; "" the first time."""
    from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded

    try:
        return read_bounded(path, LARGEST_TEXT).decode(errors="replace")
    except OSError:
        return ""
