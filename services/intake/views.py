"""The list of needs as plain SQL over the projection's view, of what the caller may touch. One case is read from the store, not
from here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.case_status import CaseStatus
from shared.events.codes import NeedKind
from shared.store.store import Connection

Place = tuple[datetime, UUID]
"""A row's place in the list: reported_at, case_id; descending."""

REACHED: LiteralString = """
(%(in_provinces)s::text[] IS NULL OR n.province = ANY(%(in_provinces)s))
AND (%(whole)s OR n.volunteer_id = %(of_volunteer)s::uuid OR n.unit_id = %(of_unit)s::uuid)
"""
"""Of needs `n`: those that the caller may touch, with `Reach.parameters`."""
SHOWN: LiteralString = f"""
SELECT case_id, status, kind, urgent, province, area_code, village_no, volunteer_id, unit_id, person_ref, worker_type,
       reported_at, fiscal_year, duplicate,
       (SELECT n.case_id FROM intake_needs n WHERE n.case_id = found.duplicate_of AND {REACHED}) AS duplicate_of
FROM (SELECT * FROM intake_cases n WHERE {REACHED}) found
"""

_NEEDS: LiteralString = f"""
{SHOWN}
WHERE (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(volunteer_id)s::uuid IS NULL OR volunteer_id = %(volunteer_id)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(reported_at)s::timestamptz IS NULL OR (reported_at, case_id) < (%(reported_at)s, %(case_id)s::uuid))
ORDER BY reported_at DESC, case_id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A need in the list."""

    case_id: UUID
    status: str
    kind: str
    urgent: bool
    province: str
    area_code: str
    village_no: int | None
    volunteer_id: UUID | None
    unit_id: UUID | None
    person_ref: UUID | None
    worker_type: str | None
    reported_at: datetime
    fiscal_year: int
    duplicate: bool
    duplicate_of: UUID | None

    @property
    def place(self) -> Sequence[Any]:
        """Its place as a cursor keeps it."""
        return self.reported_at.isoformat(), str(self.case_id)


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of this list says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        reported_at, case_id = cursor
        place = (datetime.fromisoformat(reported_at), UUID(case_id))
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidError([_NO_CURSOR]) from error
    if place[0].tzinfo is None:
        raise InvalidError([_NO_CURSOR])
    return place


_NO_CURSOR = Fault("/query/cursor", "invalid", "not a cursor that this list gave")


async def needs(
    connection: Connection,
    reach: Reach,
    *,
    province: str | None,
    volunteer_id: UUID | None,
    status: CaseStatus | None,
    kind: NeedKind | None,
    after: Place | None,
    limit: int,
) -> list[Listed]:
    """The newest first."""
    reported_at, case_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(Listed))
    await cursor.execute(
        _NEEDS,
        reach.parameters()
        | {
            "province": province or _only(reach.provinces),
            "volunteer_id": volunteer_id,
            "status": status,
            "kind": kind,
            "reported_at": reported_at,
            "case_id": case_id,
            "limit": limit,
        },
        prepare=False,  # planned anew with its values: filters that are not given must not cost the index
    )
    return await cursor.fetchall()


def _only(provinces: frozenset[str] | None) -> str | None:
    """Of one province the index gives rows in order; of one of several it does not."""
    return next(iter(provinces)) if provinces is not None and len(provinces) == 1 else None


async def volunteers_by_card(connection: Connection, cards: Collection[str]) -> dict[str, UUID]:
    """Whose cards they are, of whatever province: nobody is shown. Numbers of no card are left out."""
    cursor = await connection.execute("SELECT card_no, volunteer_id FROM intake_cards WHERE card_no = ANY(%s)", [list(cards)])
    return dict(await cursor.fetchall())
