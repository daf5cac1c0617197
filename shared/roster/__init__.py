"""The informal-worker database (ฐานข้อมูลแรงงานนอกระบบ) as the services see it: whether a person is in its newest edition.
How editions come into the vault is in `editions.py`."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from shared.connecting import TimedConnection, ask
from shared.metrics import ROSTER_ANSWERS

__all__ = ["NOBODY", "Roster", "RosterEntry"]

PATIENCE_S = 3.0

_LOOK_UP: LiteralString = "SELECT in_database, edition FROM roster_newest WHERE key_ref = %s"


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """`edition`: which one was asked; None when there is none, or nobody to look for."""

    in_database: bool
    edition: str | None


NOBODY = RosterEntry(in_database=False, edition=None)


class Roster:
    """Asks by reference, not by number: the vault joins its own keyed hash with the roster's, and no citizen ID is opened."""

    def __init__(self, pool: AsyncConnectionPool[TimedConnection]) -> None:
        self._pool = pool

    async def look_up(self, person_ref: UUID | None) -> RosterEntry:
        """NOBODY for none, and for a person who was forgotten. People without a Thai ID are in no edition.
        Raises UnavailableError `database_unavailable`."""
        if person_ref is None:
            return NOBODY
        rows = await ask(self._pool, _LOOK_UP, (person_ref,), patience=PATIENCE_S)
        found = RosterEntry(*rows[0]) if rows else NOBODY
        ROSTER_ANSWERS.labels(_answer(found)).inc()
        return found


def _answer(found: RosterEntry) -> str:
    if found.edition is None:
        return "no_edition"
    return "in_database" if found.in_database else "not_in_database"
