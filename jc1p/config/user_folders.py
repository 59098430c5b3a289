"""The user's own folders, as the operating system has them. The library that knows them is imported when asked."""

from pathlib import Path


def user_config_folder() -> Path:
    """Where the user's configuration is looked for."""
    from platformdirs import user_config_path  # noqa: PLC0415 - only where no file is named

    return user_config_path("jc1p")


def user_state_folder() -> Path:
    """Where state is kept unless `state.path` says otherwise."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only without `state.path`

    return user_state_path("jc1p")
