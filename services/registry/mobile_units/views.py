"""The list of mobile service units as plain SQL, of what the caller may touch, and what came of them: help given there, and what
became of the needs of the place. One unit itself is read from the store, not from here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.rows import class_row

from services.registry.mobile_units.domain import average
from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.codes import MobileUnitStatus
from shared.store.store import Connection

Place = tuple[date, UUID]
"""A row's place in the list: planned_on, mobile_unit_id; descending."""

_MOBILE_UNITS: LiteralString = """
SELECT mobile_unit_id, province, area_code, village_no, planned_on, project_name, agencies AS agencies_json, kinds AS kinds_json,
       expected_people, status, held_on, people_served, satisfaction AS satisfaction_json
FROM mobile_units
WHERE %(whole)s AND (%(in_provinces)s::text[] IS NULL OR province = ANY(%(in_provinces)s))
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(planned_on)s::date IS NULL OR (planned_on, mobile_unit_id) < (%(planned_on)s, %(mobile_unit_id)s::uuid))
ORDER BY planned_on DESC, mobile_unit_id DESC
LIMIT %(limit)s
"""

_HELP: LiteralString = """
SELECT mobile_unit_id, count(*)::int AS assistances, count(DISTINCT person_ref)::int AS persons FROM heard_assistances
WHERE mobile_unit_id = ANY(%(ids)s) AND NOT void
GROUP BY mobile_unit_id
"""

# Help on the very day that the unit was there is help since.
_NEEDS: LiteralString = """
SELECT u.mobile_unit_id, n.open_before, n.helped_since, n.helped_there, n.reported_since
FROM mobile_units u, LATERAL (
    SELECT count(*) FILTER (WHERE open_before)::int AS open_before,
           count(*) FILTER (WHERE open_before AND helped_since)::int AS helped_since,
           count(*) FILTER (WHERE open_before AND helped_there)::int AS helped_there,
           count(*) FILTER (WHERE reported_since)::int AS reported_since
    FROM (
        SELECT c.reported_on >= u.held_on AS reported_since,
               c.reported_on < u.held_on AND NOT EXISTS (
                   SELECT FROM heard_assistances a
                   WHERE a.case_id = c.case_id AND NOT a.void AND a.service_date < u.held_on) AS open_before,
               EXISTS (
                   SELECT FROM heard_assistances a
                   WHERE a.case_id = c.case_id AND NOT a.void AND a.service_date >= u.held_on) AS helped_since,
               c.person_ref IN (
                   SELECT a.person_ref FROM heard_assistances a
                   WHERE a.mobile_unit_id = u.mobile_unit_id AND NOT a.void AND a.person_ref IS NOT NULL) AS helped_there
        FROM counted_cases c
        WHERE c.area_code = u.area_code AND c.kind IN (SELECT json_array_elements_text(u.kinds::json))
    ) c
) n
WHERE u.mobile_unit_id = ANY(%(ids)s) AND u.held_on IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class MobileUnitRow:
    """A mobile unit in the list."""

    mobile_unit_id: UUID
    province: str
    area_code: str
    village_no: int | None
    planned_on: date
    project_name: str
    agencies_json: str
    kinds_json: str
    expected_people: int
    status: str
    held_on: date | None
    people_served: int | None
    satisfaction_json: str | None

    @property
    def agencies(self) -> list[str]:
        found: list[str] = orjson.loads(self.agencies_json)
        return found

    @property
    def kinds(self) -> list[str]:
        found: list[str] = orjson.loads(self.kinds_json)
        return found

    @property
    def satisfaction(self) -> dict[str, int] | None:
        return None if self.satisfaction_json is None else orjson.loads(self.satisfaction_json)

    @property
    def satisfaction_average(self) -> float | None:
        return average(self.satisfaction)

    @property
    def place(self) -> tuple[str, str]:
        return self.planned_on.isoformat(), str(self.mobile_unit_id)


@dataclass(frozen=True, slots=True)
class _HelpThere:
    """Help that names the mobile unit and is not void."""

    mobile_unit_id: UUID
    assistances: int
    persons: int


@dataclass(frozen=True, slots=True)
class NeedsSince:
    """As `bodies.NeedsThere`."""

    mobile_unit_id: UUID
    open_before: int
    helped_since: int
    helped_there: int
    reported_since: int


@dataclass(frozen=True, slots=True)
class CameOfIt:
    """What came of a mobile unit; `needs` None before it was held."""

    assistances: int = 0
    persons: int = 0
    needs: NeedsSince | None = None


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of this list says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        planned_on, mobile_unit_id = cursor
        return date.fromisoformat(planned_on), UUID(mobile_unit_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")]) from error


async def mobile_units(
    connection: Connection,
    reach: Reach,
    *,
    province: str | None,
    status: MobileUnitStatus | None,
    after: Place | None,
    limit: int,
) -> list[MobileUnitRow]:
    """By the planned day, the newest first."""
    planned_on, mobile_unit_id = after or (None, None)
    place = {"planned_on": planned_on, "mobile_unit_id": mobile_unit_id, "limit": limit}
    cursor = connection.cursor(row_factory=class_row(MobileUnitRow))
    parameters = reach.parameters() | {"province": province, "status": status}
    # Planned anew with its values: filters that are not given must not cost the index.
    await cursor.execute(_MOBILE_UNITS, parameters | place, prepare=False)
    return await cursor.fetchall()


async def came_of_them(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, CameOfIt]:
    """For each of them: help given there, and what became of the needs of the place."""
    helping = connection.cursor(row_factory=class_row(_HelpThere))
    helped = {row.mobile_unit_id: row for row in await (await helping.execute(_HELP, {"ids": [*ids]})).fetchall()}
    needing = connection.cursor(row_factory=class_row(NeedsSince))
    needs = {row.mobile_unit_id: row for row in await (await needing.execute(_NEEDS, {"ids": [*ids]})).fetchall()}
    nothing = CameOfIt()
    return {
        one: CameOfIt(helped[one].assistances, helped[one].persons, needs.get(one))
        if one in helped
        else replace(nothing, needs=needs.get(one))
        for one in ids
    }
