"""Another configuration file to compare with: only its scope, users, groups and guard count.

Its secrets are not fetched and its commands not run; its credentials, addresses and receivers are never used.
"""

from collections.abc import Mapping
from pathlib import Path

from jc1p.config.loader import load_config
from jc1p.config.settings import Settings, settings_of
from jc1p.errors import ConfigError, UsageError
from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded


def load_proposal(path: Path, settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The current settings with another file's scope, policy and limits.

    Raises:
        ConfigError: anything in the file is wrong.
        UsageError: the file is for another pair of accounts.
    """
    refuse_unreadable(path)
    try:
        proposed = settings_of(load_config(path, environment, needs_secrets=False).config)
    except ConfigError as error:
        raise ConfigError(f"--compare {path}: the file has errors\n{error.message}", hint=error.hint) from None
    if proposed.accounts != settings.accounts:
        raise UsageError(
            f"--compare {path}: it is for another pair of accounts. Nothing was read",
            hint="Compare files with the same jumpcloud.region, url and org_id, and the same onepassword.scim_url.",
        )
    return settings._replace(scope=proposed.scope, policy=proposed.policy, limits=proposed.limits)


def refuse_unreadable(path: Path) -> None:
    """Raises ConfigError for a file that is not there or can't be read."""
    try:
        read_bounded(path, LARGEST_TEXT)
    except OSError as error:
        hint = "Check the path: --compare takes the other configuration, such as an edited copy of this one."
        raise ConfigError(f"--compare {path}: cannot read the file: {error.strerror or error}", hint=hint) from None
