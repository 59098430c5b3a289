"""Two configurations, one reading: both plans, each judged. Changes nothing, and nothing here can be applied.

1Password is read once. JumpCloud is read once if both scopes use the same application; otherwise assignments and
members are read again for the other one.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.config.settings import Settings
from jc1p.core.models import SourceDirectory, SourceGroups
from jc1p.core.planning import build_plan, situate
from jc1p.core.run_options import RunOptions, resolve_filter
from jc1p.core.scope import choose_groups
from jc1p.errors import AmbiguousApplication, ApplicationNotFound, GroupNotFound, IncompleteRead
from jc1p.state.recovery import Past
from jc1p.sync.clients import Clients
from jc1p.sync.confirm_removals import confirm_losses
from jc1p.sync.pipeline import Prepared, decide, hides_members, survey_again, survey_read
from jc1p.sync.run_context import RunContext

ABOUT_ITS_SCOPE = (AmbiguousApplication, ApplicationNotFound, GroupNotFound, IncompleteRead)


@dataclass(frozen=True, slots=True)
class OtherConfiguration:
    """Another scope, policy and guard for the same pair of accounts, with the file that they come from."""

    file: str
    settings: Settings

    @contextmanager
    def named(self) -> Iterator[None]:
        """Errors about its scope name its file."""
        try:
            yield
        except ABOUT_ITS_SCOPE as error:
            error.message = f"{self.file}: {error.message}"
            raise
        except BaseExceptionGroup as group:
            for each in leaves(group):
                if isinstance(each, ABOUT_ITS_SCOPE):
                    each.message = f"{self.file}: {each.message}"
            raise

    def choose(self, available: SourceGroups) -> frozenset[str]:
        """The groups of its scope. Raises GroupNotFound."""
        with self.named():
            return choose_groups(available, self.settings.scope)


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


async def prepare_both(
    clients: Clients,
    settings: Settings,
    proposal: OtherConfiguration,
    context: RunContext,
    options: RunOptions,
    past: Past,
) -> tuple[Prepared, Prepared]:
    """Both plans, judged. Changes nothing.

    Raises:
        Jc1pError: something couldn't be read for one of the two, so they can't be compared.
    """
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read_sources(clients.jumpcloud, settings, proposal))
        target = tasks.create_task(clients.bridge.read_directory())
    (source, other_source, jumpcloud), actual = reading.result(), target.result()
    first = await survey_read(source, actual, clients, settings, context, past=past)
    resolve_filter(first, options)
    other_settings = proposal.settings
    with proposal.named():
        second = replace(
            situate(
                other_source, first.actual, other_settings.scope, other_settings.policy, first.links, first.memory,
                first.now,
            ),
            vanished_groups=first.vanished_groups, lists_are_cut=first.lists_are_cut,
        )  # fmt: skip
    plans = build_plan(first), build_plan(second)
    pairs = zip((first, second), plans, strict=True)
    if any([await hides_members(each, plan, clients, context) for each, plan in pairs]):
        first = await survey_again(first, clients, settings)
        second = replace(second, actual=first.actual, lists_are_cut=True)
        plans = build_plan(first), build_plan(second)
    this = decide(first, plans[0], settings, context, options, past=past)
    other = decide(second, plans[1], other_settings, context, options, past=past)
    if this.verdict.allowed:
        await confirm_losses(first, this.plan, clients.jumpcloud)
    if other.verdict.allowed:
        with proposal.named():
            await confirm_losses(second, other.plan, jumpcloud)
    return this, other


async def read_sources(
    jumpcloud: JumpCloudClient, settings: Settings, proposal: OtherConfiguration
) -> tuple[SourceDirectory, SourceDirectory, JumpCloudClient]:
    """JumpCloud under both scopes, and the client that knows the other one's application."""
    mine, theirs = settings.scope, proposal.settings.scope
    fields = settings.extra_fields | proposal.settings.extra_fields
    choose = partial(choose_groups, scope=mine)
    if mine.application == theirs.application:
        source, other = await jumpcloud.read_directories(
            application=mine.application, choosers=[choose, proposal.choose], extra_fields=fields
        )
        return source, other, jumpcloud
    (source,) = await jumpcloud.read_directories(application=mine.application, choosers=[choose], extra_fields=fields)
    beside = jumpcloud.beside()
    with proposal.named():
        (other,) = await beside.read_directories(
            application=theirs.application, choosers=[partial(choose_groups, scope=theirs)], extra_fields=fields,
            known=source,
        )  # fmt: skip
    return source, other, beside
