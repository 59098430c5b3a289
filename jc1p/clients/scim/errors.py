"""The errors for the bridge's answers, in words for admins (facts/scim-bridge.md 1.3, 6, 10)."""

from collections.abc import Iterable

import httpx

from jc1p.clients.http.connection_faults import CLIENT
from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import text
from jc1p.clients.http.responses import not_modified, page_instead, redirect_of, sent_to
from jc1p.clients.scim import wire
from jc1p.errors import (  # fmt: skip
    BadResponse,
    Forbidden,
    Jc1pError,
    NotFound,
    RequestRefused,
    Unauthorized,
)

NAME = "1Password SCIM bridge"

LOGIN_GATEWAY = (
    "There may be a login gateway in front of the bridge. Exempt /scim there, or correct onepassword.scim_url."
)

REFUSED = (
    "Check that onepassword.scim_url is the address of your SCIM bridge, and onepassword.token its token. After the "
    "credentials are regenerated, the bridge and jc1p both need the new ones."
)
"""Another server answers 401 to a good token just as well."""

BLOCKED = "A firewall or gateway in front of the bridge blocks jc1p. Allow this machine's address there."

REFUSES_FORM = frozenset({400, 501})
"""Answers of servers that don't support a form of an operation."""


def explain(answer: Answer, asked: str) -> Jc1pError:
    """The error for a status; `asked` is the request, for the message."""
    status, said = answer.status, f": {answer.text}" if answer.text else ""
    asked = f"{asked} at {answer.place}" if answer.place else asked
    if status == httpx.codes.UNAUTHORIZED:
        return Unauthorized(
            f"{NAME} refused the token (401 on {asked}{said})", service=NAME,
            hint=REFUSED,
        )  # fmt: skip
    if page := page_instead(answer, NAME, asked, BLOCKED):
        return page
    if status == httpx.codes.FORBIDDEN:
        return Forbidden(
            f"{NAME} does not allow {asked} (403{said})", service=NAME,
            hint="Likely causes: a firewall rule in 1Password, a gateway in front of the bridge, or an account "
                 "that provisioning cannot change, such as the last owner.",
        )  # fmt: skip
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return redirected(answer, asked)
    verb = "does not support" if status == httpx.codes.NOT_IMPLEMENTED else "refused"
    message = f"{NAME} {verb} {asked} ({status}{said})"
    if status == httpx.codes.NOT_FOUND:
        is_one = "{id}" in asked
        hint = "It was deleted from 1Password during the run. Run the command again." if is_one else (
            "The bridge may use Google Workspace mode, or the path in onepassword.scim_url is wrong. Run `jc1p doctor`."
        )  # fmt: skip
        return NotFound(message, service=NAME, hint=hint)
    scim_type = text(wire.value(answer.body, "scimType"))
    return RequestRefused(message, service=NAME, status=status, scim_type=scim_type, hint=hint_for(answer))


def redirected(answer: Answer, asked: str) -> BadResponse:
    """The error for a redirect; a 304 comes from a cache."""
    if answer.status == httpx.codes.NOT_MODIFIED:
        return not_modified(NAME, asked)
    return BadResponse(
        f"{NAME} redirected {asked} ({answer.status}{redirect_of(answer.headers)})"
        + sent_to(answer.place, is_signed=answer.is_signed),
        service=NAME,
        hint=LOGIN_GATEWAY,
    )


def hint_for(answer: Answer) -> str | None:
    """What to do about a refusal that the bridge explains."""
    said = answer.text.lower()
    if "seat" in said or "license" in said or "billing" in said:
        return "1Password has no seats left. Add seats, or suspend accounts of leavers. Then run again."
    if answer.is_page and "certificate" in said:
        return CLIENT
    if is_conflict(answer):
        return (
            "An account with this email exists, but no list shows it: a guest, or an account that waits "
            "for deletion. Find it in 1Password and promote or remove it."
        )
    return None


def no_scim(asked: str) -> BadResponse:
    """The error for JSON that is not SCIM."""
    return BadResponse(
        f"{NAME} answered {asked} with JSON that is not SCIM", service=NAME, hint="Check onepassword.scim_url."
    )


def is_conflict(answer: Answer) -> bool:
    """409, or a 400 that says the thing exists (facts 10)."""
    if answer.status == httpx.codes.CONFLICT:
        return True
    said = answer.text.lower()
    return answer.status == httpx.codes.BAD_REQUEST and ("already exist" in said or "uniqueness" in said)


def blamed_attributes(answer: Answer, names: Iterable[str]) -> set[str]:
    """The attributes that a 400 names; all of them if it only says that an attribute is unknown."""
    if answer.status != httpx.codes.BAD_REQUEST:
        return set()
    said = answer.text.lower()
    is_vague = "attribute" in said or "unknown" in said or "extra" in said
    return {name for name in names if name.lower() in said} or (set(names) if is_vague else set())
