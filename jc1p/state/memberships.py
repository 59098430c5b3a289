"""The record of memberships in the state file: stays in groups, the runs that saw them, and closed reviews.

Rows are written only when something changes. One digest per group shows whether it did, so a run without changes loads
nothing else. Ids and runs are stored as numbers, since a large company has many memberships.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from jc1p.core.membership_record import Hand, RecordedRun, Records, Review, Stay, Touch
from jc1p.state.journal import FOLDER
from jc1p.state.run_order import journals
from jc1p.state.store import State
from jc1p.state.tables import GOOD_RUNS, REVIEWS, SEEN_GROUPS, SEEN_IDS, SEEN_RUNS, STAYS, moment, whole, words

GROUP, ACCOUNT = "group", "user"
"""The kinds that a number stands for; the same two in every table of the file."""

STILL = 0
"""In place of a run: the stay has not ended."""

KEPT = timedelta(days=730)
"""How long a stay is remembered after its end."""

HANDS = {Hand.UNKNOWN: 0, Hand.JC1P: 1, Hand.OUTSIDE: 2, Hand.NOT_RECORDED: 3}
HAND_OF = {number: hand for hand, number in HANDS.items()}
"""A hand is stored as a number."""


def read_digests(state: State) -> dict[str, str]:
    """Group id to the digest of its recorded members; "" if they have to be compared again."""
    found: dict[str, str] = {}

    def parse(group_id: str, digest: str, _since: int) -> None:
        found[words(group_id)] = words(digest)

    state.take(SEEN_GROUPS, parse)
    return found


@dataclass(slots=True)
class Book:
    """The record, opened for writing by one run; the run itself is written with the first change."""

    state: State
    run: RecordedRun
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _accounts: dict[int, str] = field(default_factory=dict)
    """The accounts by number, since each group asks for its members."""
    _run_numbers: dict[str, int] = field(default_factory=dict)
    _newest_id: int = 0
    _newest_run: int = STILL
    _is_loaded: bool = False

    def present(self, group_id: str) -> dict[str, int]:
        """The accounts recorded in a group, with the number of the run in which their stay began."""
        self._load()
        found: dict[str, int] = {}

        def parse(_: int, account: int, since: int, _hand: int, until: int, _until_hand: int) -> None:
            if whole(until) == STILL:
                found[self._accounts[account]] = whole(since)

        number = self._numbers.get((GROUP, group_id))
        if number is not None:
            self.state.take(STAYS, parse, first=number)
        return found

    def begin(self, group_id: str, stays: Mapping[str, tuple[RecordedRun, Hand]], names: Mapping[str, str]) -> None:
        """Stays begin, each with the run that made or first saw it."""
        self._give_numbers(GROUP, [group_id], names)
        self._give_numbers(ACCOUNT, stays, names)
        group = self._numbers[GROUP, group_id]
        rows = [
            (group, self._numbers[ACCOUNT, id_], self._run_number(run), HANDS[hand], STILL, 0)
            for id_, (run, hand) in stays.items()
        ]
        self.state.put("INSERT OR REPLACE INTO stays VALUES (?, ?, ?, ?, ?, ?)", rows)

    def end(self, group_id: str, stays: Mapping[str, tuple[RecordedRun, Hand]]) -> None:
        """Stays end, each with the run that ended it or saw that it had ended."""
        self._load()
        group = self._numbers.get((GROUP, group_id), -1)
        rows = [
            (self._run_number(run), HANDS[hand], group, self._numbers.get((ACCOUNT, id_), -1))
            for id_, (run, hand) in stays.items()
        ]
        self.state.put(
            "UPDATE stays SET until = ?, until_hand = ? WHERE group_no = ? AND account_no = ? AND until = 0", rows
        )

    def settle(self, group_id: str, digest: str, *, is_new: bool) -> None:
        """Note the current members of a group, and (`is_new`) that its record begins with this run."""
        if is_new:
            row = (group_id, digest, self._run_number(self.run))
            self.state.put("INSERT OR REPLACE INTO seen_groups VALUES (?, ?, ?)", [row])
            return
        self.state.put("UPDATE seen_groups SET digest = ? WHERE group_id = ?", [(digest, group_id)])

    def name(self, names: Mapping[str, str]) -> None:
        """Remember the current names of recorded ids."""
        self._load()
        # With its kind, so that SQLite finds the row by its key: without, each update read the whole table.
        rows = [
            (name, kind, id_)
            for id_, name in names.items()
            for kind in (GROUP, ACCOUNT)
            if (kind, id_) in self._numbers
        ]
        self.state.put("UPDATE seen_ids SET name = ?1 WHERE kind = ?2 AND scim_id = ?3 AND name <> ?1", rows)

    def forget_old(self) -> None:
        """Delete stays that ended long ago."""
        self.state.put(
            "DELETE FROM stays WHERE until IN (SELECT number FROM seen_runs WHERE at < ?)",
            [((self.run.at - KEPT).isoformat(),)],
        )

    def _load(self) -> None:
        if self._is_loaded:
            return
        self._is_loaded = True

        def parse_id(kind: str, scim_id: str, number: int, _: str) -> None:
            self._numbers[words(kind), words(scim_id)] = whole(number)
            if kind == ACCOUNT:
                self._accounts[number] = scim_id

        def parse_run(number: int, run_id: str, *_: str) -> None:
            self._run_numbers[words(run_id)] = whole(number)

        self.state.take(SEEN_IDS, parse_id)
        self.state.take(SEEN_RUNS, parse_run)
        # A damaged row of ids or runs is dropped, and stays may still have its number: nothing else may get it.
        ids, runs = self._numbers.values(), self._run_numbers.values()
        in_groups = self.state.largest(SEEN_GROUPS, "since")
        self._newest_id = max([self.state.largest(STAYS, "group_no", "account_no"), *ids])
        self._newest_run = max([self.state.largest(STAYS, "since", "until"), in_groups, *runs])

    def _give_numbers(self, kind: str, scim_ids: Iterable[str], names: Mapping[str, str]) -> None:
        """Number the ids that have no number yet."""
        self._load()
        new = [scim_id for scim_id in scim_ids if (kind, scim_id) not in self._numbers]
        rows = [
            (kind, scim_id, number, names.get(scim_id, ""))
            for number, scim_id in enumerate(new, start=self._newest_id + 1)
        ]
        self._newest_id += len(new)
        self._numbers |= {(kind, scim_id): number for _, scim_id, number, _ in rows}
        if kind == ACCOUNT:
            self._accounts |= {number: scim_id for _, scim_id, number, _ in rows}
        self.state.put("INSERT OR REPLACE INTO seen_ids VALUES (?, ?, ?, ?)", rows)

    def _run_number(self, run: RecordedRun) -> int:
        self._load()
        number = self._run_numbers.get(run.run_id)
        if number is None:
            number = self._newest_run = self._newest_run + 1
            self._run_numbers[run.run_id] = number
            row = (number, run.run_id, run.command, run.at.isoformat(), run.reference or "", run.actor or "")
            self.state.put("INSERT OR REPLACE INTO seen_runs VALUES (?, ?, ?, ?, ?, ?)", [row])
        return number


def read_records(state: State) -> Records:
    """The whole record; invalid rows are skipped. Raises StateUnavailable."""
    runs = read_seen_runs(state)
    ids: dict[int, str] = {}
    names: dict[str, str] = {}
    stays: list[Stay] = []
    groups: dict[str, RecordedRun] = {}

    def parse_id(_: str, scim_id: str, number: int, name: str) -> None:
        known, called = words(scim_id), words(name)
        ids[whole(number)], names[known] = known, called

    def parse_stay(group: int, account: int, since: int, hand: int, until: int, until_hand: int) -> None:
        end = Touch(runs[until], HAND_OF[until_hand]) if until != STILL else None
        stays.append(Stay(ids[group], ids[account], Touch(runs[since], HAND_OF[hand]), end))

    def parse_group(group_id: str, _: str, since: int) -> None:
        groups[words(group_id)] = runs[since]

    state.take(SEEN_IDS, parse_id)
    state.take(STAYS, parse_stay)
    state.take(SEEN_GROUPS, parse_group)
    return Records(tuple(stays), groups, names, tuple(read_reviews(state)), last_reading(state))


def read_seen_runs(state: State) -> dict[int, RecordedRun]:
    """The runs that recorded something, by number."""
    found: dict[int, RecordedRun] = {}

    def parse(number: int, run_id: str, command: str, at: str, reference: str, actor: str) -> None:
        run = RecordedRun(words(run_id), words(command), moment(at), words(reference) or None, words(actor) or None)
        found[whole(number)] = run

    state.take(SEEN_RUNS, parse)
    return found


def read_reviews(state: State) -> Iterable[Review]:
    """The closed reviews, oldest first."""
    found: list[Review] = []

    def parse(at: str, run_id: str, actor: str, reference: str) -> None:
        found.append(Review(moment(at), words(run_id), words(actor) or None, words(reference) or None))

    state.take(REVIEWS, parse)
    return sorted(found, key=lambda each: each.at)


def remember_review(state: State, review: Review) -> None:
    """Note that a review was closed."""
    row = (review.at.isoformat(), review.run_id, review.actor or "", review.reference or "")
    state.put("INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?)", [row])


def last_reading(state: State) -> datetime | None:
    """When all groups were last read for the record: the newest good run, in any scope, or the newest closed review."""
    found = [review.at for review in read_reviews(state)]
    state.take(GOOD_RUNS, lambda _scope, _people, at: found.append(moment(at)))
    return max(found, default=None)


def is_journal_lost(state: State, folder: Path, *, besides: str = "") -> bool:
    """True when the journal lacks runs that the record names, and what it has begins after the last reading.

    A change since that reading may then come from a run of jc1p that is no longer recorded. `besides` is the id of the
    run in progress. Raises StateUnavailable.
    """
    kept, read = [path.stem for path in journals(folder / FOLDER) if path.stem != besides], last_reading(state)
    if kept and read and min(kept) < f"{read:%Y%m%dT%H%M%SZ}~":
        return False
    return not own_runs(state) - {besides} <= frozenset(kept)


def own_runs(state: State) -> frozenset[str]:
    """The ids of runs that, by the record, added or removed members."""
    runs, found = read_seen_runs(state), set[str]()

    def parse(_group: int, _account: int, since: int, hand: int, until: int, until_hand: int) -> None:
        for number, by in ((since, hand), (until, until_hand)):
            if number in runs and HAND_OF[by] is Hand.JC1P:
                found.add(runs[number].run_id)

    state.take(STAYS, parse)
    return frozenset(found)
