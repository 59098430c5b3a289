"""The known answers of a setup, and those still missing. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jc1p.setup.places import SecretPlace

NONE = "none"
"""The answer for none, if none is a valid answer."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A receiver: a webhook (`kind` is slack, teams or webhook) with its address at `place`, or a program."""

    kind: str
    place: SecretPlace | None = None
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers so far; None is a missing one.

    `region` is us, eu, in, or another address. There is an API key or a service account (`client_id`, `client_secret`),
    and a scope by `application` or by `groups`. `protected` and `notify` may be empty on purpose.
    """

    region: str | None = None
    org_id: str | None = None
    organization: str = ""
    api_key: SecretPlace | None = None
    client_id: str | None = None
    client_secret: SecretPlace | None = None
    application: str | None = None
    groups: tuple[str, ...] = ()
    scim_url: str | None = None
    token: SecretPlace | None = None
    protected: tuple[str, ...] | None = None
    notify: tuple[Addressee, ...] | None = None
    ca_file: Path | None = None
    state_path: Path | None = None
    comments: dict[str, str] = field(default_factory=dict)
    """Information found during setup, by key, such as how many users an application has."""


MISSING = {
    "region": ("the JumpCloud region", "--region us|eu|in"),
    "credential": ("the JumpCloud credential", "--api-key-from WHERE, or --client-id and --client-secret-from WHERE"),
    "client_id": ("the service account's client id", "--client-id ID"),
    "client_secret": ("the service account's secret", "--client-secret-from WHERE"),
    "scope": ("who is in scope", "--application NAME or --group NAME"),
    "scim_url": ("the SCIM bridge's address", "--scim-url ADDRESS"),
    "token": ("the bridge's token", "--token-from WHERE"),
    "protected": ("the 1Password owners to protect", "--protect EMAIL, or --protect none"),
    "notify": ("who is notified of failures", "--notify KIND=WHERE, or --notify none"),
}


def missing(answers: Answers) -> Iterator[str]:
    """The missing answers, each with its option."""
    by_account = answers.client_id or answers.client_secret
    lacking = {
        "region": not answers.region,
        "credential": not answers.api_key and not by_account,
        "client_id": bool(answers.client_secret) and not answers.client_id,
        "client_secret": bool(answers.client_id) and not answers.client_secret,
        "scope": not answers.application and not answers.groups,
        "scim_url": not answers.scim_url,
        "token": not answers.token,
        "protected": answers.protected is None,
        "notify": answers.notify is None,
    }
    for key, is_lacking in lacking.items():
        if is_lacking:
            what, option = MISSING[key]
            yield f"{what}: {option}"
