"""Does anything in requirements.lock or build.lock have a known vulnerability? Asks the sources of pip-audit.

    python -m tools.release.audit

Exit 0: every package was checked, and none has one. Exit 1: some have. Exit 2: not checked, or not all of them.
pip-audit says "no known vulnerabilities" even if the source knows no package. So each source is first asked about a
package with known vulnerabilities, and is trusted only if it reports them.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "build.lock")
SOURCES = ("pypi", "osv")
CANARY = "jinja2==2.10"
"""Vulnerable since 2019, in every source."""
PATIENCE = 300
"""Seconds for one question."""

Answer = Mapping[str, list[str]]
"""Package by its folded name to its known vulnerabilities; without packages that the source doesn't know."""

Ask = Callable[[str, str], Answer]
"""Asks a source about the text of a requirements file."""


def pip_audit(source: str, requirements: str) -> Answer:
    """The answer of a source; empty if it can't be reached, or its answer can't be parsed."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(requirements)
        words = ("--vulnerability-service", source, "--requirement", str(listed), "--no-deps", "--disable-pip",
                 "--format", "json", "--progress-spinner", "off")  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                [Path(sys.executable).with_name("pip-audit"), *words], capture_output=True, text=True, check=False,
                timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {}
    return understood(done.stdout)


def understood(answer: str) -> Answer:
    """pip-audit's JSON, without what it skipped."""
    try:
        rows = json.loads(answer)["dependencies"]
        return {
            canonicalize_name(row["name"]): [f"{row['name']} {row['version']}: {each['id']}" for each in row["vulns"]]
            for row in rows if "skip_reason" not in row
        }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return {}


def locked_names(text: str) -> set[str]:
    """The packages of a lock that are installed on this system."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    found = [Requirement(line.partition(" --hash")[0]) for line in lines]
    return {canonicalize_name(each.name) for each in found if not each.marker or each.marker.evaluate()}


def audit(locks: Iterable[str], ask: Ask) -> tuple[int, list[str]]:
    """The exit code and the messages."""
    text = "\n".join(locks)
    names = locked_names(text)
    believed = [source for source in SOURCES if any(ask(source, CANARY).values())]
    if not believed:
        asked = f"not checked: no source of vulnerabilities could be reached (asked {', '.join(SOURCES)})"
        return 2, [f"{asked}; nothing is known about these {len(names)} packages"]
    answers = [ask(source, text) for source in believed]
    found = sorted({each for answer in answers for known in answer.values() for each in known})
    unchecked = sorted(names - {name for answer in answers for name in answer})
    said = [f"vulnerable: {each}" for each in found]
    said += [f"not checked: {name} (no answer from {', '.join(believed)})" for name in unchecked]
    if found:
        return 1, said
    if unchecked:
        return 2, said
    return 0, [f"{len(names)} packages checked with {', '.join(believed)}: no known vulnerability"]


def main() -> int:
    """Ask the sources and print the result."""
    code, said = audit([(ROOT / name).read_text() for name in LOCKS], pip_audit)
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
