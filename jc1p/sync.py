"""The pipeline: read both sides, match, plan, judge; then, for a real run, apply and remember.

A dry run is not calling carry_out. Prompts, progress and rendering belong to cli; decisions about people
and groups to the pure core.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from jc1p.apply import Applied, Outcome, Report, apply
from jc1p.attributes import fold_email, tidy, wanted_account
from jc1p.clients.http import RetryPolicy
from jc1p.clients.jumpcloud import JumpCloudClient
from jc1p.clients.scim import ScimClient
from jc1p.config import Config
from jc1p.errors import IncompleteRead, UnsafePlan, UsageError
from jc1p.guard import Verdict, check_plan
from jc1p.matching import match
from jc1p.models import Account, MembershipView, SourceDirectory, TargetDirectory
from jc1p.plan import Kind, Plan, fingerprint
from jc1p.planning import Situation, build_plan
from jc1p.planning.narrowing import Narrowing, narrow
from jc1p.policy import Memory
from jc1p.run import Requests, SourceCounts, TargetCounts
from jc1p.scope import choose_groups, select
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything up to the decision to apply: what was read, the plan, the verdict."""

    situation: Situation
    plan: Plan
    verdict: Verdict
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
    retry = RetryPolicy(
        attempts=config.http.attempts, max_elapsed=config.http.max_elapsed, timeout=config.http.timeout
    )
    async with (
        JumpCloudClient(
            config.jumpcloud.api_root,
            credentials.jumpcloud(config.jumpcloud.token_url),
            org_id=config.jumpcloud.org_id,
            retry=retry,
            concurrency=config.http.jumpcloud_concurrency,
            run_id=run_id,
        ) as jumpcloud,
        ScimClient(
            config.onepassword.scim_root,
            config.onepassword.scim_base_paths,
            credentials.bridge_token,
            retry=retry,
            concurrency=config.http.onepassword_concurrency,
            run_id=run_id,
        ) as bridge,
    ):
        yield Clients(jumpcloud, bridge)
