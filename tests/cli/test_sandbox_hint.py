"""The message of `jc1p sandbox` and `jc1p demo` without their packages."""

import pytest

from jc1p.cli.commands.sandbox import install_hint


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/srv/jc1p/.venv", "pip install '.[sandbox]'"),
        ("/home/ada/.local/pipx/venvs/jc1p", "pipx install --force '.[sandbox]'"),
        ("/home/ada/.local/share/pipx/venvs/jc1p", "pipx install --force '.[sandbox]'"),
    ],
)
def test_hint_fits_how_jc1p_was_installed_and_names_no_package_of_an_index(prefix: str, command: str) -> None:
    assert install_hint(prefix) == f"In your checkout of jc1p run: {command}"
