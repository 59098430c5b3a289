"""The meaning of JumpCloud's answers: the body of a success, or an error in words for admins."""

from typing import Any

import httpx

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import is_same_id
from jc1p.clients.http.responses import mixed_up, not_modified, page_instead, redirect_of, sent_to
from jc1p.clients.jumpcloud.oauth import NAME
from jc1p.clients.jumpcloud.parse import id_of
from jc1p.errors import BadResponse, Forbidden, Jc1pError, NotFound, RequestRefused, Unauthorized

REFUSED = (
    "Check jumpcloud.api_key or the service account (it may be expired or regenerated), jumpcloud.region or url (a "
    "credential works in one region only), and jumpcloud.org_id if it is set."
)
BLOCKED = "A firewall or proxy blocks jc1p on the way to JumpCloud. Allow this machine there."


def checked(answer: Answer, asked: str) -> Any:
    """The body of a 200, or the error that the status means."""
    if answer.status == httpx.codes.OK:
        return answer.body
    raise explain(answer, asked)


def checked_object(answer: Answer, asked: str) -> dict[str, Any]:
    """The JSON object of a 200."""
    body = checked(answer, asked)
    if not isinstance(body, dict):
        raise unexpected(asked)
    return body


def checked_resource(answer: Answer, asked: str, id_: str) -> dict[str, Any]:
    """The user or group of a 200. An answer without its id shows neither that it exists nor that it was deleted.

    Raises as checked_object.
    """
    body = checked_object(answer, asked)
    shown = id_of(body)
    if not shown:
        raise unexpected(asked)
    if not is_same_id(shown, id_):
        raise mixed_up(NAME, asked)
    return body


def explain(answer: Answer, asked: str) -> Jc1pError:
    """The error for a status other than 200, in words for admins (facts 2.4, 2.5, 10)."""
    status, said = answer.status, f": {answer.text}" if answer.text else ""
    asked = f"{asked} at {answer.place}" if answer.place else asked
    if status == httpx.codes.UNAUTHORIZED:
        return Unauthorized(
            f"JumpCloud refused the credential (401 on {asked}{said})", service=NAME,
            hint=REFUSED,
        )  # fmt: skip
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return redirected(answer, asked)
    if page := page_instead(answer, NAME, asked, BLOCKED):
        return page
    if status == httpx.codes.FORBIDDEN:
        return Forbidden(
            f"JumpCloud does not allow this credential {asked} (403{said})", service=NAME,
            hint="Give the administrator or service account a role with read access to users, groups and applications. "
                 "JumpCloud also answers 403 for a while after too many requests: then wait and try again.",
        )  # fmt: skip
    if status == httpx.codes.NOT_FOUND:
        return NotFound(
            f"JumpCloud has nothing at {asked} (404{said})",
            service=NAME,
            hint="It was deleted during the run. Run the command again."
            if "{id}" in asked
            else "Check jumpcloud.region or url.",
        )
    return RequestRefused(f"JumpCloud refused {asked} ({status}{said})", service=NAME, status=status)


def redirected(answer: Answer, asked: str) -> Jc1pError:
    """The error for a redirect, which JumpCloud sends without a credential; a 304 comes from a cache."""
    if answer.status == httpx.codes.NOT_MODIFIED:
        return not_modified(NAME, asked)
    return Unauthorized(
        f"JumpCloud sent {asked} to its login page ({answer.status}{redirect_of(answer.headers)})"
        + sent_to(answer.place, is_signed=answer.is_signed),
        service=NAME,
        hint="Check that jumpcloud.api_key is set and that no proxy removes the x-api-key header.",
    )


def unexpected(asked: str) -> BadResponse:
    return BadResponse(
        f"JumpCloud answered {asked} with unexpected JSON", service=NAME,
        hint="Check jumpcloud.region or jumpcloud.url.",
    )  # fmt: skip
