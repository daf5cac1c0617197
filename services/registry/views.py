"""Registry's lists and figures as plain SQL, of what the caller may touch. One volunteer or unit is read from the store, not
from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.registry.domain import Status, UnitStatus
from services.registry.rules import PAID_LEVEL
from shared.access import Reach
from shared.buddhist_calendar import Month
from shared.errors import Fault, InvalidError
from shared.events.codes import Level
from shared.places import is_district, is_subdistrict
from shared.sealed import Sealed
from shared.store.store import Connection

Place = tuple[str, UUID]
"""A row's place in a list: area code, id; ascending."""

_VOLUNTEERS: LiteralString = """
SELECT * FROM (
    SELECT volunteer_id, person AS person_json, card_no, province, level, area_code, village_no, unit_id, appointed_on,
           term_starts_on, term_ends_on, relieved_on, order_no,
           CASE WHEN relieved_on <= %(day)s THEN 'relieved'
                WHEN EXISTS (SELECT FROM volunteer_service s
                             WHERE s.volunteer_id = v.volunteer_id AND %(day)s BETWEEN s.starts_on AND s.until) THEN 'active'
                WHEN appointed_on <= %(day)s THEN 'expired' END AS status
    FROM volunteers v
    WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
      AND (%(province)s::text IS NULL OR province = %(province)s)
      AND (%(level)s::text IS NULL OR level = %(level)s)
      AND (%(area_code)s::text IS NULL OR (area_code, volunteer_id) > (%(area_code)s, %(id)s::uuid))
) found
WHERE %(status)s::text IS NULL OR status = %(status)s
ORDER BY area_code, volunteer_id
LIMIT %(limit)s
"""

_UNITS: LiteralString = """
SELECT * FROM (
    SELECT unit_id, name, province, area_code, village_no, opened_on, closed_on,
           CASE WHEN closed_on <= %(day)s THEN 'closed' WHEN opened_on <= %(day)s THEN 'open' END AS status
    FROM service_units
    WHERE (%(whole)s OR unit_id = %(of_unit)s)
      AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
      AND (%(province)s::text IS NULL OR province = %(province)s)
      AND (%(area_code)s::text IS NULL OR (area_code, unit_id) > (%(area_code)s, %(id)s::uuid))
) found
WHERE %(status)s::text IS NULL OR status = %(status)s
ORDER BY area_code, unit_id
LIMIT %(limit)s
"""

_SERVING: LiteralString = """
SELECT level, area_code, count(*)::int AS volunteers FROM volunteer_service
WHERE province = %(province)s AND %(day)s BETWEEN starts_on AND until
GROUP BY level, area_code
"""

_VILLAGES: LiteralString = """
SELECT area_code, village_no, bool_or(served) AS served FROM (
    SELECT v.area_code, v.village_no,
           EXISTS (SELECT FROM volunteer_service s
                   WHERE s.volunteer_id = v.volunteer_id AND %(day)s BETWEEN s.starts_on AND s.until) AS served
    FROM volunteers v WHERE v.province = %(province)s AND v.village_no IS NOT NULL
    UNION ALL
    SELECT area_code, village_no, false FROM service_units WHERE province = %(province)s AND village_no IS NOT NULL
) named
GROUP BY area_code, village_no ORDER BY area_code, village_no
"""

# Who was relieved and appointed to the same area again within the month is one volunteer there, with two cards.
_PAID: LiteralString = """
SELECT province, count(DISTINCT (person_ref, area_code))::int AS volunteers FROM volunteer_service
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND level = %(level)s AND starts_on <= %(last_day)s AND until >= %(first_day)s
GROUP BY province ORDER BY province
"""


@dataclass(frozen=True, slots=True)
class VolunteerRow:
    """A volunteer as of a day; `status` is None before the first day in service."""

    volunteer_id: UUID
    person_json: str
    card_no: str
    province: str
    level: str
    area_code: str
    village_no: int | None
    unit_id: UUID | None
    appointed_on: date
    term_starts_on: date
    term_ends_on: date
    relieved_on: date | None
    order_no: str | None
    status: Status | None

    @property
    def person(self) -> Sealed:
        return Sealed.model_validate_json(self.person_json)

    @property
    def place(self) -> tuple[str, str]:
        return self.area_code, str(self.volunteer_id)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A service unit as of a day; `status` is None before the first day open."""

    unit_id: UUID
    name: str
    province: str
    area_code: str
    village_no: int | None
    opened_on: date
    closed_on: date | None
    status: UnitStatus | None

    @property
    def place(self) -> tuple[str, str]:
        return self.area_code, str(self.unit_id)


@dataclass(frozen=True, slots=True)
class Serving:
    """How many volunteers of a level serve in an area."""

    level: str
    area_code: str
    volunteers: int


@dataclass(frozen=True, slots=True)
class KnownVillage:
    """A village that a volunteer or a service unit was named with. `served`: a volunteer of it is in service."""

    area_code: str
    village_no: int
    served: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """How many volunteers of a province get an allowance."""

    province: str
    volunteers: int


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of these lists says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        area_code, row_id = cursor
        if is_subdistrict(area_code) or is_district(area_code):
            return area_code, UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        pass
    raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


async def volunteers(
    connection: Connection,
    reach: Reach,
    *,
    day: date,
    province: str | None,
    level: Level | None,
    status: Status | None,
    after: Place | None,
    limit: int,
) -> list[VolunteerRow]:
    """By area, then in the order of appointment."""
    area_code, row_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(VolunteerRow))
    parameters = reach.parameters() | {"day": day, "province": province, "level": level, "status": status}
    # Planned anew with its values: filters that are not given must not cost the index.
    await cursor.execute(_VOLUNTEERS, parameters | {"area_code": area_code, "id": row_id, "limit": limit}, prepare=False)
    return await cursor.fetchall()


async def units(
    connection: Connection,
    reach: Reach,
    *,
    day: date,
    province: str | None,
    status: UnitStatus | None,
    after: Place | None,
    limit: int,
) -> list[UnitRow]:
    """By area, then in the order of opening."""
    area_code, row_id = after or (None, None)
    cursor = connection.cursor(row_factory=class_row(UnitRow))
    parameters = {"day": day, "province": province, "status": status, "area_code": area_code, "id": row_id, "limit": limit}
    await cursor.execute(_UNITS, reach.parameters() | parameters, prepare=False)
    return await cursor.fetchall()


async def serving(connection: Connection, *, province: str, day: date) -> list[Serving]:
    """Who serves in a province on a day."""
    cursor = connection.cursor(row_factory=class_row(Serving))
    await cursor.execute(_SERVING, {"province": province, "day": day})
    return await cursor.fetchall()


async def villages(connection: Connection, *, province: str, day: date) -> list[KnownVillage]:
    """The villages of a province that are known, by area and number."""
    cursor = connection.cursor(row_factory=class_row(KnownVillage))
    await cursor.execute(_VILLAGES, {"province": province, "day": day})
    return await cursor.fetchall()


async def paid(connection: Connection, reach: Reach, month: Month) -> list[Paid]:
    """By province: volunteers of the paid level in service on any day of a month."""
    cursor = connection.cursor(row_factory=class_row(Paid))
    parameters = {"level": PAID_LEVEL, "first_day": month.first_day, "last_day": month.last_day}
    await cursor.execute(_PAID, reach.parameters() | parameters)
    return await cursor.fetchall()
