"""What the figures of a province's network are counted from, and which centre each province has, in plain SQL. One statement
each, as in `views.py`."""

from datetime import date
from typing import LiteralString
from uuid import UUID

from services.reporting.forms import Centre
from services.reporting.network import Held, Network, Serving, Units
from services.reporting.views import COUNTED_CASES, ON_DUTY
from shared.buddhist_calendar import fiscal_year_bounds
from shared.store.store import Connection

_CENTRES: LiteralString = "SELECT province, centre_id, name FROM centres"
# A volunteer's last report is the last entry of his in the index; years go up with days.
_NETWORK: LiteralString = f"""
WITH serving AS MATERIALIZED (
    SELECT v.volunteer_id, v.level, v.area_code, v.appointed_on FROM volunteers v WHERE v.province = %(province)s AND {ON_DUTY}
),
reported AS (
    SELECT n.volunteer_id, count(*) AS cases
    FROM serving s JOIN needs n ON n.volunteer_id = s.volunteer_id LEFT JOIN decisions d ON d.case_id = n.case_id
    WHERE n.fiscal_year = %(year)s AND n.reported_on <= %(day)s AND {COUNTED_CASES}
    GROUP BY n.volunteer_id
),
held AS (
    SELECT activity_id, kind, people_reached, attendances FROM activities
    WHERE province = %(province)s AND fiscal_year = %(year)s AND held_on <= %(day)s AND NOT void
),
told AS (
    SELECT s.*, coalesce(r.cases, 0) AS cases,
           (SELECT n.reported_on FROM needs n
            WHERE n.volunteer_id = s.volunteer_id AND n.fiscal_year <= %(year)s AND n.reported_on <= %(day)s
            ORDER BY n.fiscal_year DESC, n.reported_on DESC LIMIT 1) AS last_report_on,
           EXISTS (SELECT FROM attendances a JOIN held USING (activity_id) WHERE a.volunteer_id = s.volunteer_id) AS attended,
           EXISTS (SELECT FROM mentorings m WHERE m.volunteer_id = s.volunteer_id AND m.assigned_from <= %(day)s) AS mentored,
           (SELECT c.state FROM cards c WHERE c.volunteer_id = s.volunteer_id LIMIT 1) AS card
    FROM serving s LEFT JOIN reported r USING (volunteer_id)
)
SELECT (SELECT json_agg(json_build_array(volunteer_id, level, area_code, appointed_on, cases, last_report_on, attended, mentored,
                                         card)) FROM told),
       (SELECT json_agg(json_build_array(kind, times, reached, present))
        FROM (SELECT kind, count(*) AS times, sum(people_reached) AS reached, sum(attendances) AS present
              FROM held GROUP BY kind) by_kind),
       (SELECT json_agg(json_build_array(status, units, people_served, marks, marks_sum))
        FROM (SELECT status, count(*) AS units, sum(people_served) AS people_served, sum(marks) AS marks,
                     sum(marks_sum) AS marks_sum
              FROM mobile_units
              WHERE province = %(province)s AND coalesce(held_on, planned_on) BETWEEN %(first)s AND %(last)s
              GROUP BY status) by_status),
       (SELECT count(*) FROM mentors WHERE province = %(province)s),
       (SELECT json_build_object('centre_id', centre_id, 'name', name, 'order_no', order_no, 'established_on', established_on)
        FROM centres WHERE province = %(province)s LIMIT 1)
"""


async def centres(connection: Connection) -> dict[str, Centre]:
    """As known now, by province."""
    cursor = await connection.execute(_CENTRES, prepare=True)
    return {province: Centre(centre_id, name) for province, centre_id, name in await cursor.fetchall()}


async def network(connection: Connection, province: str, fiscal_year: int, day: date) -> Network:
    """As of `day`, of the fiscal year up to it; planned mobile units of all of it."""
    first, last = fiscal_year_bounds(fiscal_year)
    given = {"province": province, "year": fiscal_year, "day": day, "first": first, "last": last}
    cursor = await connection.execute(_NETWORK, given, prepare=True)
    row = await cursor.fetchone()
    assert row is not None
    serving, activities, units, mentors, centre = row
    return Network(
        serving=[_serving(*one) for one in serving or ()],
        activities={kind: Held(*counts) for kind, *counts in activities or ()},
        mobile_units={status: Units(*counts) for status, *counts in units or ()},
        mentors=mentors,
        centre=centre,
    )


def _serving(
    volunteer_id: str,
    level: str,
    area_code: str,
    appointed_on: str,
    reported: int,
    last_report_on: str | None,
    attended: bool,
    mentored: bool,
    card: str | None,
) -> Serving:
    """As JSON has it."""
    last = None if last_report_on is None else date.fromisoformat(last_report_on)
    appointed = date.fromisoformat(appointed_on)
    return Serving(UUID(volunteer_id), level, area_code, appointed, reported, last, attended, mentored, card)
