"""How requests are authenticated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr


class Auth(Protocol):
    """Puts a credential into the headers of a request, and can be told that it was refused."""

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """What it has ever put there: nobody may read it in what a service answers."""

    async def headers(self) -> dict[str, str]:
        """The headers that carry the credential."""

    @property
    def issue(self) -> int:
        """Which credential it is that `headers` gives now, counted from its first."""

    def refused(self, issue: int) -> bool:
        """Note that this credential got a 401; True when another one is worth one more try."""


@dataclass(slots=True)
class KeyAuth:
    """A fixed credential in one header: `x-api-key: KEY`, or `Authorization: Bearer TOKEN`."""

    header: str
    secret: SecretStr
    prefix: str = ""

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The one secret."""
        return (self.secret,)

    async def headers(self) -> dict[str, str]:
        """The header with the secret in it; the only place where it is uncovered."""
        return {self.header: self.prefix + self.secret.get_secret_value()}

    @property
    def issue(self) -> int:
        """There is only one."""
        return 1

    def refused(self, issue: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """A fixed credential doesn't get better."""
        return False
