"""What the audit trail is told of a request: who asked under which rule, and how a refusal is named there."""

import contextlib

from shared.access import Rule
from shared.audit.entry import Entry
from shared.audit.trail import record
from shared.auth import Principal
from shared.errors import ForbiddenError, InvalidError, NotFoundError, RefusedError, SongtorError, UnavailableError
from shared.store import Store


def told(principal: Principal, rule: Rule, request_id: str) -> Entry:
    """An entry to be completed with `dataclasses.replace`."""
    return Entry(principal.actor, principal.roles, rule.name, request_id)


def named(error: SongtorError) -> tuple[str, int]:
    """A refusal's code and status, as in its answer."""
    match error:
        case InvalidError():
            return error.faults[0].code if len(error.faults) == 1 else "invalid", 422
        case NotFoundError():
            return error.code, 404
        case ForbiddenError():
            return error.code, 403
        case RefusedError():
            return error.code, error.status
        case _:
            return "refused", 409


async def record_refused(store: Store, entry: Entry) -> None:
    """Of a refusal, which gives nothing out: that it cannot be written down is counted, and the refusal stands."""
    with contextlib.suppress(UnavailableError):
        await record(store, entry)
