"""Finding the configuration file, and reading its text."""

from collections.abc import Mapping
from pathlib import Path

from jc1p.config.trust import why_untrusted
from jc1p.config.user_folders import user_config_folder
from jc1p.errors import ConfigError
from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded
from jc1p.runtime.command_lines import command_line

SYSTEM_CONFIG = Path("/etc/jc1p/config.yaml")

RISK = "Anyone who can change the file can run commands as this user and steal both credentials."


def find_config(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The file to load: given, else $JC1P_CONFIG, ./jc1p.yaml, the user's folder, /etc.

    If jc1p found the file itself, no other user may be able to change it. If the user named it, they decide.

    Raises:
        ConfigError: there is none (lists the searched places), or others can change it.
    """
    if given:
        return given
    if environment.get("JC1P_CONFIG"):
        return Path(environment["JC1P_CONFIG"])
    folder = user_config_folder()
    places = [Path("jc1p.yaml"), *([folder / "config.yaml"] if folder else []), SYSTEM_CONFIG]
    for place in places:
        if is_there(place):
            return trusted(place, environment)
    looked = ", ".join(str(place) for place in places)
    raise ConfigError(
        f"no configuration file: looked for {looked}",
        hint="Run `jc1p init` to set jc1p up, `jc1p config init` for an empty file, or use --config "
        "FILE. `jc1p demo` needs no configuration.",
    )


def trusted(place: Path, environment: Mapping[str, str]) -> Path:
    """The same file. Raises ConfigError if other users can change it."""
    if why := why_untrusted(place, environment, mounted=SYSTEM_CONFIG.parent):
        raise ConfigError(
            f"jc1p does not use {place}: {why}. {RISK}",
            hint=f"Fix the owner and mode of the file and its folder (`chown`, `chmod go-w`), or use --config {place}",
        )
    return place


def is_there(place: Path) -> bool:
    """Raises ConfigError if this can't be determined: the next place could hold another pair of accounts."""
    try:
        return place.is_file()
    except OSError as error:
        hint = "Name the file with --config."
        raise ConfigError(f"cannot look for {place}: {error.strerror}", hint=hint) from None


def read_text(path: Path) -> str:
    try:
        return read_bounded(path, LARGEST_TEXT).decode()
    except FileNotFoundError:
        hint = f"Check the path, or create the file with `{command_line('init', '--config', str(path))}`."
        raise ConfigError(f"configuration file {path} not found", hint=hint) from None
    except UnicodeDecodeError:
        hint = "Save it as UTF-8 in your editor, then run `jc1p config check`."
        raise ConfigError(f"{path}:1:1: the file is not UTF-8 text", hint=hint) from None
    except OSError as error:
        hint = "Use a file that this user can read, with --config FILE."
        raise ConfigError(f"cannot read the configuration file {path}: {error.strerror}", hint=hint) from None
