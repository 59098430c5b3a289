"""All errors that can end a run, and their exit codes.

A failed change is not an error here but an outcome of apply. The texts are for admins: the message says what failed and
for which user or group, the hint what to do next. Neither ever contains a secret.

    Jc1pError
    ├── UsageError            2  usage
    ├── ConfigError           2  config
    ├── StateUnavailable      2  config
    ├── ServiceError          1  (one of the two services)
    │   ├── Unauthorized         unauthorized
    │   ├── Forbidden            forbidden
    │   │   └── RefusedByGateway forbidden        a firewall's page; about us, not about one person
    │   ├── NotFound             not_found
    │   ├── Unreachable          unreachable
    │   │   └── NotDelivered     unreachable      a page that a gateway gave up on; a smaller one may come
    │   ├── BadResponse          bad_response
    │   │   └── AnswerTooLarge   bad_response     an answer of more than 16 MB
    │   ├── RequestRefused       bad_response     a 4xx on one resource; an outcome when met in apply
    │   ├── OutcomeUnknown       unreachable      a write was sent and its answer lost
    │   ├── NotKept              bad_response     a write was answered with success and didn't last
    │   ├── Untried              bad_response     the first changes of its kind had no effect
    │   └── ProvisioningOff      provisioning_off
    ├── ApplicationNotFound   1  not_found
    ├── GroupNotFound         1  not_found
    ├── NotFoundInDirectory   1  not_found
    ├── AmbiguousApplication  1  ambiguous_application
    ├── OrganizationRequired  1  organization_required
    ├── IncompleteRead        1  incomplete_read
    ├── CanaryRefused         1  canary_refused   an address or a group of `doctor --canary` that is not new
    ├── UnsafePlan            4  unsafe_plan
    ├── PlanMoved             4  plan_moved
    ├── Locked                6  locked
    ├── DeadlineReached       1  deadline         5 when something was applied
    ├── FileNotWritten        1  failed           a result that was asked for as a file
    ├── Interrupted         130  interrupted
    ├── MachineExhausted      1  failed           no more open files, memory or threads
    └── Unexpected            1  failed           a bug of ours
"""

import errno
from collections.abc import Iterator
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command exits with; docs/exit-codes.md says who acts on which."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CHANGES_DUE = 3
    REFUSED = 4
    IN_PART = 5
    LOCKED = 6
    INTERRUPTED = 130


class Jc1pError(Exception):
    """Ends a run. `code` and `exit_code` are stable; the wording of message and hint may change."""

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def error_kinds(kind: type[Jc1pError] = Jc1pError) -> Iterator[type[Jc1pError]]:
    """Every kind of error there is."""
    yield kind
    for each in kind.__subclasses__():
        yield from error_kinds(each)


class UsageError(Jc1pError):
    """The command line is wrong; no network was touched."""

    code = "usage"
    exit_code = ExitCode.USAGE


class ConfigError(Jc1pError):
    """The configuration is wrong; the message lists every problem, one a line, with file, line and key."""

    code = "config"
    exit_code = ExitCode.USAGE


class StateUnavailable(Jc1pError):
    """The state folder can't be used: no permission, no space, or held by another program."""

    code = "config"
    exit_code = ExitCode.USAGE


class FileNotWritten(Jc1pError):
    """A result that was asked for as a file can't be written: both services were read already."""


