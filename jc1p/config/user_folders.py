"""The user's folders according to the operating system. The library for them is imported only when needed."""

from os import getuid
from pathlib import Path

from jc1p.errors import ConfigError


def user_config_folder() -> Path | None:
    """The folder that is searched for the user's configuration; None for a user without a home folder."""
    from platformdirs import user_config_path  # noqa: PLC0415 - only where no file is named

    try:
        return user_config_path("jc1p")
    except RuntimeError:
        return None


def user_state_folder() -> Path:
    """The folder for state unless `state.path` sets another. Raises ConfigError for a user without a home folder."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only without `state.path`

    try:
        return user_state_path("jc1p")
    except RuntimeError:
        # Containers often run as a user whom the system doesn't know.
        raise ConfigError(
            f"there is no folder for the state: user {getuid()} has no home folder, and HOME is not set to one",
            hint="Set `state.path` (or HOME) to a folder that is kept between runs.",
        ) from None
