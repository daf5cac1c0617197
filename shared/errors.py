"""Everything that can be said no to, and how. Messages and codes never hold personal data.

SongtorError
├── RefusedError        409   a decision said no: wrong_state, already_decided, already_appointed … (or its own status)
├── InvalidError        422   the request has faults, all of them listed
├── MalformedError      400   it is no request at all: invalid_json, idempotency_key_missing
├── UnauthorizedError   401   no token, or none that holds
├── ForbiddenError      403   a token that holds, and no role that may do this
├── TooManyRequestsError 429  more requests than one caller or one address may send
├── NotFoundError       404   there is no such thing, or none that the caller may see
├── ConflictError             something happened since the state was loaded: load and decide again
│   └── ClaimedError          another stream holds the claim; `holder` says which
├── UnavailableError    503   database_unavailable (nothing was done), outcome_unknown (ask again with the same key)
├── NotYetVisibleError  504   what the caller wants to see has not been taken in within the time
├── PoisonError               a Kafka record that will never be right: parked, not retried
└── BusyError                 a Kafka record whose time has not come: tried again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


class SongtorError(Exception):
    """Root of all refusals."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where (RFC 6901 pointer), a stable code, and words that repeat nothing of the input."""

    pointer: str
    code: str
    message: str


class RefusedError(SongtorError):
    """The state of things does not allow it."""

    def __init__(self, code: str, detail: str = "", status: int = 409) -> None:
        super().__init__(code)
        self.code, self.detail, self.status = code, detail, status


class InvalidError(SongtorError):
    """The request is understood and wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.pointer} {fault.code}" for fault in faults))
        self.faults = tuple(faults)


class MalformedError(SongtorError):
    """The request cannot be understood."""

    def __init__(self, code: str, detail: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.detail, self.status = code, detail, status


class UnauthorizedError(SongtorError):
    """No token that holds."""

    code = "unauthorized"


class ForbiddenError(SongtorError):
    """No role of the caller may do this, wherever."""

    code = "forbidden"


class TooManyRequestsError(SongtorError):
    """`retry_after`: whole seconds, at least one."""

    code = "too_many_requests"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(self.code)
        self.retry_after = retry_after


class NotFoundError(SongtorError):
    """There is no such thing for this caller."""

    code = "not_found"


class ConflictError(SongtorError):
    """The decision rested on a state that is no longer so."""


class ClaimedError(ConflictError):
    """The claim is held by another stream."""

    def __init__(self, holder: UUID) -> None:
        super().__init__("claimed")
        self.holder = holder


class UnavailableError(SongtorError):
    """Something that is needed is away; asking again later is right."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class NotYetVisibleError(SongtorError):
    """Not taken in within the time allowed."""

    code = "not_yet_visible"


class PoisonError(SongtorError):
    """Never right, however often it is tried. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BusyError(SongtorError):
    """Not now; try again."""
