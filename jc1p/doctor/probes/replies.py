"""Turns a client's answer or exception into a value that can be judged, so that one failure never ends the others."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.responses import http_date
from jc1p.clients.scim.wire import parse_page
from jc1p.doctor.observations import Answered, Reply
from jc1p.errors import Jc1pError

Found = TypeVar("Found")


async def attempt(asked: Awaitable[Found]) -> Found | Jc1pError:
    """The result, or the error that came instead. A bug in jc1p still ends the run."""
    try:
        return await asked
    except Jc1pError as error:
        return error
    except ExceptionGroup as several:
        found = first_of(several)
        if found is None:
            raise
        return found


def first_of(several: BaseExceptionGroup[BaseException]) -> Jc1pError | None:
    """The first Jc1pError among the errors of several tasks."""
    for error in several.exceptions:
        if isinstance(error, Jc1pError):
            return error
        if isinstance(error, BaseExceptionGroup) and (found := first_of(error)):
            return found
    return None


async def reply(asked: Awaitable[Answer]) -> Answered:
    """One answer in the form that is judged."""
    answer = await attempt(asked)
    return answer if isinstance(answer, Jc1pError) else reply_of(answer)


def reply_of(answer: Answer) -> Reply:
    """An answer that has just arrived."""
    page = parse_page(answer.body)
    return Reply(
        status=answer.status,
        is_json=answer.body is not None and says_json(answer),
        said=answer.text if answer.status >= 300 or not says_json(answer) else "",  # noqa: PLR2004 - success is below
        total=page.total if page else None,
        seconds=answer.seconds,
        clock_off=clock_off(answer, datetime.now(UTC)),
    )


def says_json(answer: Answer) -> bool:
    """The clients accept only a body that is declared as JSON."""
    content_type = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    return content_type.endswith("json") or not content_type


def clock_off(answer: Answer, now: datetime) -> float | None:
    """Seconds by which our clock is ahead of the service's, None if the answer has no time."""
    told = http_date(str(answer.headers.get("Date", "")))
    return (now - told).total_seconds() if told else None
