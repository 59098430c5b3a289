"""Draws docs/pictures/report.png again: a few days in the sandbox's company, as the HTML report shows them.

`PYTHONPATH=tests python -m support.report_picture`; needs Chromium.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from jc1p.sandbox.days import advance_day
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from support.browser import browser
from support.inprocess import jc1p
from support.installed import config_for

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "report.png"


def make_picture() -> None:
    with TemporaryDirectory(ignore_cleanup_errors=True) as name, Sandbox(make_world(users=480, groups=12)) as sandbox:
        folder = Path(name)
        config = config_for(sandbox, folder)
        jc1p("-c", config, "sync", "--yes")
        for _ in range(3):
            advance_day(sandbox.world)
        jc1p("-c", config, "sync", "--yes", "--report", folder / "report.html")
        with browser(folder) as page:
            page.open(folder / "report.html")
            PICTURE.write_bytes(page.screenshot(width=1180, height=1320))


if __name__ == "__main__":
    make_picture()
