"""The user's folders according to the operating system. The library for them is imported only when needed."""

from pathlib import Path


def user_config_folder() -> Path:
    """The folder that is searched for the user's configuration."""
    from platformdirs import user_config_path  # noqa: PLC0415 - only where no file is named

    return user_config_path("jc1p")


def user_state_folder() -> Path:
    """The folder for state unless `state.path` sets another."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only without `state.path`

    return user_state_path("jc1p")
