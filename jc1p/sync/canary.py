"""Runs a canary's steps in 1Password, with a journal, and cleans up whatever goes wrong.

The target refuses to touch anything that this run didn't create, so existing accounts and groups never change. The
caller decides whether the canary may start.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from jc1p.core.canary import GROUP, NAME, USER, Canary, clean_up, steps
from jc1p.core.folding import fold, tidy
from jc1p.core.models import Account, Created, Group, NewAccount
from jc1p.core.outcomes import Applied, Failed, Outcome, Report
from jc1p.core.plan import Change, Kind, Plan
from jc1p.errors import BelongsToAnother, Jc1pError, OutcomeUnknown, StateUnavailable, in_our_words
from jc1p.state.journal import Journal
from jc1p.sync.apply import apply
from jc1p.sync.observer import Observer, Observers, Unobserved
from jc1p.sync.progress import ApplyOptions
from jc1p.sync.recorder import Recorder
from jc1p.sync.target import Target

SERVICE = "1Password"


class CanaryFate(StrEnum):
    """What happened to the account or the group."""

    NEVER_MADE = "never made"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    THERE = "there"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class OnlyItsOwn:
    """A target that changes only the canary's account and group, and only if this run created them."""

    target: Target
    canary: Canary
    find: Callable[[str], Awaitable[Account | None]]
    made: dict[str, str] = field(default_factory=dict)
    """USER and GROUP to SCIM id, if this run certainly created them."""
    fates: dict[str, CanaryFate] = field(
        default_factory=lambda: {USER: CanaryFate.NEVER_MADE, GROUP: CanaryFate.NEVER_MADE}
    )

    def own(self, key: str, scim_id: str) -> None:
        """Raises BelongsToAnother for anything that this run didn't create."""
        if self.made.get(key) != scim_id:
            raise BelongsToAnother(f"{scim_id} is not the canary's; it was left alone", service=SERVICE)

    async def creating(self, key: str, create: Awaitable[Created]) -> Created:
        """A create; only a clear refusal means that nothing was created."""
        self.fates[key] = CanaryFate.UNKNOWN
        try:
            return await create
        except OutcomeUnknown:
            raise
        except Jc1pError:
            self.fates[key] = CanaryFate.NEVER_MADE
            raise

    async def create_user(self, new: NewAccount) -> Created:
        """Invite; an account that already existed is never taken over, however the bridge reports it."""
        created = await self.creating(USER, self.target.create_user(new._replace(external_id=self.canary.mark)))
        account = created.account
        is_ours = account is not None and (
            fold(account.user_name) == fold(self.canary.email) and tidy(account.display_name) == NAME and account.active
            and account.external_id in {"", self.canary.mark}
        )  # fmt: skip
        if created.existed or not is_ours:
            self.fates[USER] = CanaryFate.NEVER_MADE
            raise BelongsToAnother(
                f"1Password answered with the account {created.id}, which was there before; it was left alone",
                service=SERVICE,
            )
        self.made[USER], self.fates[USER] = created.id, CanaryFate.ACTIVE
        return created

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        """Change the canary's account."""
        self.own(USER, scim_id)
        return await self.target.update_user(scim_id, attributes)

    async def create_group(self, name: str, external_id: str) -> Created:  # noqa: ARG002 - it has a mark of its own
        """Create the group. It counts as new only if 1Password shows this: by the mark, or by having no members.

        A create may return an existing group that provisioning doesn't list, with its vaults and members.
        """
        created = await self.creating(GROUP, self.target.create_group(name, self.canary.mark))
        shown = created.group.external_id if created.group else ""
        group = None if created.existed or shown else await self.target.read_group(created.id)
        shown = shown or (group.external_id if group else "")
        members = {} if shown else await self.target.read_members([created.id])
        is_new = shown == self.canary.mark if shown else members.get(created.id) == frozenset()
        if created.existed or not is_new:
            self.fates[GROUP] = CanaryFate.NEVER_MADE if created.existed else CanaryFate.UNKNOWN
            raise BelongsToAnother(
                f"1Password answered with the group {created.id}, and nothing shows that it is new; it was left alone",
                service=SERVICE,
            )
        self.made[GROUP], self.fates[GROUP] = created.id, CanaryFate.THERE
        return created

    async def rename_group(self, scim_id: str, name: str) -> None:  # noqa: ARG002 - the protocol's signature
        """Never used."""
        raise BelongsToAnother(f"a canary renames no group ({scim_id})", service=SERVICE)

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add the canary's account to its group."""
        self.own_members(group_id, member_ids)
        await self.target.add_members(group_id, member_ids)

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove it again."""
        self.own_members(group_id, member_ids)
        await self.target.remove_members(group_id, member_ids)

    def own_members(self, group_id: str, member_ids: Iterable[str]) -> None:
        """Raises BelongsToAnother for another group, or for any other member."""
        self.own(GROUP, group_id)
        for each in member_ids:
            self.own(USER, each)

    async def read_members(self, group_ids: Sequence[str]) -> Mapping[str, AbstractSet[str]]:
        """Passed to the target."""
        return await self.target.read_members(group_ids)

    async def read_account(self, scim_id: str) -> Account | None:
        """Passed to the target."""
        return await self.target.read_account(scim_id)

    async def read_group(self, scim_id: str) -> Group | None:
        """Passed to the target."""
        return await self.target.read_group(scim_id)

    async def delete_group(self, scim_id: str) -> None:
        """Delete the canary's group."""
        self.own(GROUP, scim_id)
        await self.target.delete_group(scim_id)

    async def look(self) -> None:
        """Read what happened to account and group; answers of earlier requests don't count."""
        if self.fates[USER] is CanaryFate.UNKNOWN and USER not in self.made:
            await self.look_for_lost()
        for key, read in ((USER, self.look_at_account), (GROUP, self.look_at_group)):
            if key in self.made:
                try:
                    self.fates[key] = await read(self.made[key])
                except Jc1pError:
                    self.fates[key] = CanaryFate.UNKNOWN

    async def look_for_lost(self) -> None:
        """After a create with a lost answer: an account at the address with the mark is this run's."""
        with suppress(Jc1pError):
            found = await self.find(self.canary.email)
            if found and found.external_id == self.canary.mark:
                self.made[USER] = found.id

    async def look_at_account(self, scim_id: str) -> CanaryFate:
        """Active, suspended or deleted."""
        account = await self.target.read_account(scim_id)
        return CanaryFate.REMOVED if account is None else CanaryFate.ACTIVE if account.active else CanaryFate.SUSPENDED

    async def look_at_group(self, scim_id: str) -> CanaryFate:
        """There or deleted."""
        return CanaryFate.REMOVED if await self.target.read_group(scim_id) is None else CanaryFate.THERE


