"""`notify:` in the configuration: who is notified of runs, about which events, and in how much detail.

The address of a webhook is a credential, since it allows posting. It is a secret like any other, and is fetched only
when there is something to send.
"""

from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, field_validator, model_validator

from jc1p.config.addresses import is_loopback_host
from jc1p.config.fields import Duration, Secret, whole_text
from jc1p.config.secrets import Given, SecretSource
from jc1p.config.section import Section
from jc1p.core.events import UNLESS_ASKED, Detail, Event
from jc1p.runtime.redaction import MASKED

KINDS = ("slack", "teams", "webhook", "exec")
WEBHOOKS = ("slack", "teams", "webhook")


def check_webhook_url(url: str) -> None:
    """Raises ValueError, without the address in it, for an address that no notification may be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # a UnicodeError is a ValueError
    except ValueError:
        raise ValueError("not a valid address; a webhook address starts with https://") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("a webhook address needs https:// and a host")
    if parts.scheme == "http" and not is_loopback_host(host):
        raise ValueError("only https is accepted, because a webhook address is a credential")
    if not url.isprintable() or " " in url:
        raise ValueError("an address has no spaces or control characters")
    if parts.username or parts.password:
        raise ValueError("a webhook address cannot have a user or password")


def check_given_url(source: SecretSource, info: ValidationInfo) -> SecretSource:
    """Check an address that is known already; a fetched one is checked later, an unset one never."""
    if isinstance(source, Given) and (info.context or {}).get("needs_secrets", True):
        check_webhook_url(source.value.get_secret_value())
    return source


def not_empty(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if not given:
        raise ValueError("the list is empty; add an entry, or leave the key out")
    return given


def show_command(argv: tuple[str, ...] | None) -> Any:
    """Show only the program; its arguments may contain a credential."""
    return argv and [argv[0], *([MASKED] if argv[1:] else [])]


Webhook = Annotated[Secret, AfterValidator(check_given_url)]
Command = Annotated[tuple[str, ...], AfterValidator(not_empty), PlainSerializer(show_command)]


class Receiver(Section):
    """A receiver: exactly one of slack, teams, webhook and exec."""

    slack: Webhook | None = Field(None, description="Slack webhook, or a compatible one (Mattermost, …).")
    teams: Webhook | None = Field(None, description="Microsoft Teams webhook (Workflows). Receives an adaptive card.")
    webhook: Webhook | None = Field(None, description="Any other webhook. Receives a JSON document.")
    exec: Command | None = Field(
        None,
        repr=False,
        description="Program and arguments, run without a shell. Receives the JSON document on stdin.",
    )
    on: Annotated[tuple[Event, ...], AfterValidator(not_empty)] = Field(
        UNLESS_ASKED, json_schema_extra={"minItems": 1}, description="Events to notify of. Default: all except ok."
    )
    detail: Detail = Field(Detail.COUNTS, description="counts, or names: users and groups, at most 20.")
    remind: Duration | None = Field(
        None, description="Repeat a notification that is still true after this time, such as 24h."
    )
    timeout: float = Field(10.0, gt=0, le=30, description="Seconds for one attempt.")

    @model_validator(mode="after")
    def one_way(self) -> Self:
        """There must be exactly one address."""
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            what = f"not {' and '.join(given)}" if given else "and there is none"
            raise ValueError(f"set exactly one of slack, teams, webhook or exec, {what}")
        return self

    @field_validator("exec")
    @classmethod
    def whole_words(cls, given: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Arguments that the operating system accepts."""
        return given and tuple(whole_text(word) for word in given)

    @field_validator("remind")
    @classmethod
    def some_time(cls, given: Any) -> Any:
        """A reminder with every run would be too often."""
        if given is not None and not given:
            raise ValueError("must be longer than zero, such as 24h; leave the key out for no reminder")
        return given

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def url(self) -> SecretSource | None:
        """The source of a webhook's address; None for a command."""
        return self.slack or self.teams or self.webhook
