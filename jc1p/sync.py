"""The pipeline: read both sides, match, plan, judge; then, for a real run, apply and remember.

A dry run is not calling carry_out. Prompts, progress and rendering belong to cli; decisions about people
and groups to the pure core.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from jc1p.apply import Applied, Failed, Outcome, Report, apply
from jc1p.attributes import fold_email, tidy, wanted_account
from jc1p.clients.http import RetryPolicy
from jc1p.clients.jumpcloud import JumpCloudClient
from jc1p.clients.scim import ScimClient
from jc1p.config import Config
from jc1p.errors import IncompleteRead, Jc1pError, NotFoundInDirectory, NotKept, UnsafePlan
from jc1p.guard import Verdict, check_plan
from jc1p.matching import Links, match
from jc1p.models import Account, MembershipView, SourceDirectory, TargetDirectory
from jc1p.plan import Change, Kind, Plan, fingerprint, user_key
from jc1p.planning import Situation, build_plan
from jc1p.planning.groups import is_missed
from jc1p.planning.narrowing import Narrowing, narrow
from jc1p.planning.people import request_value
from jc1p.policy import MEMBER, Memory, Policy, member_attribute
from jc1p.readback import Before
from jc1p.run import Requests, SourceCounts, TargetCounts
from jc1p.scope import Scope, choose_groups, select
from jc1p.settings import Credentials, extra_fields_of, limits_of, policy_of, scope_of
from jc1p.state import State


@dataclass(frozen=True, slots=True)
class Clients:
    """Both services, opened for one run."""

    jumpcloud: JumpCloudClient
    bridge: ScimClient

    @property
    def requests(self) -> Requests:
        """Requests sent so far."""
        return Requests(self.jumpcloud.requests, self.bridge.requests)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks of this run beyond the configuration."""

    narrowing: Narrowing = field(default_factory=Narrowing)
    allow: Mapping[str, int] = field(default_factory=dict)
    invite: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything up to the decision to apply: what was read, the plan, the verdict."""

    situation: Situation
    plan: Plan
    verdict: Verdict
    settings: str
    fingerprint: str
    is_narrow: bool

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
        """Complete, allowed and whole: what later runs may be measured against."""
        return self.situation.actual.complete and self.verdict.allowed and not self.is_narrow


@asynccontextmanager
async def open_clients(config: Config, credentials: Credentials, run_id: str) -> AsyncIterator[Clients]:
    """Both clients, with the configured limits; closed on leaving."""
    http = config.http
    retry = RetryPolicy(attempts=http.attempts, max_elapsed=http.max_elapsed, timeout=http.timeout)
    async with (
        JumpCloudClient(
            config.jumpcloud.api_root,
            credentials.jumpcloud,
            org_id=config.jumpcloud.org_id,
            retry=retry,
            concurrency=http.jumpcloud_concurrency,
            run_id=run_id,
        ) as jumpcloud,
        ScimClient(
            config.onepassword.scim_root,
            config.onepassword.scim_base_paths,
            credentials.bridge_token,
            retry=retry,
            concurrency=http.onepassword_concurrency,
            run_id=run_id,
        ) as bridge,
    ):
        yield Clients(jumpcloud, bridge)


async def prepare(clients: Clients, config: Config, state: State, wishes: Wishes, now: datetime) -> Prepared:
    """Read both sides, plan, judge. Changes nothing.

    Raises:
        Jc1pError: something couldn't be read, or the configuration names what doesn't exist.
    """
    scope, policy, limits = scope_of(config), policy_of(config), limits_of(config)
    links = state.links()
    source, actual = await read_both(clients, scope, policy)
    refuse_sudden_emptiness(actual, links)
    situation = replace(situate(source, actual, scope, policy, links, state.memory(), now), invite=wishes.invite)
    check_invitations(situation)
    narrowing = with_known_names(situation, wishes.narrowing)
    plan = narrow(build_plan(situation), narrowing)
    settings = settings_digest(scope, policy)
    verdict = check_plan(plan, limits, people_before=state.people_before(settings), allow=wishes.allow)
    if verdict.allowed:
        await confirm_gone(plan, clients.jumpcloud)
    return Prepared(
        situation=situation,
        plan=plan,
        verdict=verdict,
        settings=settings,
        fingerprint=fingerprint(plan, settings=settings),
        is_narrow=narrowing.is_narrow,
    )


async def read_both(clients: Clients, scope: Scope, policy: Policy) -> tuple[SourceDirectory, TargetDirectory]:
    """Both directories at once; all reading ends before any deciding."""
    async with asyncio.TaskGroup() as tasks:
        source = tasks.create_task(
            clients.jumpcloud.read_directory(
                application=scope.application,
                choose_groups=partial(choose_groups, scope=scope),
                extra_fields=extra_fields_of(policy),
            )
        )
        actual = tasks.create_task(clients.bridge.read_directory())
    return source.result(), actual.result()


def situate(
    source: SourceDirectory,
    actual: TargetDirectory,
    scope: Scope,
    policy: Policy,
    links: Links,
    memory: Memory,
    now: datetime,
) -> Situation:
    """Work out scope, wanted attributes and who is whom."""
    users = policy.users
    wanted = {
        id_: wanted_account(person, users.templates, aliases=users.aliases) for id_, person in source.people.items()
    }
    return Situation(
        source=source,
        desired=select(source, scope),
        actual=actual,
        matches=match(source.people, actual.accounts, links, wanted, users.aliases),
        wanted=wanted,
        policy=policy,
        links=links,
        memory=memory,
        now=now,
    )


def refuse_sudden_emptiness(actual: TargetDirectory, links: Links) -> None:
    """An empty 200 where accounts were linked before is a short read, not an empty account."""
    if links.users and not actual.accounts:
        raise IncompleteRead(
            f"the bridge lists no account at all, and {len(links.users)} were linked before",
            hint="Is the bridge connected to the right 1Password account? Look at its status page, then run again.",
        )


def with_known_names(situation: Situation, narrowing: Narrowing) -> Narrowing:
    """The narrowing with JumpCloud emails, where --user gave those of 1Password.

    Raises:
        NotFoundInDirectory: --user or --group names what neither side has.
    """
    check_groups(situation, narrowing)
    people = {fold_email(person.email) for person in situation.source.people.values()}
    users: set[str] = set()
    for email in sorted(narrowing.users):
        account = situation.occupied.get(fold_email(email))
        if fold_email(email) in people:
            users.add(email)
        elif account:
            users.add(situation.email_of(account))
        else:
            raise NotFoundInDirectory(
                f"--user {email}: neither JumpCloud nor 1Password knows this email",
                hint="Check the spelling.",
            )
    return replace(narrowing, users=frozenset(users))


def check_invitations(situation: Situation) -> None:
    """Whoever --invite names must be in JumpCloud. Raises NotFoundInDirectory otherwise."""
    people = {fold_email(person.email) for person in situation.source.people.values()}
    for email in sorted(situation.invite - people):
        raise NotFoundInDirectory(
            f"--invite {email}: JumpCloud knows nobody with this email", hint="Check the spelling."
        )


def check_groups(situation: Situation, narrowing: Narrowing) -> None:
    groups = [*situation.source.groups.values(), *situation.actual.groups.values()]
    names = {tidy(group.name).casefold() for group in groups} | {
        tidy(name).casefold() for name in situation.policy.groups.names.values()
    }
    for name in sorted(narrowing.groups):
        if tidy(name).casefold() not in names:
            raise NotFoundInDirectory(
                f"--group {name}: neither JumpCloud nor 1Password has a group of this name",
                hint="Check the spelling.",
            )


async def confirm_gone(plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Ask JumpCloud once more for everybody who would be suspended as deleted.

    Raises:
        IncompleteRead: somebody is there after all, so the list was short.
    """
    gone = [change for change in plan.of_kind(Kind.SUSPEND_USER) if is_about_the_gone(change)]
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(jumpcloud.find_person(change.jumpcloud_id or "")) for change in gone]
    found = [change.subject for change, answer in zip(gone, answers, strict=True) if answer.result()]
    if found:
        raise IncompleteRead(
            f"JumpCloud's list of users was short: {', '.join(found[:5])} would have been suspended as deleted, "
            "but JumpCloud still has them",
            hint="Nothing was changed. Run it again.",
        )


