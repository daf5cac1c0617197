"""The chain of hashes worked out again, and what does not fit. Pure: entries and heads are given; where they come from is said in
`trail.py` and `heads.py`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import orjson

GENESIS = bytes(32)
"""What stands before the first entry."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Link(NamedTuple):
    """An entry as it is stored. `details`: its JSON as it was written, `at` with a zone, to the microsecond."""

    number: int
    at: datetime
    actor: str
    roles: tuple[str, ...]
    action: str
    person_ref: UUID | None
    details: str
    outcome: str
    status: int
    request_id: str
    before: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry at some moment. Of a service with an empty trail: number 0 and GENESIS."""

    number: int
    hash: bytes


class Wrong(StrEnum):
    """What a chain can show."""

    MISSING = "is missing"
    ALTERED = "is not what was written: its hash is another"
    UNLINKED = "does not follow the entry before it"
    NOT_AS_PUBLISHED = "is not the one that was published"
    CUT_OFF = "was published, and the trail ends before it"
    NOT_THE_HEAD = "is not what the trail's head says"


class Finding(NamedTuple):
    """From which entry to which (often the same) something is wrong."""

    first: int
    last: int
    wrong: Wrong


def hash_of(link: Link) -> bytes:
    """As `audit_add` of the schema makes it: SHA-256 over the hash before and the fields, each with its length."""
    fields = (
        str(link.number),
        str((link.at - _EPOCH) // _MICROSECOND),
        link.actor,
        orjson.dumps(link.roles).decode(),
        link.action,
        None if link.person_ref is None else str(link.person_ref),
        link.details,
        link.outcome,
        str(link.status),
        link.request_id,
    )
    return hashlib.sha256(link.before + b"".join(map(_field, fields))).digest()


def _field(value: str | None) -> bytes:
    if value is None:
        return b"-"
    found = value.encode()
    return b"%d:%b" % (len(found), found)


class Verification:
    """Takes the entries in the order of their numbers, from the first on, and then the end. After something wrong it goes on with
    what is stored, so that each fault is found once.

    `published`: hashes by number that were told to others when they were the newest; the more, the less can be rewritten."""

    def __init__(self, published: Mapping[int, frozenset[bytes]]) -> None:
        self._published = published
        self._last = Head(0, GENESIS)

    @property
    def last(self) -> Head:
        """The entry that was taken last."""
        return self._last

    def take(self, link: Link) -> list[Finding]:
        """What is wrong with this entry, or between it and the one before."""
        found = []
        due = self._last.number + 1
        if link.number > due:
            found.append(Finding(due, link.number - 1, Wrong.MISSING))
        elif link.before != self._last.hash or link.number < due:
            found.append(Finding(link.number, link.number, Wrong.UNLINKED))
        if hash_of(link) != link.hash:
            found.append(Finding(link.number, link.number, Wrong.ALTERED))
        if self._published.get(link.number, frozenset({link.hash})) != {link.hash}:
            found.append(Finding(link.number, link.number, Wrong.NOT_AS_PUBLISHED))
        self._last = Head(link.number, link.hash)
        return found

    def end(self, head: Head) -> list[Finding]:
        """`head`: what the database says is the last entry, asked before the entries were read."""
        found = []
        if head != self._last:
            found.append(Finding(head.number, head.number, Wrong.NOT_THE_HEAD))
        beyond = max(self._published, default=0)
        if beyond > self._last.number:
            found.append(Finding(self._last.number + 1, beyond, Wrong.CUT_OFF))
        return found