@dataclass(frozen=True, slots=True)
class CanaryFlight:
    """The result of a canary: the outcome of each step and of cleaning up, and what is left."""

    outcomes: tuple[Outcome, ...]
    cleaning: tuple[Outcome, ...]
    fates: Mapping[str, CanaryFate]
    stopped_by: Jc1pError | None = None

    @property
    def is_good(self) -> bool:
        """Every step was applied, and nothing is left but a suspended account."""
        is_tidy = self.fates == {USER: CanaryFate.SUSPENDED, GROUP: CanaryFate.REMOVED}
        return is_tidy and not self.cleaning and all(isinstance(each, Applied) for each in self.outcomes)

    @property
    def changed(self) -> bool:
        """Something was changed, or may have been."""
        return any(isinstance(each, Applied) or is_unknown(each) for each in self.outcomes)


def is_unknown(outcome: Outcome) -> bool:
    return isinstance(outcome, Failed) and isinstance(outcome.error, OutcomeUnknown)


async def fly(
    own: OnlyItsOwn, journal: Journal, observer: Observer, after: Callable[[Change], Awaitable[None]],
    limit: AbstractAsyncContextManager[None],
) -> CanaryFlight:  # fmt: skip
    """Run the canary's steps within `limit` and stop at the first failure; `after` may check each result.

    In any case, this run's creations are undone as far as possible: the group is deleted, the account suspended.
    """
    with journal:
        recorder = Recorder(journal)
        outcomes: list[Outcome] = []
        stopped: Jc1pError | None = None
        try:
            async with limit:
                for change in steps(own.canary):
                    report = await carry(change, own, Observers((recorder, observer)))
                    outcomes += report.outcomes
                    stopped = report.stopped_by
                    if stopped or not isinstance(report.outcomes[0], Applied):
                        break
                    await after(change)
        except Exception as error:  # noqa: BLE001 - in any case, clean up
            stopped = in_our_words(error)
        cleaning = await take_back(own, recorder, len(list(steps(own.canary))))
        try:
            recorder.report(Report((*outcomes, *cleaning), stopped))
        except Jc1pError as error:
            stopped = stopped or error
        return CanaryFlight(tuple(outcomes), tuple(cleaning), own.fates, stopped)


async def carry(change: Change, own: OnlyItsOwn, observer: Observer) -> Report:
    """One change, applied as in any other run."""
    ids = dict(own.made)
    known = change._replace(scim_id=ids.get(change.key))
    if known.scim_id is None and change.kind not in {Kind.CREATE_USER, Kind.CREATE_GROUP}:
        raise BelongsToAnother(f"{change.kind} has nothing to act on", service=SERVICE)
    return await apply(Plan((known,), ids=ids), own, observer, ApplyOptions(parallel=1))


async def take_back(own: OnlyItsOwn, recorder: Recorder, done: int) -> list[Outcome]:
    """Delete the group and suspend the account if necessary; failures are in the outcomes. Never stopped.

    The journal may be what failed. Cleaning up is done all the same, since it affects only the canary.
    """
    await own.look()
    wanted = {
        GROUP: own.fates[GROUP] is not CanaryFate.REMOVED,
        USER: own.fates[USER] not in {CanaryFate.SUSPENDED, CanaryFate.REMOVED},
    }
    outcomes: list[Outcome] = []
    for change in clean_up(own.canary, done):
        if wanted[change.key] and change.key in own.made:
            report = await carry(change, own, recorder)
            if isinstance(report.stopped_by, StateUnavailable):
                report = await carry(change, own, Unobserved())
            outcomes += report.outcomes
    if outcomes:
        await own.look()
    return outcomes
