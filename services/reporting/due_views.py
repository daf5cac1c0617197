"""Who was to report, who did, and what waits, in plain SQL. Each answer is one statement, as in `views.py`."""

from collections.abc import Collection
from datetime import date, datetime
from typing import LiteralString

from services.reporting.completeness import Expected
from services.reporting.due import DueDays, end_of
from services.reporting.todo import Duty
from shared.buddhist_calendar import Month
from shared.clock import Now
from shared.store.store import Connection

# Open on the due day, as it was known then: what came to be known later has no part in it. `known` is null for all that is known.
_EXPECTED_UNITS: LiteralString = """
SELECT u.unit_id, u.province, u.name FROM unit_versions u
WHERE u.known_from <= coalesce(%(known)s::timestamptz, 'infinity')
  AND (u.known_to IS NULL OR u.known_to > coalesce(%(known)s::timestamptz, 'infinity'))
  AND u.opened_on <= %(sp12_due)s AND (u.closed_on IS NULL OR u.closed_on > %(sp12_due)s)
"""
_EXPECTED: LiteralString = f"""
SELECT e.province, e.unit_id, s.submitted_at, e.name
FROM ({_EXPECTED_UNITS}) e
LEFT JOIN submissions s ON s.form = 'sp12' AND s.month = %(month)s AND s.unit_id = e.unit_id AND s.revision = 1
UNION ALL
SELECT e.province, NULL, s.submitted_at, ''
FROM unnest(%(provinces)s::text[]) e(province)
LEFT JOIN submissions s ON s.form = 'snb2' AND s.month = %(month)s AND s.province = e.province AND s.revision = 1
ORDER BY province, unit_id
"""

# What a form's hash rests on, so that nothing waits where nothing would be submitted.
_FACTS: LiteralString = """
a.assistance_id, a.case_id, a.person_ref, a.worker_type, a.assistance_type, a.project_name, a.in_database, a.service_date,
a.recorded_at
"""
_DUTIES: LiteralString = f"""
WITH expected AS ({_EXPECTED_UNITS} AND u.province = %(province)s),
sent AS (
    SELECT form, unit_id, report_id, max(revision) AS revision, min(submitted_at) FILTER (WHERE revision = 1) AS first_at
    FROM submissions WHERE month = %(month)s AND province = %(province)s GROUP BY form, unit_id, report_id
),
live AS MATERIALIZED (
    SELECT 'sp12' AS form, a.unit_id, {_FACTS} FROM assistances a JOIN units u ON u.unit_id = a.unit_id
    WHERE u.province = %(province)s AND a.service_date BETWEEN %(sp12_first)s AND %(sp12_due)s AND a.person_ref IS NOT NULL
    UNION ALL
    SELECT 'snb2', NULL, {_FACTS} FROM assistances a
    WHERE a.province = %(province)s AND a.service_date BETWEEN %(first)s AND %(last)s AND a.person_ref IS NOT NULL
),
frozen AS MATERIALIZED (
    SELECT s.form, s.unit_id, {_FACTS}
    FROM sent s JOIN submitted_rows r ON r.report_id = s.report_id AND r.revision = s.revision
    JOIN assistance_versions a ON a.assistance_id = r.assistance_id AND a.revision = r.assistance_revision
),
waiting AS (
    SELECT form, unit_id, count(DISTINCT assistance_id) AS rows
    FROM ((TABLE live EXCEPT TABLE frozen) UNION ALL (TABLE frozen EXCEPT TABLE live)) differing
    GROUP BY form, unit_id
)
SELECT u.unit_id, u.name, e.unit_id IS NOT NULL, s.first_at, coalesce(s.revision, 0), coalesce(w.rows, 0)
FROM units u
LEFT JOIN expected e ON e.unit_id = u.unit_id
LEFT JOIN sent s ON s.form = 'sp12' AND s.unit_id = u.unit_id
LEFT JOIN waiting w ON w.form = 'sp12' AND w.unit_id = u.unit_id
WHERE u.province = %(province)s AND (e.unit_id IS NOT NULL OR s.unit_id IS NOT NULL OR w.unit_id IS NOT NULL)
UNION ALL
SELECT NULL, '', %(expected)s, s.first_at, coalesce(s.revision, 0), coalesce(w.rows, 0)
FROM (VALUES ('snb2')) f(form)
LEFT JOIN sent s ON s.form = f.form
LEFT JOIN waiting w ON w.form = f.form
"""


def known_by(due_on: date, now: Now) -> datetime | None:
    """Up to when facts count for who was to report: the end of the due day, before that now. By the real clock, now is all that
    is known (None): the clock of the database may be ahead."""
    end = end_of(due_on)
    if now.at > end:
        return end
    return now.at if now.played else None


async def expected(
    connection: Connection, month: Month, *, due_days: DueDays, known: datetime | None, provinces: Collection[str]
) -> tuple[list[Expected], list[Expected]]:
    """The forms of units and of provinces that are expected for a month, with what was first submitted."""
    cursor = await connection.execute(
        _EXPECTED,
        {
            "known": known,
            "sp12_due": due_days.sp12_due_on(month),
            "month": month.first_day,
            "provinces": sorted(provinces),
        },
        prepare=True,
    )
    found = [Expected(*row) for row in await cursor.fetchall()]
    return [one for one in found if one.unit_id is not None], [one for one in found if one.unit_id is None]


async def duties(
    connection: Connection, province: str, month: Month, *, due_days: DueDays, known: datetime | None, expected: bool
) -> list[Duty]:
    """Forms of a province and its units: those that are expected, that were submitted, and that rows wait for all the same.
    `expected`: whether the province's own is."""
    first, due = due_days.sp12_dates(month)
    cursor = await connection.execute(
        _DUTIES,
        {
            "known": known,
            "province": province,
            "month": month.first_day,
            "sp12_first": first,
            "sp12_due": due,
            "first": month.first_day,
            "last": month.last_day,
            "expected": expected,
        },
        prepare=True,
    )
    return [Duty(*row) for row in await cursor.fetchall()]
