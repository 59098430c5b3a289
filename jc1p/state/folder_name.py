"""The name of the state folder of a pair of accounts."""

import hashlib
from pathlib import Path


def state_folder(root: Path, jumpcloud: str, bridge: str) -> Path:
    """The subfolder of one pair of accounts: a readable part, and a digest that makes it unique."""
    digest = hashlib.sha256(f"{jumpcloud}\n{bridge}".encode()).hexdigest()[:12]
    host = bridge.partition("://")[2].partition("/")[0].replace(":", "_")
    return root / f"{host}-{digest}"