def is_about_the_gone(change: Change) -> bool:
    """A suspension of somebody whom the user list doesn't have: the key names the account, the id the person."""
    return change.jumpcloud_id is not None and change.key == user_key(None, change.scim_id)


def settings_digest(scope: Scope, policy: Policy) -> str:
    """What a plan was made under; last good runs are compared only under the same settings."""
    return hashlib.sha256(repr((scope, policy)).encode()).hexdigest()[:16]


# --- the real run -------------------------------------------------------------------------------------------


async def carry_out(
    prepared: Prepared,
    clients: Clients,
    state: State,
    now: datetime,
    *,
    on_outcome: Callable[[Outcome], None],
    stop: Callable[[], Jc1pError | None] = lambda: None,
) -> Report:
    """Apply an allowed plan and remember what came of it; an empty plan is remembered too.

    Raises:
        UnsafePlan: the guard refused this plan; nothing was changed.
    """
    if not prepared.verdict.allowed:
        raise UnsafePlan("the guard refused this plan; nothing was changed")
    remember_reading(prepared, state, now)

    def tell(outcome: Outcome) -> None:
        if isinstance(outcome, Applied) and outcome.awaits:
            remember_requests([outcome], state, now)
        on_outcome(outcome)

    report = await apply(
        prepared.plan, clients.bridge, before=shown_before(prepared.situation), on_outcome=tell, stop=stop
    )
    remember_report(prepared, report, state, now)
    return report


