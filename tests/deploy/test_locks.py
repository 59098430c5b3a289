"""requirements.lock and build.lock: installations with credentials use exactly these files of an index."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from support.deploying import DEPLOY, TOP, WORKFLOWS, scripts

RUNTIME, BUILD = TOP / "requirements.lock", TOP / "build.lock"
FACTS = tomllib.loads((TOP / "pyproject.toml").read_text())


def locked(path: Path) -> dict[NormalizedName, tuple[Requirement, set[str]]]:
    """By name: the pinned version in a lock, and the hashes of its files."""
    found: dict[NormalizedName, tuple[Requirement, set[str]]] = {}
    for line in path.read_text().replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            wanted, *hashes = line.split(" --hash=sha256:")
            requirement = Requirement(wanted)
            found[canonicalize_name(requirement.name)] = (requirement, {each.strip() for each in hashes})
    return found


def pinned(requirement: Requirement) -> Version:
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def needed(requirements: list[str]) -> set[str]:
    """These and everything they require here, by name, from the installed packages."""
    names: set[str] = set()
    left = [Requirement(each) for each in requirements]
    while left:
        each = left.pop()
        name = canonicalize_name(each.name)
        if name in names or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        names.add(name)
        left += map(Requirement, distribution(name).requires or ())
    return names


@pytest.mark.parametrize("path", [RUNTIME, BUILD], ids=lambda path: path.name)
def test_lock_pins_what_constraints_pin_by_hash_and_names_no_address(path: Path) -> None:
    lines = (TOP / "constraints.txt").read_text().split()
    constraints = {canonicalize_name(Requirement(line).name): pinned(Requirement(line)) for line in lines}
    lock = locked(path)
    assert lock
    for name, (requirement, hashes) in lock.items():
        assert pinned(requirement) == constraints[name]
        assert hashes
        assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes)
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"index|find-links|trusted-host|localhost|/", text)


def test_runtime_lock_has_all_that_jc1p_needs_and_nothing_else() -> None:
    dependencies = FACTS["project"]["dependencies"]
    lock = locked(RUNTIME)
    here = {name for name, (requirement, _) in lock.items() if not requirement.marker or requirement.marker.evaluate()}
    assert needed(dependencies) == here
    for each in map(Requirement, dependencies):
        assert pinned(lock[canonicalize_name(each.name)][0]) in each.specifier


def test_runtime_lock_has_wheels_for_every_python_that_is_promised() -> None:
    """A compiled package has a file for each Python on each system: a single hash would only fit this machine."""
    assert min(len(hashes) for name, (_, hashes) in locked(RUNTIME).items() if name in {"pydantic-core", "pyyaml"}) > 30


def test_build_lock_has_what_builds_jc1p() -> None:
    (backend,) = map(Requirement, FACTS["build-system"]["requires"])
    assert pinned(locked(BUILD)[canonicalize_name(backend.name)][0]) in backend.specifier
    stated = [line for line in (TOP / "build.in").read_text().splitlines() if not line.startswith("#")]
    assert stated == FACTS["build-system"]["requires"]


def installs() -> Iterator[tuple[str, str]]:
    """Every line of deploy/ and its pages that has pip install or build something."""
    places = {**scripts(), "deploy/docker/Dockerfile": dockerfile_lines()}
    for where, lines in places.items():
        yield from ((where, line) for line in lines if re.search(r"\bpip\b.* (install|wheel|download)\b", line))


def dockerfile_lines() -> list[str]:
    text = (DEPLOY / "docker" / "Dockerfile").read_text().replace("\\\n", " ")
    return [part for line in text.splitlines() if not line.startswith("#") for part in line.split("&&")]


@pytest.mark.parametrize(("where", "line"), list(installs()))
def test_every_install_takes_what_is_locked_or_what_lies_there(where: str, line: str) -> None:
    if "--requirement" in line:
        assert "--require-hashes" in line
        assert "--only-binary :all:" in line
        assert not re.search(r"\.whl|\s\.$", line), "another requirement would be without a hash"
    else:
        assert "--no-deps" in line
        assert "--no-index" in line or ("wheel" in line and "--no-build-isolation" in line)


def test_every_place_that_installs_jc1p_is_among_them() -> None:
    where = {where for where, _ in installs()}
    assert where == {*(f"deploy/github/{path.name}" for path in WORKFLOWS), "deploy/gitlab/.gitlab-ci.yml",
                     "deploy/docker/Dockerfile", "docs/deploy.md"}  # fmt: skip


@pytest.mark.matrix
def test_locks_install_into_an_empty_environment_and_jc1p_runs_there(tmp_path: Path) -> None:
    empty = tmp_path / "empty"

    def run(*words: str | Path) -> str:
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=TOP, timeout=110)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", empty)
    pip: list[str | Path] = [empty / "bin" / "python", "-m", "pip"]
    run(*pip, "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", RUNTIME, "-r", BUILD)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", ".")
    assert "No broken requirements" in run(*pip, "check")
    assert run(empty / "bin" / "jc1p", "--version").startswith("jc1p ")
