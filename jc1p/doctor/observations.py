"""What was seen of both services and this machine, as plain values; None means not asked.

Filled by probes/. If an expected answer didn't arrive, there is an error in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jc1p.core.events import Event
from jc1p.core.models import ConnectorEvents, ServiceCredential, SourceDirectory, TargetDirectory
from jc1p.core.past_runs import PastRun
from jc1p.errors import Jc1pError

SUCCESS, REDIRECT, CLIENT_ERROR, SERVER_ERROR = 200, 300, 400, 500
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 401, 403, 404, 405


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `total` is a list's; `clock_off` is how many seconds this machine's clock is ahead of the Date."""

    status: int
    is_json: bool = True
    said: str = ""
    total: int | None = None
    seconds: float = 0.0
    clock_off: float | None = None

    @property
    def is_good(self) -> bool:
        """A success with JSON."""
        return SUCCESS <= self.status < REDIRECT and self.is_json

    @property
    def is_elsewhere(self) -> bool:
        """The answer of a wrong address: 404, a redirect, a web page."""
        is_page = self.status < CLIENT_ERROR and not self.is_json
        return is_page or self.status in {NOT_FOUND, NOT_ALLOWED} or REDIRECT <= self.status < CLIENT_ERROR

    def __str__(self) -> str:
        """In words."""
        page = "" if self.is_json or self.status >= REDIRECT else ", no JSON"
        return f"{self.status}{page}" + (f": {self.said}" if self.said else "")


Answered = Reply | Jc1pError


@dataclass(frozen=True, slots=True)
class Component:
    """One report of the bridge's /health."""

    source: str
    state: str
    age: float | None = None
    """Its age in seconds when the bridge sent it."""
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The bridge's report about itself."""

    status: int
    version: str = ""
    build: str = ""
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Tls:
    """A handshake: the end of the certificate, or why it isn't trusted (`code` is OpenSSL's)."""

    ends: datetime | None = None
    trouble: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """The connection to an address: name resolution and TLS. Both are unknown behind a proxy."""

    host: str
    addresses: tuple[str, ...] = ()
    trouble: str = ""
    is_proxied: bool = False
    is_https: bool = True
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class BridgeSeen:
    """What was asked of 1Password. `bases` are the tried base paths with their answers."""

    address: str
    stray_path: str
    is_hosted: bool
    way: Way
    ping: Answered
    health: Health | Answered | None = None
    bases: Mapping[str, Answered] = field(default_factory=dict)
    base: str | None = None
    discovery: tuple[str, ...] = ()
    users: Answered | None = None
    groups: Answered | None = None
    stranger: Answered | None = None
    directory: TargetDirectory | Jc1pError | None = None

    @property
    def signed(self) -> list[Reply]:
        """Every answer to a request with the token, except /health."""
        asked = [*self.bases.values(), self.users, self.groups]
        return [each for each in asked if isinstance(each, Reply)]

    @property
    def replies(self) -> list[Reply]:
        """Every answer."""
        more = [each for each in (self.ping, self.health, self.stranger) if isinstance(each, Reply)]
        return [*self.signed, *more]

    @property
    def is_reached(self) -> bool:
        """There was any answer."""
        return bool(self.replies) or isinstance(self.health, Health)

    @property
    def pings(self) -> bool:
        """The bridge says in some form that it is running."""
        return isinstance(self.ping, Reply) and SUCCESS <= self.ping.status < REDIRECT


@dataclass(frozen=True, slots=True)
class NamedUser:
    """A user as the 1Password CLI lists them; `state` as the CLI has it, "" if it has none."""

    email: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """A group as the 1Password CLI lists it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CliSeen:
    """The output of the 1Password CLI; None for what is missing, and `remark` says why ("" if all is there).

    `invited` are jc1p's own invitations: folded email or SCIM id to when.
    """

    administrators: tuple[NamedUser, ...] | None = None
    has_all_administrators: bool = False
    """`administrators` has owners and administrators; otherwise some are missing."""
    groups: tuple[NamedGroup, ...] | None = None
    users: tuple[NamedUser, ...] | None = None
    remark: str = ""
    invited: Mapping[str, datetime] = field(default_factory=dict)


class Call(StrEnum):
    """The calls to JumpCloud that every run needs, and that a role may lack."""

    USERS = "users"
    GROUPS = "groups"
    APPLICATIONS = "applications"
    ASSOCIATIONS = "associations"
    ASSIGNED_USERS = "assigned_users"


@dataclass(frozen=True, slots=True)
class JumpCloudSeen:
    """What was asked of JumpCloud. `organization` is why jc1p won't choose one, None when it can."""

    address: str
    credential: str
    organizations: Answered
    organization: Jc1pError | None = None
    calls: Mapping[Call, Answered] = field(default_factory=dict)
    wants_application: bool = True
    application: str | Jc1pError | None = None
    directory: SourceDirectory | Jc1pError | None = None
    unmatched_globs: tuple[str, ...] = ()
    events: ConnectorEvents | Jc1pError | None = None
    is_service_account: bool = False
    service_credentials: tuple[ServiceCredential, ...] | Jc1pError | None = None

    @property
    def replies(self) -> list[Reply]:
        """Every answer."""
        return [each for each in (self.organizations, *self.calls.values()) if isinstance(each, Reply)]


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """This machine: the configuration file, the state folder, what earlier runs left there."""

    config_file: str
    config_warnings: tuple[str, ...] = ()
    certificates: Mapping[str, datetime] = field(default_factory=dict)
    """Configuration key to when the first certificate in its file ends."""
    ignored_keys: tuple[str, ...] = ()
    config_untrusted: str = ""
    told_of: frozenset[Event] = frozenset()
    """The events that trigger a notification to a receiver."""
    lost_receivers: tuple[str, ...] = ()
    """Programs of `notify` that aren't there, each with its key."""
    state_folder: str = ""
    state_trouble: Jc1pError | None = None
    state_damage: str = ""
    is_new: bool = False
    paused: str | None = None
    running: str | None = None
    unsettled: tuple[PastRun, ...] = ()