def shown_before(situation: Situation) -> Before:
    """The groups as read, for the check afterwards; only people who are active count as lost."""
    accounts = situation.actual.accounts
    active = {id_ for id_, account in accounts.items() if account.active}
    return Before(
        members={id_: group.members & active for id_, group in situation.actual.groups.items()},
        emails={id_: situation.email_of(account) for id_, account in accounts.items()},
    )


def remember_reading(prepared: Prepared, state: State, now: datetime) -> None:
    """What the reading showed: requests that were kept, absences, links of everybody in scope."""
    situation = prepared.situation
    shown = {
        (id_, attribute): value
        for id_, account in situation.actual.accounts.items()
        for attribute, value in attributes_shown(account)
    } | {(id_, "displayName"): tidy(group.name) for id_, group in situation.actual.groups.items()}
    requests = situation.memory.requests
    state.forget_requests(
        key for key, request in requests.items() if shown.get(key, "") == kept_form(key[1], request.value)
    )
    state.forget_requests(key for key in requests if key[1].startswith(MEMBER) and not is_missed(situation, *key))
    state.remember_absences(prepared.plan.absent, now)
    planned = {change.jumpcloud_id for change in prepared.plan.changes}
    in_scope = situation.desired.people.keys() & situation.matches.by_person.keys()
    links = {id_: situation.matches.by_person[id_].account_id for id_ in in_scope - planned}
    state.remember_links("user", {id_: scim for id_, scim in links.items() if situation.links.users.get(id_) != scim})


def attributes_shown(account: Account) -> list[tuple[str, str]]:
    return [
        ("userName", fold_email(account.user_name)),
        ("displayName", tidy(account.display_name)),
        ("externalId", account.external_id),
        ("active", request_value(account.active)),
    ]


def kept_form(attribute: str, value: str) -> str:
    return fold_email(value) if attribute == "userName" else value


def remember_report(prepared: Prepared, report: Report, state: State, now: datetime) -> None:
    """What was done: links of users and groups, values sent, members put in and taken out."""
    applied = [outcome for outcome in report.outcomes if isinstance(outcome, Applied)]
    state.remember_links("user", links_made(applied, group=False))
    state.remember_links("group", links_made(applied, group=True) | unchanged_group_links(prepared))
    remember_requests([outcome for outcome in applied if not outcome.awaits], state, now)
    for outcome in report.outcomes:
        if isinstance(outcome, Failed) and isinstance(outcome.error, NotKept):
            for account_id in outcome.error.added:
                state.remember_request(outcome.error.group_id, member_attribute(account_id), "added", now)
    if prepared.situation.actual.membership_view is MembershipView.NONE:
        remember_members(prepared, applied, state)
    if prepared.is_good and not report.has_failures:
        state.remember_good_run(prepared.settings, prepared.plan.bases.people_in_scope, now)


def links_made(applied: list[Applied], *, group: bool) -> dict[str, str]:
    return {
        outcome.change.jumpcloud_id: outcome.scim_id
        for outcome in applied
        if outcome.change.jumpcloud_id and outcome.scim_id
        and (outcome.change.group is not None) is group
        and outcome.change.kind is not Kind.DELETE_GROUP
        and not is_about_the_gone(outcome.change)
    }  # fmt: skip


def unchanged_group_links(prepared: Prepared) -> dict[str, str]:
    """Groups that were right already, so that a later rename keeps them."""
    by_key = prepared.plan.ids
    groups = prepared.situation.desired.groups
    return {id_: by_key[key] for id_ in groups if (key := f"group:{id_}") in by_key}


def remember_requests(applied: list[Applied], state: State, now: datetime) -> None:
    """Values that the next reading should show."""
    for outcome in applied:
        if outcome.change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP} or outcome.scim_id is None:
            continue
        for attribute, difference in outcome.change.attributes.items():
            state.remember_request(outcome.scim_id, attribute, request_value(difference.after), now)


def remember_members(prepared: Prepared, applied: list[Applied], state: State) -> None:
    ids = {
        **prepared.plan.ids,
        **{outcome.change.key: outcome.scim_id for outcome in applied if outcome.scim_id},
    }
    for outcome in applied:
        members = [ids[member.key] for member in outcome.members if member.key in ids]
        if outcome.change.kind is Kind.ADD_MEMBERS and outcome.scim_id:
            state.remember_members(outcome.scim_id, added=members)
        if outcome.change.kind is Kind.REMOVE_MEMBERS and outcome.scim_id:
            state.remember_members(outcome.scim_id, removed=members)
