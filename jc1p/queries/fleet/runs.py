"""Many runs side by side: how each ended, which documents couldn't be read, and which are missing. Pure data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jc1p.core.folding import tidy
from jc1p.core.outcomes import Ending
from jc1p.core.plan import Kind
from jc1p.errors import ExitCode

SEVERITY = (
    ExitCode.DONE, ExitCode.CHANGES_DUE, ExitCode.LOCKED, ExitCode.INTERRUPTED, ExitCode.IN_PART, ExitCode.REFUSED,
    ExitCode.USAGE, ExitCode.FAILED,
)  # fmt: skip
"""Exit codes, the worst last: problems that may resolve themselves come before those that wait for an admin."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error in a document."""

    code: str
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Applying:
    """How many changes had each outcome."""

    applied: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Summed:
    """One run from its document; `exit_code` is what its command exited with."""

    name: str
    source: str
    run_id: str
    created_at: datetime
    command: str
    dry_run: bool
    ending: Ending
    exit_code: ExitCode
    counts: Mapping[Kind, int] = field(default_factory=dict)
    held: int = 0
    warnings: int = 0
    verdict: str | None = None
    applying: Applying | None = None
    organization: str | None = None
    bridge: str | None = None
    error: Told | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A document that is invalid, and why."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """All runs in the given order; `missing` are the names that are expected but absent."""

    runs: tuple[Summed, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    expected: int | None = None

    @property
    def is_whole(self) -> bool:
        """True when every expected document could be read."""
        return not self.unreadable and not self.missing and self.expected in {None, len(self.runs)}

    @property
    def worst(self) -> ExitCode:
        """The worst exit code of all; an unreadable document counts as failed."""
        codes = [run.exit_code for run in self.runs]
        return max(codes if self.is_whole else [*codes, ExitCode.FAILED], key=SEVERITY.index, default=ExitCode.DONE)

    def total(self, kind: Kind) -> int:
        """How many changes of a kind there were in all runs."""
        return sum(run.counts.get(kind, 0) for run in self.runs)

    def endings(self) -> Mapping[Ending, int]:
        """The number of runs by ending."""
        return Counter(run.ending for run in self.runs)


def gather(
    read: Iterable[Summed | Unreadable], *, names: Sequence[str] = (), expected: int | None = None,
    current: tuple[datetime, datetime] | None = None,
) -> Fleet:  # fmt: skip
    """Compare read documents with the expected `names` or number. Documents from outside `current` don't count.

    Names are compared in NFC, since some file systems and archives decompose the names of files.
    """
    every = [judge_age(each, current) for each in read]
    there, wanted = {tidy(each.name) for each in every}, set(map(tidy, names))
    return Fleet(
        runs=tuple(each for each in every if isinstance(each, Summed)),
        unreadable=tuple(each for each in every if isinstance(each, Unreadable)),
        missing=tuple(dict.fromkeys(name for name in names if tidy(name) not in there)),
        unexpected=tuple(each.name for each in every if names and tidy(each.name) not in wanted),
        expected=expected,
    )


def judge_age(each: Summed | Unreadable, current: tuple[datetime, datetime] | None) -> Summed | Unreadable:
    if current is None or isinstance(each, Unreadable) or current[0] <= each.created_at <= current[1]:
        return each
    what = "is too old" if each.created_at < current[0] else "is from the future, so a clock was wrong"
    return Unreadable(each.name, each.source, f"{what}: the run was at {each.created_at:%Y-%m-%d %H:%M} UTC")
