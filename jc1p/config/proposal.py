"""Another configuration file to compare with: only its scope, users, groups and guard count.

Its secrets are not fetched and its commands not run; its credentials, addresses and receivers are never used.
"""

from collections.abc import Mapping
from pathlib import Path

from jc1p.config.loader import load_config
from jc1p.config.settings import Settings, settings_of
from jc1p.errors import UsageError


def load_proposal(path: Path, settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The current settings with another file's scope, policy and limits.

    Raises:
        ConfigError: anything in the file is wrong.
        UsageError: the file is for another pair of accounts.
    """
    proposed = settings_of(load_config(path, environment, needs_secrets=False).config)
    if proposed.accounts != settings.accounts:
        raise UsageError(
            f"--compare {path}: it is for another pair of accounts. Nothing was read",
            hint="Compare files with the same jumpcloud.region, url and org_id, and the same onepassword.scim_url.",
        )
    return settings._replace(scope=proposed.scope, policy=proposed.policy, limits=proposed.limits)
