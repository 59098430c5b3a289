"""The pipeline: read both sides, match, plan, judge; then, for a real run, apply and remember.

A dry run is not calling carry_out. Prompts, progress and rendering belong to cli; decisions about people
and groups to the pure core.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from jc1p.config.settings import Settings
from jc1p.core.guard import Verdict, check_plan
from jc1p.core.matching import Links
from jc1p.core.models import MembershipView, SourceDirectory, TargetDirectory
from jc1p.core.nothing import NOTHING
from jc1p.core.past_links import with_past_links
from jc1p.core.past_runs import PastRun
from jc1p.core.plan import NO_MEMORY, Plan, PlanWarning, fingerprint, most_urgent_first
from jc1p.core.planning import Situation, build_plan, situate
from jc1p.core.planning.emptied_fields import find_emptied_fields
from jc1p.core.planning.filters import narrow
from jc1p.core.policy import Policy, newest_of
from jc1p.core.run_options import RunOptions, check_permitted, recreated, resolve_filter, users_meant
from jc1p.core.run_record import LONG_PAUSE, SourceCounts, TargetCounts
from jc1p.core.scope import Scope, choose_groups
from jc1p.errors import IncompleteRead
from jc1p.runtime.command_lines import command_line
from jc1p.state.past_journals import runs_after
from jc1p.state.pause import Pause, read_pause
from jc1p.state.recovery import (
    Past,
    had_first_run,
    has_journal,
    ids_of,
    recall_email_changes,
    recall_suspensions,
    runs_unknown_to,
    warn_of,
    without_ended,
)
from jc1p.sync.clients import Clients
from jc1p.sync.confirm_removals import confirm_losses
from jc1p.sync.lookup_unlisted import Also, look_up_unlisted
from jc1p.sync.member_lists import (
    LISTED,
    LISTS_ARE_CUT,
    about_to_change,
    contradicts,
    emptied,
    like_a_cut,
    with_own_members,
)
from jc1p.sync.run_context import RunContext


class Prepared(NamedTuple):
    """Everything up to the decision to apply: what was read, the plan, the verdict."""

    situation: Situation
    plan: Plan
    verdict: Verdict
    scope: str
    fingerprint: str
    is_narrow: bool
    allow: Mapping[str, int] = NOTHING
    past: Past = Past()
    is_first: bool = False
    """The first run that is neither narrowed nor a rollback: what it removes was left over from before jc1p."""
    is_undo: bool = False

    @property
    def source_counts(self) -> SourceCounts:
        """JumpCloud in figures."""
        have, desired = self.situation.source, self.situation.desired
        return SourceCounts(len(have.people), len(have.groups), len(desired.people), len(desired.groups))

    @property
    def target_counts(self) -> TargetCounts:
        """1Password in figures."""
        actual = self.situation.actual
        visible = actual.membership_view is not MembershipView.NONE
        return TargetCounts(len(actual.accounts), len(actual.groups), actual.complete, visible)

    @property
    def is_good(self) -> bool:
        """Complete, allowed and whole: later runs are measured against it, whatever happened to single changes."""
        is_whole = not self.is_narrow and not self.is_undo
        return self.situation.actual.complete and self.verdict.allowed and is_whole


async def survey(
    clients: Clients, settings: Settings, context: RunContext, *, also: Also | None = None, past: Past | None = None
) -> Situation:  # fmt: skip
    """Read both sides and match them. Changes nothing. `also` are SCIM ids to look up if no list shows them.

    Raises:
        Jc1pError: something couldn't be read, or the configuration names something that doesn't exist.
    """
    source, actual = await read_both(clients, settings)
    return await survey_read(source, actual, clients, settings, context, also=also, past=past)


async def survey_read(
    source: SourceDirectory, actual: TargetDirectory, clients: Clients, settings: Settings, context: RunContext, *,
    also: Also | None = None, past: Past | None = None,
) -> Situation:  # fmt: skip
    """The situation from both sides as their lists show them. Raises as survey."""
    scope, policy, state, links = settings.scope, settings.policy, context.state, context.state.links()
    refuse_sudden_emptiness(actual, links)
    is_cut = actual.membership_view in LISTED and state.is_done(LISTS_ARE_CUT)
    is_cut = is_cut or await contradicts(clients.bridge, actual, like_a_cut(actual.groups.values()))
    if is_cut:
        actual = await with_own_members(clients.bridge, actual)
    unsettled = past.unsettled if past else ()
    links = with_past_links(links, runs_unknown_to(state, context.folder, unsettled), source, actual)
    found = await look_up_unlisted(clients.bridge, actual, source, links, also)
    memory = state.memory(with_added=found.actual.membership_view is MembershipView.NONE)
    recalled = recall_suspensions(context.folder, state, unsettled)
    asked = recall_email_changes(context.folder, state, unsettled)
    memory = memory._replace(
        suspensions=recalled | without_ended(memory.suspensions, unsettled), requests=newest_of(memory.requests, asked)
    )
    situation = situate(source, found.actual, scope, policy, found.links, memory, context.now)
    return replace(situation, vanished_groups=found.vanished_groups, lists_are_cut=is_cut)


async def survey_again(situation: Situation, clients: Clients, settings: Settings) -> Situation:
    """The same situation with members as each group's own resource shows them."""
    actual = await with_own_members(clients.bridge, situation.actual)
    again = situate(
        situation.source, actual, settings.scope, situation.policy, situation.links, situation.memory, situation.now
    )
    return replace(again, vanished_groups=situation.vanished_groups, lists_are_cut=True)


