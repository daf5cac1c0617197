"""What the audit trail is told of a request: who asked under which rule, for what, and how a refusal is named there."""

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.access import Rule
from shared.audit.entry import REPLAYED, Entry
from shared.audit.trail import record
from shared.auth import Principal
from shared.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, RefusedError, SongtorError, UnavailableError
from shared.store import Store

REFUSALS = (RefusedError, InvalidError, NotFoundError, ConflictError)
"""With these a request is refused by somebody who knew what it was about."""


def told(principal: Principal, rule: Rule, request_id: str) -> Entry:
    """An entry to be completed with `dataclasses.replace`."""
    return Entry(principal.actor, principal.roles, rule.name, request_id)


def refusal(entry: Entry, error: SongtorError, path: Mapping[str, Any]) -> Entry:
    """`path`: the parameters of the request's path. Of a request with faults it is said how many have which code."""
    outcome, status = _named(error)
    details: dict[str, Any] = {**ids_in(path)}
    if isinstance(error, InvalidError):
        details["faults"] = Counter(fault.code for fault in error.faults)
    return replace(entry, outcome=outcome, status=status, details=details)


def given_again(entry: Entry, status: int, location: str | None, path: Mapping[str, Any]) -> Entry:
    """Of a first answer that is given again; `location` is its own."""
    details = ids_in(path) | ({} if location is None else {"location": location})
    return replace(entry, outcome=REPLAYED, status=status, details=details)


def ids_in(path: Mapping[str, Any]) -> dict[str, str]:
    """Which things the path names, by their ids; whatever else somebody wrote there is not repeated."""
    found: dict[str, str] = {}
    for name, value in path.items():
        with contextlib.suppress(ValueError):
            found[name] = str(UUID(str(value)))
    return found


def _named(error: SongtorError) -> tuple[str, int]:
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
            return "busy", 503


async def note(store: Store, entry: Entry) -> None:
    """Of an answer that gives nothing personal out, a refusal or an earlier one: that it cannot be written down is counted, and
    the answer stands."""
    with contextlib.suppress(UnavailableError):
        await record(store, entry)