class ServiceError(Jc1pError):
    """One of the two services failed or refused; `service` is its name for messages."""

    def __init__(self, message: str, *, service: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.service = service


class Unauthorized(ServiceError):
    """The credential was refused: 401, or JumpCloud's redirect to its login page."""

    code = "unauthorized"


class Forbidden(ServiceError):
    """The credential is known but may not do this: 403."""

    code = "forbidden"


class RefusedByGateway(Forbidden):
    """A 403 that is a web page: a firewall in front of the service blocks jc1p, whatever the request is."""


class NotFound(ServiceError):
    """The address or the resource doesn't exist: 404."""

    code = "not_found"


class Unreachable(ServiceError):
    """No usable answer after all retries: connection, TLS, timeout, 429 or 5xx."""

    code = "unreachable"


class BadResponse(ServiceError):
    """An answer that can't be understood: HTML, truncated JSON, a wrong shape, a redirect."""

    code = "bad_response"


class NotDelivered(Unreachable):
    """A page of a list got no answer, probably because of its size: a gateway's time-out, a broken connection."""


class AnswerTooLarge(BadResponse):
    """An answer was larger than the limit; for a page of a list, half of it may be small enough."""


class RequestRefused(ServiceError):
    """The service understood and refused (400, 409, 413, 501 …); `status` and `scim_type` say why."""

    code = "bad_response"

    def __init__(
        self, message: str, *, service: str, status: int, scim_type: str = "", hint: str | None = None
    ) -> None:
        super().__init__(message, service=service, hint=hint)
        self.status = status
        self.scim_type = scim_type


class OutcomeUnknown(ServiceError):
    """A write was sent and its answer was lost: it may or may not have been carried out."""

    code = "unreachable"


class NotKept(ServiceError):
    """A write was answered with success, and reading it back showed that it didn't last.

    `added` are the accounts that were added to the group `group_id` and aren't there; both are empty for a person.
    """

    code = "bad_response"

    def __init__(
        self, message: str, *, service: str, hint: str | None = None, group_id: str = "",
        added: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        super().__init__(message, service=service, hint=hint)
        self.group_id = group_id
        self.added = added


class Untried(ServiceError):
    """A change was not sent, since the first of its kind had no effect in this run."""

    code = "bad_response"


class BelongsToAnother(ServiceError):
    """A create found an account or group that is linked to another JumpCloud user or group; it was not changed."""

    code = "bad_response"


class ProvisioningOff(ServiceError):
    """The bridge answers 500 to every SCIM call: provisioning is turned off in 1Password."""

    code = "provisioning_off"


class ApplicationNotFound(Jc1pError):
    """The configured JumpCloud application doesn't exist."""

    code = "not_found"


class GroupNotFound(Jc1pError):
    """A configured JumpCloud group doesn't exist."""

    code = "not_found"


class NotFoundInDirectory(Jc1pError):
    """A person or group that the command line names is on neither side."""

    code = "not_found"


class AmbiguousApplication(Jc1pError):
    """Several JumpCloud applications match the configured name."""

    code = "ambiguous_application"


class OrganizationRequired(Jc1pError):
    """The credential sees several organizations and none is configured."""

    code = "organization_required"


class IncompleteRead(Jc1pError):
    """A list stayed incomplete after all readings; unknown is never absent."""

    code = "incomplete_read"


class CanaryRefused(Jc1pError):
    """A canary's address or group exists, is protected, or may exist; nothing was changed."""

    code = "canary_refused"


class UnsafePlan(Jc1pError):
    """The guard blocked the plan; nothing was changed."""

    code = "unsafe_plan"
    exit_code = ExitCode.REFUSED


class PlanMoved(Jc1pError):
    """A saved plan, or one that waited for an answer, differs from the current plan; nothing was changed."""

    code = "plan_moved"
    exit_code = ExitCode.REFUSED


class Locked(Jc1pError):
    """Another run against the same pair of accounts is in progress."""

    code = "locked"
    exit_code = ExitCode.LOCKED


class DeadlineReached(Jc1pError):
    """The run took longer than `http.max_run`; the next one continues."""

    code = "deadline"


class Interrupted(Jc1pError):
    """Stopped by the user, or the user answered no; what was in progress was finished or recorded."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED


class Unexpected(Jc1pError):
    """A bug in jc1p; the original error is its cause."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"unexpected {type(error).__name__}: this is a bug in jc1p",
            hint="Run it again with --debug and report the output. Secrets are masked, but names of users are not.",
        )
        self.__cause__ = error


class MachineExhausted(Jc1pError):
    """The machine, or a limit of this user, gives jc1p no more of something; the original error is its cause."""

    def __init__(self, error: Exception, what: str, hint: str) -> None:
        super().__init__(f"this machine gives jc1p no more {what}", hint=hint)
        self.__cause__ = error


FILES = ("open files", "Raise the limit (`ulimit -n`, or LimitNOFILE= of a service) to at least 64. Then run it again.")
MEMORY = ("memory", "Raise the limit of the container or service, or free memory. Then run it again.")
THREADS = ("threads", "Raise the limit (`ulimit -u`, or TasksMax= of a service). Then run it again.")
NOT_LOADED = {"Too many open files": FILES, "failed to map segment": MEMORY, "annot allocate memory": MEMORY}
"""Parts of the message when a compiled module isn't loaded for lack of something: it has no error number."""
EXHAUSTED = {errno.EMFILE: FILES, errno.ENFILE: FILES, errno.ENOMEM: MEMORY}


def in_our_words(error: Exception) -> Jc1pError:
    """A Jc1pError as it is; an error of an exhausted machine as that; any other as Unexpected, since it is a bug.

    If a Jc1pError was caused by an exhausted machine, its hint is about that: the named file or host is not the cause.
    """
    lack = lack_behind(error)
    if isinstance(error, Jc1pError):
        error.hint = lack[1] if lack else error.hint
        return error
    return MachineExhausted(error, *lack) if lack else Unexpected(error)


DEPTH = 10
"""How many causes of an error are looked at."""


def lack_behind(error: BaseException | None) -> tuple[str, str] | None:
    """What the machine has no more of, and the hint, if that caused an error."""
    for _ in range(DEPTH):  # causes may form a circle
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            return EXHAUSTED[error.errno]
        if isinstance(error, ImportError) and (words := [each for each in NOT_LOADED if each in str(error)]):
            return NOT_LOADED[words[0]]
        if isinstance(error, MemoryError):
            return MEMORY
        if isinstance(error, RuntimeError) and "start new thread" in str(error):
            return THREADS
        error = error and (error.__cause__ or error.__context__)
    return None
