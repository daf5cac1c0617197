"""What แบบ สนบ.๑ counts, in plain SQL. One statement, as in `views.py`."""

from datetime import date
from typing import LiteralString

from services.reporting.figures import CaseCounts
from services.reporting.snb1 import Done, Progress, october
from services.reporting.views import COUNTED, COUNTED_CASES, IN_SERVICE
from shared.buddhist_calendar import Month, fiscal_year
from shared.store.store import Connection

_PROGRESS: LiteralString = f"""
WITH helped AS MATERIALIZED (
    SELECT project_name, person_ref, service_date >= %(first)s AS in_month FROM assistances
    WHERE province = %(province)s AND service_date BETWEEN %(october)s AND %(last)s
),
done AS (
    SELECT project_name,
           count(*) FILTER (WHERE in_month) AS times, count(DISTINCT person_ref) FILTER (WHERE in_month) AS people,
           count(*) AS times_since, count(DISTINCT person_ref) AS people_since
    FROM helped GROUP BY GROUPING SETS ((project_name), ())
),
in_service AS ({IN_SERVICE}),
cases(reported, screened, eligible, referred, helped) AS (
    SELECT {COUNTED}
    FROM needs n
    LEFT JOIN decisions d ON d.case_id = n.case_id
    LEFT JOIN referrals r ON r.case_id = n.case_id
    LEFT JOIN LATERAL (SELECT true AS helped FROM assistances a WHERE a.case_id = n.case_id LIMIT 1) h ON true
    WHERE n.fiscal_year = %(year)s AND n.province = %(province)s AND n.reported_on <= %(last)s AND {COUNTED_CASES}
)
SELECT (SELECT json_agg(json_build_array(project_name, times, people, times_since, people_since)) FROM done),
       (SELECT coalesce(json_object_agg(project_name, target), '{{}}') FROM project_targets
        WHERE province = %(province)s AND fiscal_year = %(year)s AND target > 0),
       (SELECT json_build_array(reported, screened, eligible, referred, helped) FROM cases),
       (SELECT count FROM in_service WHERE province = %(province)s)
"""


async def progress(connection: Connection, province: str, month: Month, *, today: date) -> Progress:
    """Of a province up to the end of a month; volunteers as on its last day, or today if that is earlier."""
    year = fiscal_year(month.first_day)
    cursor = await connection.execute(
        _PROGRESS,
        {
            "province": province,
            "october": october(month),
            "first": month.first_day,
            "last": month.last_day,
            "year": year,
            "day": min(month.last_day, today),
        },
        prepare=True,
    )
    row = await cursor.fetchone()
    assert row is not None
    done, targets, cases, volunteers = row
    by_project = {name: Done(*counts) for name, *counts in done}
    return Progress(
        done={name: counted for name, counted in by_project.items() if name is not None},
        done_in_all=by_project[None],
        targets=targets,
        cases=CaseCounts(*cases),
        volunteers=volunteers or 0,
    )
