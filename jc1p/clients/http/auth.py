"""How requests are authenticated."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pydantic import SecretStr


class Auth(Protocol):
    """Adds a credential to the headers of a request, and is told when the credential was refused."""

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """All secrets that it ever used: they are masked in a service's answers."""

    async def headers(self) -> dict[str, str]:
        """The headers that carry the credential."""

    @property
    def issue(self) -> int:
        """The number of the credential that `headers` returns now, counted from the first."""

    def refused(self, issue: int) -> bool:
        """Note that this credential got a 401; True if another try with a new one makes sense."""


class KeyAuth(NamedTuple):
    """A fixed credential in one header: `x-api-key: KEY`, or `Authorization: Bearer TOKEN`."""

    header: str
    secret: SecretStr
    prefix: str = ""

    @property
    def secrets(self) -> Sequence[SecretStr]:
        """The one secret."""
        return (self.secret,)

    async def headers(self) -> dict[str, str]:
        """The header with the secret in it; no other method reveals it."""
        return {self.header: self.prefix + self.secret.get_secret_value()}

    @property
    def issue(self) -> int:
        """There is only one."""
        return 1

    def refused(self, issue: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """A fixed credential can't be renewed."""
        return False