async def prepare(
    clients: Clients, settings: Settings, context: RunContext, options: RunOptions | None = None, *,
    past: Past | None = None, undo: PastRun | None = None,
) -> Prepared:  # fmt: skip
    """Read both sides, plan, judge. Changes nothing.

    `past` is what the journal says of earlier runs; `undo` is a run whose inverse is planned instead.

    Raises:
        Jc1pError: something couldn't be read, or the configuration names what doesn't exist.
    """
    options, past, also = options or RunOptions(), past or Past(), Also(*ids_of(undo)) if undo else None
    situation = await survey(clients, settings, context, also=also, past=past)
    resolve_filter(situation, options)
    whole = build_plan(situation)
    if await hides_members(situation, whole, clients, context):
        situation = await survey_again(situation, clients, settings)
        whole = build_plan(situation)
    prepared = decide(situation, whole, settings, context, options, past=past, undo=undo)
    if prepared.verdict.allowed and not undo:
        await confirm_losses(prepared.situation, prepared.plan, clients.jumpcloud)
    return prepared


async def hides_members(situation: Situation, plan: Plan, clients: Clients, context: RunContext) -> bool:
    """Whether the lists leave members out of groups that a plan is about to change, or that seem empty all at once."""
    actual, bridge = situation.actual, clients.bridge
    if situation.lists_are_cut:
        return False
    return await contradicts(bridge, actual, emptied(context.state, actual.groups)) or await contradicts(
        bridge, actual, about_to_change(plan, actual.groups)
    )


def decide(
    situation: Situation, whole: Plan, settings: Settings, context: RunContext, options: RunOptions, *, past: Past,
    undo: PastRun | None = None,
) -> Prepared:  # fmt: skip
    """The plan of a situation under the options, judged. Sends nothing. Raises as prepare."""
    chosen = resolve_filter(situation, options)
    if options.permits:
        check_permitted(options, situation, whole)
        situation = replace(
            situation,
            invite=options.invited,
            recreate=recreated(situation, options.recreate),
            reactivate=users_meant(situation, options.reactivate),
        )
        whole = build_plan(situation)
    if undo:
        whole = taken_back(whole, undo, situation, context)
    scope = scope_name(settings.scope)
    emptied = find_emptied_fields(situation, context.state.filled_before(scope)) if settings.scope.users else ()
    plan = with_warnings(
        narrow(whole, chosen),
        [*warn_of_damage(context), *warn_of_long_pause(context), *warn_of_no_memory(situation, context),
         *warn_of(past.unsettled), *emptied],
    )  # fmt: skip
    people_before = None if undo else context.state.people_before(scope)
    limits = settings.limits._replace(allow_empty_source=True) if undo else settings.limits
    verdict = check_plan(
        plan, limits, people_before=people_before, allow=options.allowances, recent=past.recent,
        failed_before=past.failed_last,
    )  # fmt: skip
    is_whole = not chosen.is_narrow and undo is None
    if undo:
        verdict = verdict._replace(hint="", command=command_line("rollback", undo.run_id))
    return Prepared(
        situation=situation,
        plan=plan,
        verdict=verdict,
        scope=scope,
        fingerprint=fingerprint(
            plan, settings=settings_digest(settings.scope, situation.policy, settings.accounts, *options.digested)
        ),
        is_narrow=chosen.is_narrow,
        allow=options.allowances,
        past=past,
        is_first=is_whole and not context.state.has_good_run() and not had_first_run(context.folder),
        is_undo=undo is not None,
    )


