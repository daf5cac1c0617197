"""What time it is for a request: the real clock's, or in development the one that the request plays. Months, fiscal years and
other calendar questions are not here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.errors import MalformedError

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")

# As far as days go in requests; what follows from a day (a term, a due date, a fiscal year) then has its place in a calendar.
FIRST_PLAYED, AFTER_PLAYED = datetime(1941, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Now:
    """`at` is aware and in UTC. `played`: it is not the clock's, and everything done because of the request takes it over."""

    at: datetime
    played: bool


def now_of(header: str | None, development: bool) -> Now:
    """`header`: the value of `Songtor-Now`, an RFC 3339 instant. Outside development it is as unknown as any other header
    and passed over. Raises MalformedError (`invalid_now`) for anything but an instant that the calendar knows."""
    if header is None or not development:
        return Now(datetime.now(UTC), played=False)
    try:
        at = instant_of(header.strip())
    except ValueError as error:
        raise MalformedError("invalid_now", "the header Songtor-Now must be an RFC 3339 instant") from error
    if not FIRST_PLAYED <= at < AFTER_PLAYED:
        raise MalformedError("invalid_now", "the header Songtor-Now must lie between 1941 and 2199")
    return Now(at, played=True)


def instant_of(text: str) -> datetime:
    """An RFC 3339 instant in UTC; digits past microseconds are cut off. Raises ValueError for anything else.

    Stricter than fromisoformat, which also takes dates, week dates and times without a zone."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("no RFC 3339 instant")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant that has no year in UTC") from error
