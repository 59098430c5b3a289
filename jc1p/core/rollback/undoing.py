"""The inverse of a run while it is built, and what both users and groups ask of it. Pure."""

from dataclasses import dataclass, field

from jc1p.core.kind_words import LABELS
from jc1p.core.models import Account
from jc1p.core.past_runs import Entry
from jc1p.core.plan import Change, Held, Kind, PlanWarning, Value
from jc1p.core.planning import Situation
from jc1p.core.rollback.later_changes import LaterChanges

CANNOT_UNDO = "cannot_undo"
ANOTHERS = "the account belongs to another JumpCloud user now"


@dataclass(slots=True)
class Undoing:
    """The inverse while it is built. `ids` names groups by key for the membership changes."""

    situation: Situation
    run_id: str
    later: LaterChanges = field(default_factory=LaterChanges)
    changes: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    warnings: list[PlanWarning] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def cannot(self, entry: Entry, why: str) -> None:
        """Warn that a change can't be undone, or not completely."""
        self.warnings.append(warning_of(entry.kind, entry.subject, why))

    def is_of_later_run(self, entry: Entry, attribute: str, value: Value, of: str = "") -> bool:
        """Whether a later run is the reason for the value of an attribute; says so."""
        run_id = self.later.run_with(entry.scim_id or "", attribute, value)
        if run_id:
            what = f"{of}run {run_id} made this change again; not changed"
            self.cannot(entry, f"{what}. `jc1p rollback {run_id}` undoes it")
        return run_id is not None


def warning_of(kind: Kind, subject: str, why: str) -> PlanWarning:
    """Why a change of this kind can't be undone, or what stays of it."""
    return PlanWarning(CANNOT_UNDO, subject, f"{LABELS[kind].lower()}: {why}")


def is_anothers(situation: Situation, account: Account, person_id: str | None) -> bool:
    """Whether an account that was this user's when the run changed it is another user's by now."""
    found = situation.matches.by_account.get(account.id)
    return bool(found and person_id and found.person_id != person_id)
