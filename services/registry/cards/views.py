"""The list of cards as plain SQL, of what the caller may touch. One card is read from the store, not from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.codes import CardState
from shared.store.store import Connection

_CARDS: LiteralString = """
SELECT card_no, volunteer_id, province, issue, state, "on" FROM cards
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(after)s::text IS NULL OR card_no > %(after)s)
ORDER BY card_no
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class CardRow:
    """How a volunteer's card stands, since when."""

    card_no: str
    volunteer_id: UUID
    province: str
    issue: int
    state: CardState
    on: date


def place_of(cursor: Sequence[Any] | None) -> str | None:
    """The last card number seen. Raises InvalidError for any other cursor."""
    match cursor:
        case None:
            return None
        case [str(card_no)] if "\x00" not in card_no:
            return card_no
    raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


async def cards(
    connection: Connection, reach: Reach, *, province: str | None, state: CardState | None, after: str | None, limit: int
) -> list[CardRow]:
    """By number: province, year of appointment."""
    cursor = connection.cursor(row_factory=class_row(CardRow))
    given = {"province": province, "state": state, "after": after, "limit": limit}
    await cursor.execute(_CARDS, reach.parameters() | given, prepare=False)
    return await cursor.fetchall()
