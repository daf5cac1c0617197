"""The list of centres as plain SQL, of what the caller may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.places import is_province
from shared.store.store import Connection

_CENTRES: LiteralString = """
SELECT centre_id, province, name, order_no, established_on FROM centres
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(after)s::text IS NULL OR province > %(after)s)
ORDER BY province
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class CentreRow:
    centre_id: UUID
    province: str
    name: str
    order_no: str
    established_on: date


def place_of(cursor: Sequence[Any] | None) -> str | None:
    """What a cursor of the list says: the last province. Raises InvalidError for any other."""
    if cursor is None:
        return None
    match cursor:
        case [str(province)] if is_province(province):
            return province
    raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


async def centres(
    connection: Connection, reach: Reach, *, province: str | None, after: str | None, limit: int
) -> list[CentreRow]:
    """By province, of which each has one."""
    cursor = connection.cursor(row_factory=class_row(CentreRow))
    await cursor.execute(_CENTRES, reach.parameters() | {"province": province, "after": after, "limit": limit}, prepare=False)
    return await cursor.fetchall()
