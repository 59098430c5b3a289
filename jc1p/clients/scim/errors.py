"""What the bridge means by an answer that isn't a success, in words for people (facts/scim-bridge.md 1.3, 6, 10)."""

import httpx

from jc1p.clients.http.json_values import text
from jc1p.clients.http.service import Answer
from jc1p.clients.scim import wire
from jc1p.errors import BadResponse, Forbidden, Jc1pError, NotFound, RequestRefused, Unauthorized

NAME = "1Password SCIM bridge"

REFUSES_FORM = frozenset({400, 501})
"""Answers of servers that don't know a form of an operation."""


def explain(answer: Answer, asked: str) -> Jc1pError:
    """The error that a status means; `asked` is the request, for the message."""
    status, said = answer.status, f": {answer.text}" if answer.text else ""
    if status == httpx.codes.UNAUTHORIZED:
        return Unauthorized(
            f"{NAME} refused the token (401 on {asked}{said})", service=NAME,
            hint="Check onepassword.token. If the credentials were regenerated, the bridge and jc1p both need the "
                 "new ones.",
        )  # fmt: skip
    if status == httpx.codes.FORBIDDEN:
        return Forbidden(
            f"{NAME} does not allow {asked} (403{said})", service=NAME,
            hint="A firewall rule in 1Password, a gateway in front of the bridge, or an account that provisioning "
                 "may not touch, such as the last owner.",
        )  # fmt: skip
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return BadResponse(
            f"{NAME} redirected {asked} ({status})",
            service=NAME,
            hint="Is onepassword.scim_url the right address?",
        )
    verb = "does not support" if status == httpx.codes.NOT_IMPLEMENTED else "refused"
    message = f"{NAME} {verb} {asked} ({status}{said})"
    if status == httpx.codes.NOT_FOUND:
        return NotFound(message, service=NAME, hint="It is gone from 1Password; the next run reads again.")
    scim_type = text(wire.value(answer.body, "scimType"))
    return RequestRefused(message, service=NAME, status=status, scim_type=scim_type)


def no_scim(asked: str) -> BadResponse:
    """The error for JSON that is something else."""
    return BadResponse(
        f"{NAME} answered {asked} with JSON that is no SCIM", service=NAME, hint="Is onepassword.scim_url right?"
    )


def is_conflict(answer: Answer) -> bool:
    """409, or a 400 that says the thing exists (facts 10)."""
    if answer.status == httpx.codes.CONFLICT:
        return True
    said = answer.text.lower()
    return answer.status == httpx.codes.BAD_REQUEST and ("already exist" in said or "uniqueness" in said)


def blames_attribute(answer: Answer, name: str) -> bool:
    """A 400 that names an attribute, or says that one is unknown."""
    said = answer.text.lower()
    unknown = "attribute" in said or "unknown" in said or "extra" in said
    return answer.status == httpx.codes.BAD_REQUEST and (name.lower() in said or unknown)
