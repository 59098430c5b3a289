"""Each option that takes a file names itself in its error, with a hint that fits it."""

from pathlib import Path

import pytest
from support.inprocess import jc1p

MISSING, FOLDER = "nope.file", "."
OPTIONS = {
    "--compare": ("plan", "--compare"),
    "--out": ("plan", "--out"),
    "--csv": ("import", "--csv"),
    "--record": ("doctor", "--record"),
    "--expect-file": ("report", "merge", "x.json", "--expect-file"),
    "--replay": ("sandbox", "--replay"),
    "--config-out": ("sandbox", "day", "--config-out"),
    "--sandbox-file": ("init", "--sandbox", "--no-input", "--config", "new.yaml", "--sandbox-file"),
    "--ca-file": ("init", "--no-input", "--config", "new.yaml", "--ca-file"),
}
READ = OPTIONS.keys() - {"--out", "--csv", "--record"}
"""The others are written, so a file that isn't there is right."""


@pytest.mark.parametrize("file", [MISSING, FOLDER])
@pytest.mark.parametrize("option", OPTIONS)
def test_option_names_itself(config: Path, option: str, file: str) -> None:
    if file == MISSING and option not in READ:
        file = f"{MISSING}/{MISSING}"
    done = jc1p(*OPTIONS[option], file, cwd=config.parent)
    error, hint = done.err.splitlines()
    assert done.code == 2
    assert option in error
    assert hint.startswith("hint: ")
    assert "`jc1p init --config FILE`" not in hint


def test_missing_configuration_is_created_by_the_command_in_the_hint(config: Path) -> None:
    done = jc1p("plan", "-c", "my company.yaml", cwd=config.parent)
    assert (done.code, done.err.splitlines()[1]) == (
        2,
        "hint: Check the path, or create the file with `jc1p init --config 'my company.yaml'`.",
    )


def test_error_in_the_other_configuration_names_the_option(config: Path) -> None:
    other = config.with_name("other.yaml")
    other.write_text(config.read_text().replace("scope:", "scop:"))
    done = jc1p("-c", config, "plan", "--compare", other)
    assert done.code == 2
    assert done.err.startswith(f"error: --compare {other}: the file has errors\n")
    assert f"{other}:" in done.err.splitlines()[1]
    assert "unknown key" in done.err
