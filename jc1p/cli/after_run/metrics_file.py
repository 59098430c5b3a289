"""`--metrics FILE`: the run as a Prometheus textfile, told when all else is over."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jc1p.cli.hooks import Teller

if TYPE_CHECKING:
    from jc1p.cli.session import Session

READABLE_BY_ALL = 0o644
"""node_exporter is another user; the file holds counts, and no name."""


def metrics_tellers(path: Path | None) -> Iterator[Teller]:
    """Whoever is to write the file, if one is wanted."""
    if path:
        yield Teller(f"the metrics file {path}", lambda here, code: write_metrics(here, code, path), path)


def write_metrics(here: "Session", exit_code: int, path: Path) -> None:
    """Write the file at once. Raises OSError when it can't be; the old one is still there then."""
    from jc1p.cli.streams import masked
    from jc1p.config.settings import bridge_host
    from jc1p.reports.prometheus import parse_earlier, render_metrics
    from jc1p.runtime.atomic_write import write_whole
    from jc1p.state.pause import read_pause

    text = render_metrics(
        here.record, exit_code,
        bridge=bridge_host(here.config) if here.config else "",
        duration=time.monotonic() - here.started,
        paused=here.folder is not None and read_pause(here.folder) is not None,
        earlier=parse_earlier(read_earlier(path)),
    )  # fmt: skip
    write_whole(path, masked(text), mode=READABLE_BY_ALL)


def read_earlier(path: Path) -> str:
    """What is there, as far as it is a file of ours; "" the first time."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""
