"""Checks a release before it is made: builds it twice, checks it, installs it into an empty environment and runs it.

    python -m tools.release.check [--out dist]

With --out the wheel, the sdist and the bill of materials stay there if all is well. The running environment needs the
extra `release`; packages for the empty environment come from pip's usual index.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from email.parser import Parser
from pathlib import Path

from tools.release.licences import licences_in_words, name_unknown_licences

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
MUST_HOLD = ("jc1p/py.typed", "jc1p/config.example.yaml", "jc1p/reports/html/report.css", "jc1p/reports/html/report.js")
SHELLS = {
    "bash": "complete -o default -F _jc1p_completion jc1p",
    "zsh": "#compdef jc1p",
    "fish": "complete --command jc1p",
}
BILL = "sbom.cdx.json"


class Unfit(Exception):
    """The release has a problem."""


def run(*words: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """A command's stdout. Raises Unfit with all of its output."""
    done = subprocess.run(  # noqa: S603 - our own words
        [str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unfit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise Unfit(otherwise)


# --- building -----------------------------------------------------------------------------------------------


def build_twice(work: Path) -> tuple[Path, Path]:
    """Wheel and sdist from two copies in different places, at different times, must have the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    built: list[list[Path]] = []
    for place, zone, mask in ((work / "one", "UTC", 0o022), (work / "elsewhere" / "two", "Asia/Kathmandu", 0o077)):
        with umask(mask):
            copy_sources(place)
            settings = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": zone, "PYTHONHASHSEED": str(len(built) + 1)}
            run(
                TOOLS / "python",
                "-m",
                "build",
                "--no-isolation",
                "--outdir",
                place / "dist",
                place,
                environment=settings,
            )
        built.append(sorted((place / "dist").iterdir()))
    sums = [[(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths] for paths in built]
    demand(sums[0] == sums[1], f"two builds differ: {sums}")
    demand([path.suffix for path in built[0]] == [".whl", ".gz"], f"not one wheel and one sdist: {built[0]}")
    return built[0][0], built[0][1]


class umask:  # noqa: N801 - reads as what it is
    """Files are created with this umask while the context lasts."""

    def __init__(self, mask: int) -> None:
        self.mask = mask

    def __enter__(self) -> None:
        self.mask = os.umask(self.mask)

    def __exit__(self, *_: object) -> None:
        os.umask(self.mask)


def copy_sources(place: Path) -> None:
    """Every file that git tracks or would track, in its current state."""
    for name in run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines():
        source, target = ROOT / name, place / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


# --- checks -------------------------------------------------------------------------------------------------


def judge_files(wheel: Path, sdist: Path) -> str:
    """The version in all of them; they must have the required files, and no others."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        head = next(name for name in names if name.endswith(".dist-info/METADATA"))
        facts = Parser().parsestr(archive.read(head).decode())
        data = {name: archive.read(name) for name in names if not name.endswith(".py")}
    info = head.partition("/")[0]
    version = facts["Version"]
    for name in (*MUST_HOLD, f"{info}/licenses/LICENSE", f"{info}/entry_points.txt"):
        demand(name in names, f"{name} is not in the wheel")
    strays = [name for name in names if not name.startswith(("jc1p/", f"{info}/"))]
    demand(not strays, f"in the wheel, and shouldn't be: {strays}")
    demand(
        data["jc1p/config.example.yaml"] == (ROOT / "config.example.yaml").read_bytes(), "another config.example.yaml"
    )
    demand(facts["License-Expression"] == "MIT", "no licence in the metadata")
    demand(wheel.name == f"jc1p-{version}-py3-none-any.whl" and sdist.name == f"jc1p-{version}.tar.gz", wheel.name)
    with tarfile.open(sdist) as archive_of_sources:
        kept = {name.partition("/")[2] for name in archive_of_sources.getnames()}
    tracked = set(run("git", "ls-files", "-co", "--exclude-standard", "jc1p", "tests", "docs", cwd=ROOT).splitlines())
    demand(tracked <= kept, f"not in the sdist: {sorted(tracked - kept)[:5]}")
    run(TOOLS / "twine", "check", "--strict", wheel, sdist)
    return str(version)


def judge_version(version: str) -> None:
    """If this commit has a tag, it names the version; the changelog has a section for the version."""
    tags = run("git", "tag", "--points-at", "HEAD", "v*", cwd=ROOT).split()
    if tags:
        demand(tags == [f"v{version}"], f"this is {version}, and the commit's tag says {tags}")
        demand(f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text(), f"CHANGELOG.md has no section {version}")


def install(work: Path, wheel: Path) -> Path:
    """An environment with only the wheel and its dependencies, without pip; returns its folder of commands."""
    empty = work / "empty"
    run(sys.executable, "-m", "venv", "--without-pip", empty)
    pip(empty, wheel)
    return empty / "bin"


def pip(environment: Path, *what: str | Path) -> None:
    run(
        TOOLS / "python", "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet",
        "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt", *what,
    )  # fmt: skip


def make_bill(commands: Path, place: Path, version: str) -> Path:
    """The bill of materials of that environment: valid CycloneDX, and the same each time."""
    bill, facts = place / BILL, place.parent / "pyproject.toml"
    # The tool doesn't ask hatch for the version.
    facts.write_text((ROOT / "pyproject.toml").read_text().replace('dynamic = ["version"]', f'version = "{version}"'))
    run(
        TOOLS / "cyclonedx-py", "environment", "--pyproject", facts, "--sv", "1.6", "--validate",
        "--output-reproducible", "-o", bill, commands / "python",
    )  # fmt: skip
    found = json.loads(bill.read_text())
    if name_unknown_licences(found):
        bill.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(f"licences: {licences_in_words(found)}\n")
    inside = {part["name"].lower(): part["version"] for part in found["components"]}
    root = found["metadata"]["component"]
    demand((root["name"], root.get("version")) == ("jc1p", version), f"whose bill is this? {root}")
    demand({"httpx", "pydantic", "typer", "sniffio"} <= inside.keys(), f"what it needs is not in the bill: {inside}")
    demand(not {"pip", "pytest", "ruff", "starlette"} & inside.keys(), f"what it doesn't need is: {sorted(inside)}")
    unstated = [part["name"] for part in found["components"] if not part.get("licenses")]
    demand(not unstated, f"the bill is silent on the licences of {unstated}")
    demand(str(ROOT) not in bill.read_text(), "the bill tells where it was made")
    return bill


def judge_commands(commands: Path, work: Path, version: str) -> None:
    """The command in its empty environment, away from the sources, with few variables set."""
    home = work / "home"
    home.mkdir()
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(home)}

    def jc1p(*words: str, **more: str) -> str:
        return run(commands / "jc1p", *words, cwd=home, environment={**bare, **more})

    demand(jc1p("--version") == f"jc1p {version}\n", "it tells another version")
    for shell, line in SHELLS.items():
        demand(line in jc1p(_JC1P_COMPLETE=f"source_{shell}"), f"{shell} gets no completion")
    offered = jc1p(_JC1P_COMPLETE="complete_bash", COMP_WORDS="jc1p re", COMP_CWORD="1").split()
    demand(set(offered) == {"report", "resume", "review"}, f"completion offers {offered}")
    jc1p("config", "init", "--config", str(home / "jc1p.yaml"))
    demand(
        (home / "jc1p.yaml").read_bytes() == (ROOT / "config.example.yaml").read_bytes(), "config init writes another"
    )
    typed = run(commands / "python", "-c", "import jc1p; print(jc1p.__file__)", cwd=home, environment=bare)
    demand(str(commands.parent) in typed, f"it runs from {typed}")


def judge_demo(commands: Path, work: Path, wheel: Path) -> None:
    """The whole demo, with the extra `sandbox`."""
    pip(commands.parent, f"{wheel}[sandbox]")
    told = run(commands / "jc1p", "demo", cwd=work / "home", environment={"PATH": "/usr/bin:/bin", "HOME": str(work)})
    sys.stdout.write(told.splitlines()[-1] + "\n")


def judge_sdist(work: Path, wheel: Path, sdist: Path) -> None:
    """What pip installs from the sdist equals the wheel."""
    run(
        TOOLS / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--no-build-isolation", "--target", work / "from-sdist", sdist,
    )  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith("jc1p/"):
                there = work / "from-sdist" / name
                demand(there.is_file() and there.read_bytes() == archive.read(name), f"the sdist gives another {name}")


def judge_pipx(work: Path, wheel: Path, version: str) -> None:
    """`pipx run --spec WHEEL jc1p`, as users try a tool."""
    settings = {**os.environ, "PIPX_HOME": str(work / "pipx"), "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    told = run(TOOLS / "pipx", "run", "--spec", wheel, "jc1p", "--version", environment=settings)
    demand(told == f"jc1p {version}\n", f"pipx runs something else: {told}")


# --- all checks ---------------------------------------------------------------------------------------------


def check(work: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each step by name; at the end work/release has the files for the release."""
    release = work / "release"
    release.mkdir()

    def build() -> None:
        for made in build_twice(work):
            shutil.copy(made, release)

    yield "two builds are the same", build
    wheel, sdist = (next(release.glob(pattern)) for pattern in ("*.whl", "*.tar.gz"))
    version = wheel.name.split("-")[1]
    yield "what is in it", lambda: judge_version(judge_files(wheel, sdist))
    yield "sdist installs", lambda: judge_sdist(work, wheel, sdist)
    yield "wheel installs into nothing", lambda: install(work, wheel)
    commands = work / "empty" / "bin"
    yield "bill of materials", lambda: make_bill(commands, release, version)
    yield "commands and completion", lambda: judge_commands(commands, work, version)
    yield "pipx", lambda: judge_pipx(work, wheel, version)
    yield "demo", lambda: judge_demo(commands, work, wheel)


def main() -> int:
    """Run every step; 1 at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        try:
            for name, step in check(work):
                began = time.monotonic()
                step()
                sys.stdout.write(f"ok {time.monotonic() - began:5.1f} s  {name}\n")
        except Unfit as unfit:
            sys.stderr.write(f"not fit for release: {unfit}\n")
            return 1
        if out:
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(work / "release", out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
