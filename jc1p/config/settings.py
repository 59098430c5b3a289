"""Turns the configuration into values for other modules: scope, policy, limits, credentials, state folder."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.http.tls import TlsFiles
from jc1p.clients.jumpcloud.connection import ApiKey
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.config.choices import (
    EmptyGroup,
    EmptySource,
    ForeignMembers,
    HoldOrReactivate,
    PasswordPending,
    Staged,
    SuspendOrIgnore,
)  # fmt: skip
from jc1p.config.loader import Loaded
from jc1p.config.models import Config
from jc1p.config.people_entries import entries_of
from jc1p.config.secrets import SecretSource, resolve_secret
from jc1p.config.user_folders import user_state_folder
from jc1p.config.yaml_positions import Path_, dotted
from jc1p.core.attributes import CORE_FIELDS, placeholders
from jc1p.core.folding import fold
from jc1p.core.guard import Limits
from jc1p.core.policy import GroupPolicy, Policy, UserPolicy
from jc1p.core.scope import Scope
from jc1p.errors import ConfigError
from jc1p.state.folder_name import state_folder


class Settings(NamedTuple):
    """The configuration as plain values, made once. `accounts` names the pair of accounts."""

    scope: Scope
    policy: Policy
    limits: Limits
    retry: RetryPolicy
    max_run: float
    """Seconds."""
    jumpcloud_tls: TlsFiles
    bridge_tls: TlsFiles
    jumpcloud_url: str
    org_id: str | None
    jumpcloud_concurrency: int
    bridge_url: str
    bridge_base_paths: tuple[str, ...]
    bridge_concurrency: int

    @property
    def accounts(self) -> tuple[str, str, str]:
        """The pair of accounts that a plan is for."""
        return (self.jumpcloud_url, self.org_id or "", self.bridge_url)

    @property
    def extra_fields(self) -> frozenset[str]:
        """The JumpCloud fields that templates and the scope use, beyond those that are always read."""
        return extra_fields_of(self.policy) | (self.scope.fields - CORE_FIELDS)


def settings_of(config: Config) -> Settings:
    """Everything that a run needs from the configuration except its secrets."""
    http = config.http
    return Settings(
        scope=scope_of(config),
        policy=policy_of(config),
        limits=limits_of(config),
        retry=RetryPolicy(attempts=http.attempts, max_elapsed=http.max_elapsed, timeout=http.timeout),
        max_run=http.max_run.total_seconds(),
        jumpcloud_tls=TlsFiles(http.ca_file),
        bridge_tls=bridge_tls_of(config),
        jumpcloud_url=config.jumpcloud.api_root,
        org_id=config.jumpcloud.org_id,
        jumpcloud_concurrency=http.jumpcloud_concurrency,
        bridge_url=config.onepassword.scim_root,
        bridge_base_paths=tuple(config.onepassword.scim_base_paths),
        bridge_concurrency=http.onepassword_concurrency,
    )


def bridge_tls_of(config: Config) -> TlsFiles:
    """The PEM files for the connection to the bridge."""
    own = config.onepassword.client_certificate
    return TlsFiles(config.http.ca_file, own.cert, own.key) if own else TlsFiles(config.http.ca_file)


class Credentials(NamedTuple):
    """The fetched secrets of a run; only request headers contain them."""

    jumpcloud: ApiKey | ServiceAccount
    bridge_token: SecretStr

    @property
    def secrets(self) -> list[SecretStr]:
        """All secrets, for masking."""
        account = self.jumpcloud
        own = [account.key] if isinstance(account, ApiKey) else [account.client_secret, account.basic]
        return [*own, self.bridge_token]


def fetch_credentials(loaded: Loaded) -> Credentials:
    """Fetch both services' secrets. Raises ConfigError, with the place in the file, if one can't be fetched."""
    return Credentials(
        jumpcloud=jumpcloud_credential(loaded),
        bridge_token=fetch(loaded, loaded.config.onepassword.token, ("onepassword", "token")),
    )


def jumpcloud_credential(loaded: Loaded) -> ApiKey | ServiceAccount:
    section = loaded.config.jumpcloud
    if section.api_key is not None:
        return ApiKey(fetch(loaded, section.api_key, ("jumpcloud", "api_key")))
    return ServiceAccount(
        client_id=section.client_id or "",
        client_secret=fetch(loaded, required(section.client_secret), ("jumpcloud", "client_secret")),
        token_url=section.token_url,
    )


def fetch(loaded: Loaded, source: SecretSource, place: Path_) -> SecretStr:
    try:
        return resolve_secret(source, key=dotted(place), withheld=loaded.config.secret_variables)
    except ConfigError as error:
        raise ConfigError(f"{loaded.where(place)}: {error.message}", hint=error.hint) from None


def required(source: SecretSource | None) -> SecretSource:
    if source is None:
        raise ValueError("the configuration's validation lets no missing credential through")
    return source


def scope_of(config: Config) -> Scope:
    """The scope, as plain values."""
    section = config.scope
    return Scope(
        application=section.application,
        groups=section.groups,
        exclude_groups=section.exclude_groups,
        exclude_users=tuple(entry for entry in section.exclude_users if isinstance(entry, str)),
        users=entries_of(section.users),
        exclude_entries=entries_of(section.exclude_users),
    )


def policy_of(config: Config) -> Policy:
    """The policy for people and groups, as plain values."""
    users, groups = config.users, config.groups
    return Policy(
        users=UserPolicy(
            ownership=users.ownership,
            reactivate_elsewhere=users.when_suspended_elsewhere is HoldOrReactivate.REACTIVATE,
            suspend_suspended=users.when_suspended is SuspendOrIgnore.SUSPEND,
            suspend_unassigned=users.when_unassigned is SuspendOrIgnore.SUSPEND,
            suspend_deleted=users.when_deleted is SuspendOrIgnore.SUSPEND,
            suspend_password_expired=users.when_password_expired is SuspendOrIgnore.SUSPEND,
            provision_staged=users.staged is Staged.PROVISION,
            provision_password_pending=users.password_pending is PasswordPending.PROVISION,
            grace_period=users.grace_period,
            templates=users.attributes,
            aliases={fold(person): fold(address) for person, address in users.aliases.items()},
            protected=users.protected,
        ),
        groups=GroupPolicy(
            push=groups.push,
            name=groups.name,
            names=groups.names,
            create_empty=groups.empty is EmptyGroup.CREATE,
            when_removed=groups.when_removed,
            remove_foreign_members=groups.foreign_members is ForeignMembers.REMOVE,
            protected=groups.protected,
        ),
    )


def limits_of(config: Config) -> Limits:
    """The guard's limits."""
    guard = config.guard
    return Limits(
        suspensions=guard.suspensions,
        member_removals=guard.member_removals,
        group_member_removals=guard.group_member_removals,
        group_deletions=guard.group_deletions,
        creations=guard.creations,
        reactivations=guard.reactivations,
        renames=guard.renames,
        group_creations=guard.group_creations,
        source_shrink=guard.source_shrink,
        allow_empty_source=guard.empty_source is EmptySource.ALLOW,
    )


def extra_fields_of(policy: Policy) -> frozenset[str]:
    """The JumpCloud fields that templates use, beyond those that are always read."""
    templates = (template for alternatives in policy.users.templates.values() for template in alternatives)
    return frozenset(name for template in templates for name in placeholders(template)) - CORE_FIELDS


def bridge_host(config: Config) -> str:
    """The name that admins know this pair of accounts by."""
    return urlsplit(config.onepassword.scim_root).netloc


def state_folder_of(config: Config, default: Callable[[], Path] = user_state_folder) -> Path:
    """The folder of this pair's state."""
    source = f"{config.jumpcloud.api_root} {config.jumpcloud.org_id or ''}"
    return state_folder(config.state.path or default(), source, config.onepassword.scim_root)
