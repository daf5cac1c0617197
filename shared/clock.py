"""What time it is for a request: the real clock's, or in development the one that the request plays. Months, fiscal years and
other calendar questions are not here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import MalformedError

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Now:
    """`at` is aware and in UTC. `played`: it is not the clock's, and everything done because of the request takes it over."""

    at: datetime
    played: bool


def now_of(header: str | None, development: bool) -> Now:
    """`header`: the value of `Songtor-Now`, an RFC 3339 instant. Outside development it is as unknown as any other header
    and passed over. Raises MalformedError (`invalid_now`) for anything but an instant."""
    if header is None or not development:
        return Now(datetime.now(UTC), played=False)
    return Now(_instant(header.strip()), played=True)


def _instant(text: str) -> datetime:
    # Stricter than fromisoformat, which also takes dates, week dates and times without a zone; digits past microseconds
    # are cut off.
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise MalformedError("invalid_now", "the header Songtor-Now must be an RFC 3339 instant")
