"""From the command line to what a run needs: configuration, credentials, state folder, context."""

import os
import sys
from functools import partial
from pathlib import Path

from jc1p.cli.after_run.last_runs import note_run
from jc1p.cli.hooks import FinishedCommand, Hook
from jc1p.cli.session import Session
from jc1p.cli.terminal.streams import hide, masked
from jc1p.clients.http.proxies import proxy_secrets
from jc1p.config import find_config, load_config
from jc1p.config.secrets import Given
from jc1p.config.settings import Credentials, Settings, bridge_host, fetch_credentials, settings_of, state_folder_of
from jc1p.core.plan import PlanWarning
from jc1p.state.own_folder import refuse_others
from jc1p.state.pause import Pause
from jc1p.state.store import State
from jc1p.sync.run_context import RunContext
from jc1p.sync.run_deadline import RunDeadline


def load(here: Session) -> tuple[Settings, Credentials, Path]:
    """Settings, fetched secrets (masked in all later output) and the state folder.

    Raises:
        ConfigError: the file or a secret is wrong; there was no network access.
        StateUnavailable: the state belongs to another user.
    """
    from jc1p.reports.notices import print_warning

    loaded = load_config(find_config(here.common.config, os.environ), os.environ)
    for warning in loaded.warnings:
        print_warning(here.err, warning)
    here.learn(notices=tuple(PlanWarning("ignored_key", each.key, each.message) for each in loaded.ignored_keys))
    if loaded.config.notify:
        hide(*(receiver.url.value for receiver in loaded.config.notify if isinstance(receiver.url, Given)))
        here.hooks.append(Hook("the notifications", notify))
    here.config, here.config_path, here.folder = loaded.config, loaded.path, state_folder_of(loaded.config)
    here.learn(bridge=bridge_host(loaded.config))
    refuse_others(here.folder)
    here.hooks.append(Hook("the record for `jc1p status`", note_run))
    credentials = fetch_credentials(loaded)
    hide(*credentials.secrets, *proxy_secrets(os.environ))
    return settings_of(loaded.config), credentials, here.folder


def context_of(
    here: Session, settings: Settings, folder: Path, state: State, pause: Pause | None = None
) -> RunContext:  # fmt: skip
    """The context of this session's run; its time limit counts from now."""
    record = here.record
    return RunContext(
        state, folder, record.run_id, record.command, record.created_at, RunDeadline(settings.max_run),
        record.reference, record.actor, pause,
    )  # fmt: skip


def notify(finished: FinishedCommand) -> None:
    """Notify the receivers of `notify`; the code for that is imported only if there are any."""
    from jc1p.notify.notifier import FinishedRun, tell_receivers
    from jc1p.reports.notices import print_warning

    if finished.config is None or finished.folder is None:
        return
    is_attended = sys.stdin is not None and sys.stdin.isatty()
    tell_receivers(
        FinishedRun(
            finished.record, finished.exit_code, finished.config, finished.config_path, finished.folder,
            finished.is_narrow, is_attended, warn=partial(print_warning, finished.err), hide=hide, masked=masked,
        )
    )  # fmt: skip
