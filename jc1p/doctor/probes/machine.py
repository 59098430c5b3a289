"""Reads this machine: the configuration file's mode, the state folder and what earlier runs left there.

Nothing is created (except an unnamed file, to detect a full disk), moved or locked: a run may start at any moment.
"""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles, first_end
from jc1p.core.events import Event
from jc1p.core.matching import Links
from jc1p.core.policy import Memory
from jc1p.doctor.observations import MachineSeen
from jc1p.errors import Jc1pError, StateUnavailable
from jc1p.runtime.atomic_write import check_writable
from jc1p.state.database import usable
from jc1p.state.lock import LOCK, running
from jc1p.state.own_folder import refuse_others, unavailable
from jc1p.state.pause import read_pause
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the state contains; empty if it can't be read, with the reason."""

    links: Links = field(default_factory=Links)
    memory: Memory = field(default_factory=Memory)
    trouble: Jc1pError | None = None
    damage: str = ""


def ask_state(folder: Path) -> Remembered:
    """Links and memory of earlier runs, as a dry run reads them."""
    try:
        refuse_others(folder)
        if damage := damage_of(folder / "state.db"):
            return Remembered(damage=damage)
        refuse_unwritable(folder)
        with open_state(folder, read_only=True) as state:
            return Remembered(state.links(), state.memory())
    except StateUnavailable as error:
        return Remembered(trouble=error)
    except OSError as error:
        return Remembered(trouble=unavailable(folder, error.strerror or str(error)))


def damage_of(path: Path) -> str:
    """Why a state file is damaged, "" if it isn't or if there is none."""
    if not os.access(path, os.R_OK):
        return ""
    try:
        with closing(usable(path, read_only=True)):
            return ""
    except (sqlite3.OperationalError, StateUnavailable):
        return ""  # reported when it is opened
    except sqlite3.DatabaseError as error:
        return str(error)


def refuse_unwritable(folder: Path) -> None:
    """Raises StateUnavailable if a run could not write: to the folder, to its disk, or to where it would be created."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not there.is_dir():
        raise unavailable(folder, f"{there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise unavailable(folder, f"this user cannot write to {there}")
    for file in (folder / "state.db", folder / LOCK):
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            raise unavailable(file, "this user cannot write to it")
    try:
        check_writable(there)
    except OSError as error:
        raise unavailable(folder, error.strerror or str(error)) from None


def ask_machine(
    config_file: Path, warnings: tuple[str, ...], folder: Path, remembered: Remembered, now: datetime,
    *,
    ignored_keys: tuple[str, ...] = (),
    untrusted: str = "",
    tls: TlsFiles = KNOWN_ONLY,
    told_of: frozenset[Event] = frozenset(),
    lost_receivers: tuple[str, ...] = (),
) -> MachineSeen:  # fmt: skip
    """Everything about this machine."""
    seen = MachineSeen(
        config_file=str(config_file),
        config_warnings=warnings,
        ignored_keys=ignored_keys,
        certificates=ends_of(tls),
        config_untrusted=untrusted,
        told_of=told_of,
        lost_receivers=lost_receivers,
        state_folder=str(folder),
        state_trouble=remembered.trouble,
        state_damage=remembered.damage,
        is_new=not os.access(folder, os.F_OK),
    )
    return seen if remembered.trouble or seen.is_new else with_earlier_runs(seen, folder, now)


def ends_of(tls: TlsFiles) -> Mapping[str, datetime]:
    """When the certificates that the configuration names end."""
    named = {"http.ca_file": tls.ca_file, "onepassword.client_certificate": tls.certificate}
    ends = {key: first_end(path) for key, path in named.items() if path}
    return {key: end for key, end in ends.items() if end}


def with_earlier_runs(seen: MachineSeen, folder: Path, now: datetime) -> MachineSeen:
    """The same with the pause, the run in progress, and interrupted runs."""
    try:
        pause, holder = read_pause(folder, now), running(folder)
        cut_off = tuple(run for run in read_past(folder, now).unsettled if run.run_id not in (holder or ""))
    except StateUnavailable as error:
        return replace(seen, state_trouble=error)
    except OSError as error:
        return replace(seen, state_trouble=unavailable(folder, error.strerror or str(error)))
    return replace(seen, paused=pause.told(now) if pause else None, running=holder, unsettled=cut_off)
