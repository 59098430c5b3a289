"""What the state folder of a pair of accounts is called."""

import hashlib
from pathlib import Path


def state_folder(root: Path, jumpcloud: str, bridge: str) -> Path:
    """The subfolder of one pair of accounts: readable in part, unambiguous by a digest."""
    digest = hashlib.sha256(f"{jumpcloud}\n{bridge}".encode()).hexdigest()[:12]
    host = bridge.partition("://")[2].partition("/")[0].replace(":", "_")
    return root / f"{host}-{digest}"
