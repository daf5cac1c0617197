"""Tip-offs counted in plain SQL. One statement, as in `views.py`; nothing personal is read."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import LiteralString

from services.reporting.case_status import LastWords
from services.reporting.tipoffs import TipoffCount
from shared.store.store import Connection

_COUNTS: LiteralString = """
SELECT left(n.area_code, 4), n.kind, n.withdrawn, d.decision, d.round, r.status, r.round, count(*)
FROM needs n
LEFT JOIN decisions d ON d.case_id = n.case_id
LEFT JOIN referrals r ON r.case_id = n.case_id
WHERE n.tipoff AND n.reported_on BETWEEN %(first)s AND %(last)s AND n.kind = ANY(%(kinds)s)
  AND (%(provinces)s::text[] IS NULL OR n.province = ANY(%(provinces)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


async def tipoffs(
    connection: Connection, kinds: Sequence[str], *, first_day: date, last_day: date, provinces: Collection[str] | None
) -> list[TipoffCount]:
    """Reported from `first_day` to `last_day` in Bangkok; in all provinces or these."""
    places = None if provinces is None else sorted(provinces)
    cursor = await connection.execute(
        _COUNTS, {"first": first_day, "last": last_day, "kinds": list(kinds), "provinces": places}, prepare=True
    )
    return [TipoffCount(row[0], row[1], LastWords(*row[2:7]), row[7]) for row in await cursor.fetchall()]
