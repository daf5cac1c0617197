"""Which needs wait where, and when mobile service units were or will be there, in plain SQL. One statement, as in `views.py`;
nothing personal is read."""

from datetime import date
from itertools import groupby
from typing import Any, LiteralString

from services.reporting.mobile_units import OpenNeeds, Place, PlannedUnit, plans_from, waited_long_since
from shared.events.codes import Agency, NeedKind
from shared.store.store import Connection

# Open: nobody was helped, and nobody has said that there is nothing to help with. A referral that came back leaves a need with no
# agency, one that was closed without help ends it. The row without a kind is that of its whole sub-district, and stands first.
_WAITING: LiteralString = """
WITH waiting AS MATERIALIZED (
    SELECT n.area_code, n.kind, n.person_ref, n.reported_on,
           CASE WHEN r.status IN ('sent', 'accepted') THEN r.agency END AS agency
    FROM needs n
    LEFT JOIN decisions d ON d.case_id = n.case_id
    LEFT JOIN referrals r ON r.case_id = n.case_id
    WHERE n.province = %(province)b AND NOT n.tipoff AND NOT n.withdrawn AND n.reported_on BETWEEN %(since)b AND %(day)b
      AND coalesce(d.decision, '') NOT IN ('not_eligible', 'duplicate') AND coalesce(r.status, '') <> 'closed'
      AND NOT EXISTS (SELECT FROM assistances a WHERE a.case_id = n.case_id)
),
counted AS (
    SELECT area_code, kind, agency, count(*) AS needs, count(*) FILTER (WHERE reported_on <= %(long_since)b) AS long_waiting,
           min(reported_on) AS oldest_on, count(DISTINCT person_ref) + count(*) FILTER (WHERE person_ref IS NULL) AS people
    FROM waiting GROUP BY GROUPING SETS ((area_code, kind, agency), (area_code))
),
held AS (
    SELECT area_code, max(held_on) AS held_on FROM mobile_units
    WHERE province = %(province)b AND status = 'held' AND held_on <= %(day)b GROUP BY area_code
),
planned AS (
    SELECT DISTINCT ON (area_code) area_code, mobile_unit_id, planned_on FROM mobile_units
    WHERE province = %(province)b AND status = 'planned' AND planned_on >= %(plans_from)b
    ORDER BY area_code, planned_on, mobile_unit_id
)
SELECT area_code, c.people, h.held_on, p.mobile_unit_id, p.planned_on, c.kind, c.agency, c.needs, c.long_waiting, c.oldest_on
FROM counted c LEFT JOIN held h USING (area_code) LEFT JOIN planned p USING (area_code)
ORDER BY area_code, c.kind NULLS FIRST, c.agency NULLS FIRST
"""


async def places(connection: Connection, province: str, *, since: date, day: date) -> list[Place]:
    """The sub-districts of a province in which needs wait that were reported from `since` to `day`."""
    given = {
        "province": province,
        "since": since,
        "day": day,
        "long_since": waited_long_since(day),
        "plans_from": plans_from(day),
    }
    # Not prepared: for days that it does not know PostgreSQL expects a few rows, and plans for those.
    cursor = await connection.execute(_WAITING, given, prepare=False, binary=True)
    return [_place([*rows]) for _, rows in groupby(await cursor.fetchall(), key=lambda row: row[0])]


def _place(rows: list[tuple[Any, ...]]) -> Place:
    area_code, people, held_on, unit_id, planned_on = rows[0][:5]
    waiting = [
        OpenNeeds(NeedKind(kind), None if agency is None else Agency(agency), needs, long_waiting, oldest_on)
        for kind, agency, needs, long_waiting, oldest_on in (row[5:] for row in rows[1:])
    ]
    return Place(area_code, waiting, people, held_on, None if unit_id is None else PlannedUnit(unit_id, planned_on))