def warn_of_damage(context: RunContext) -> list[PlanWarning]:
    """Warn that state was lost, in the document too: a run without it holds more than others."""
    damage = context.state.damage
    return [PlanWarning("state_damaged", "state.db", damage)] if damage else []


def warn_of_no_memory(situation: Situation, context: RunContext) -> list[PlanWarning]:
    """Warn that state and journal know no earlier run although jc1p has linked accounts: more is held then."""
    if not situation.linked_accounts or context.state.has_good_run() or has_journal(context.folder):
        return []
    message = (
        "no record of earlier runs (state or journal). This "
        "run does not reactivate suspended accounts and may hold more changes than usual"
    )
    return [PlanWarning(NO_MEMORY, "state.db", message)]


def taken_back(whole: Plan, undo: PastRun, situation: Situation, context: RunContext) -> Plan:
    """The inverse of a run, with everything else from the current plan; `context` has the pause that it begins."""
    from jc1p.core.rollback import invert  # noqa: PLC0415 - only a rollback needs it

    pause, later = context.pause, runs_after(context.folder, undo.run_id)
    inverse = invert(undo, situation, whole.bases, later)
    again = [PlanWarning("made_again", undo.run_id, made_again(pause))] if inverse.changes else []
    if pause and not inverse.changes:
        again = [PlanWarning("not_paused", undo.run_id, "nothing to undo; --pause did not pause runs")]
    return whole._replace(
        changes=inverse.changes, held=inverse.held, warnings=(*again, *inverse.warnings), ids=inverse.ids
    )


def made_again(pause: Pause | None) -> str:
    """Warn that the next sync undoes a rollback, and what to do first; `pause` is the one that the rollback begins."""
    if pause is None or pause.until is None:
        return (
            "JumpCloud still has the changes that this rollback undoes, so the next sync makes them "
            "again. Change JumpCloud first, or stop scheduled runs with --pause or `jc1p pause`"
        )
    return (
        f"--pause stops scheduled runs until {pause.until:%Y-%m-%d %H:%M} UTC. JumpCloud still has the changes "
        "that this rollback undoes, and the first sync after that makes them again. Change JumpCloud before "
        "then; `jc1p resume` ends the pause"
    )


def warn_of_long_pause(context: RunContext) -> list[PlanWarning]:
    """Warn that a pause may have been forgotten."""
    pause = read_pause(context.folder, context.now)
    return [long_pause(pause.told(context.now))] if pause and pause.is_long(context.now) else []


def long_pause(told: str) -> PlanWarning:
    """The warning about a pause that has lasted for long."""
    return PlanWarning(
        LONG_PAUSE, "pause", f"{told}. During the pause no account is suspended; `jc1p resume` ends the pause"
    )


def scope_name(scope: Scope) -> str:
    """The name of a scope for comparing good runs: where it takes people from, before any filter on people."""
    # Versions without scope.users used this text; with another one, their data could no longer be compared.
    named = f"Scope(application={scope.application!r}, groups={scope.groups!r}, exclude_groups=(), exclude_users=())"
    return short_name(f"({named},)")


async def read_both(clients: Clients, settings: Settings) -> tuple[SourceDirectory, TargetDirectory]:
    """Both directories at once; all reading ends before any deciding."""
    async with asyncio.TaskGroup() as tasks:
        source = tasks.create_task(
            clients.jumpcloud.read_directory(
                application=settings.scope.application,
                choose_groups=partial(choose_groups, scope=settings.scope),
                extra_fields=settings.extra_fields,
            )
        )
        actual = tasks.create_task(clients.bridge.read_directory())
    return source.result(), actual.result()


def refuse_sudden_emptiness(actual: TargetDirectory, links: Links) -> None:
    """An empty 200 where accounts were linked before is a short read, not an empty account."""
    if links.users and not actual.accounts:
        raise IncompleteRead(
            f"the bridge lists no accounts, but {len(links.users)} were linked before",
            hint="Check that the bridge is connected to the right 1Password account (its status page), then run again.",
        )


def settings_digest(*settings: Scope | Policy | tuple[str, ...]) -> str:
    """A short name of settings."""
    return short_name(repr(settings))


def short_name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_warnings(plan: Plan, more: Sequence[PlanWarning]) -> Plan:
    return plan._replace(warnings=most_urgent_first([*more, *plan.warnings])) if more else plan
