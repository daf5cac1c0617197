"""What the figures are counted from, in plain SQL. Each answer is one statement, and so of one moment: a rebuild may put new
tables behind the views between two of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import LiteralString
from uuid import UUID

from services.reporting.figures import CaseCounts, HelpCount, Helped
from shared.buddhist_calendar import fiscal_year
from shared.store.store import Connection

# Each part is read from an index that has all of it, in the order in which it is counted: nothing is sorted or hashed.
_HELPED: LiteralString = """
SELECT province, assistance_type, worker_type, true, in_database, count(*), NULL::bigint
FROM assistances WHERE {period} AND person_ref IS NOT NULL GROUP BY 1, 2, 3, 5
UNION ALL
SELECT province, assistance_type, worker_type, false, in_database, count(*), NULL
FROM assistances WHERE {period} AND person_ref IS NULL GROUP BY 1, 2, 3, 5
UNION ALL
SELECT province, NULL, NULL, NULL, NULL, NULL, count(DISTINCT person_ref) FROM assistances WHERE {period} GROUP BY 1
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, count(DISTINCT person_ref) FROM assistances WHERE {period}
"""
# Looking at no days saves an eighth of the time of a whole year.
HELPED_IN_YEAR: LiteralString = _HELPED.replace("{period}", "service_year = %(year)b")
HELPED_IN_DAYS: LiteralString = _HELPED.replace(
    "{period}", "service_year = %(year)b AND service_date BETWEEN %(first_day)b AND %(last_day)b"
)

_LONGEST_MONTH = timedelta(days=31)
"""A period is a month or a fiscal year."""

COUNTED: LiteralString = """
count(*),
count(*) FILTER (WHERE d.decision IN ('eligible', 'not_eligible')),
count(*) FILTER (WHERE d.decision = 'eligible'),
count(*) FILTER (WHERE r.status NOT IN ('declined', 'returned', 'cancelled')),
count(*) FILTER (WHERE h.helped)
"""
# A tip-off is nobody's need; what was withdrawn or found to be a duplicate is not counted at all.
COUNTED_CASES: LiteralString = "NOT n.tipoff AND NOT n.withdrawn AND d.decision IS DISTINCT FROM 'duplicate'"
_FUNNEL: LiteralString = f"""
SELECT n.province, {COUNTED}
FROM needs n
LEFT JOIN decisions d ON d.case_id = n.case_id
LEFT JOIN referrals r ON r.case_id = n.case_id
LEFT JOIN (SELECT DISTINCT case_id, true AS helped FROM assistances WHERE case_id IS NOT NULL) h ON h.case_id = n.case_id
WHERE n.fiscal_year = %s AND {COUNTED_CASES}
GROUP BY n.province
"""
_PROGRESS: LiteralString = f"""
SELECT n.kind, {COUNTED}
FROM needs n
LEFT JOIN decisions d ON d.case_id = n.case_id
LEFT JOIN referrals r ON r.case_id = n.case_id
LEFT JOIN LATERAL (SELECT true AS helped FROM assistances a WHERE a.case_id = n.case_id LIMIT 1) h ON true
WHERE n.volunteer_id = %s AND n.fiscal_year = %s AND {COUNTED_CASES}
GROUP BY n.kind
"""
ON_DUTY: LiteralString = """
(v.relieved_on IS NULL OR v.relieved_on > %(day)s)
AND EXISTS (SELECT FROM volunteer_terms t WHERE t.volunteer_id = v.volunteer_id AND %(day)s BETWEEN t.starts_on AND t.ends_on)
"""
IN_SERVICE: LiteralString = (
    f"SELECT v.province, count(*) FROM volunteers v WHERE v.level = 'subdistrict' AND {ON_DUTY} GROUP BY v.province"
)

# The time of an event that was played says nothing of how long it has been here: the projection's last move has to do.
_TAKEN: LiteralString = """
SELECT (SELECT coalesce(json_agg(json_build_array(topic, partition, next)), '[]') FROM offsets),
       bool_and(p.position >= h.position),
       greatest(0, max(extract(epoch FROM clock_timestamp()
           - CASE WHEN (e.meta ->> 'played')::boolean THEN p.changed_at ELSE e.known_at END)))::float8
FROM head h CROSS JOIN projections p LEFT JOIN events e ON e.position = p.position + 1
WHERE p.status = 'live'
"""


async def helped(connection: Connection, first_day: date, last_day: date) -> Helped:
    """Help of the nation with service dates from `first_day` to `last_day`, days of one fiscal year."""
    year = fiscal_year(first_day)
    statement = HELPED_IN_YEAR if last_day - first_day > _LONGEST_MONTH else HELPED_IN_DAYS
    period = {"year": year, "first_day": first_day, "last_day": last_day}
    # Not prepared: for days that it does not know PostgreSQL expects a few rows, and plans for those.
    cursor = await connection.execute(statement, period, prepare=False, binary=True)
    rows = await cursor.fetchall()
    counts = [HelpCount(*row[:6]) for row in rows if row[6] is None]
    return Helped(counts, {row[0]: row[6] for row in rows if row[6] is not None})


async def cases_by_province(connection: Connection, fiscal_year: int) -> dict[str, CaseCounts]:
    cursor = await connection.execute(_FUNNEL, [fiscal_year], prepare=True)
    return {province: CaseCounts(*counts) for province, *counts in await cursor.fetchall()}


async def cases_by_kind(connection: Connection, volunteer_id: UUID, fiscal_year: int) -> dict[str, CaseCounts]:
    """One volunteer's."""
    cursor = await connection.execute(_PROGRESS, [volunteer_id, fiscal_year], prepare=True)
    return {kind: CaseCounts(*counts) for kind, *counts in await cursor.fetchall()}


async def volunteers_in_service(connection: Connection, day: date) -> dict[str, int]:
    """Sub-district volunteers by province."""
    cursor = await connection.execute(IN_SERVICE, {"day": day}, prepare=True)
    return dict(await cursor.fetchall())


async def province_of_volunteer(connection: Connection, volunteer_id: UUID) -> str | None:
    cursor = await connection.execute("SELECT province FROM volunteers WHERE volunteer_id = %s", [volunteer_id], prepare=True)
    row = await cursor.fetchone()
    return None if row is None else row[0]


@dataclass(frozen=True, slots=True)
class Help:
    """Where help was given, and the stream that it belongs to: its case's, or its own."""

    province: str
    stream: UUID


async def help_of(connection: Connection, assistance_id: UUID) -> Help | None:
    cursor = await connection.execute(
        "SELECT province, coalesce(case_id, assistance_id) FROM assistance_versions WHERE assistance_id = %s LIMIT 1",
        [assistance_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    return None if row is None else Help(*row)


@dataclass(frozen=True, slots=True)
class Taken:
    """How far this service is: the next offset of each partition, whether every projection shows all of the store, and how
    many seconds the oldest event that one does not show has been there."""

    offsets: dict[tuple[str, int], int]
    all_shown: bool
    oldest_seconds: float


async def taken(connection: Connection) -> Taken:
    cursor = await connection.execute(_TAKEN, prepare=True)
    row = await cursor.fetchone()
    assert row is not None
    offsets, all_shown, oldest_seconds = row
    return Taken({(topic, partition): following for topic, partition, following in offsets}, all_shown, oldest_seconds)
