"""What PostgreSQL is told of a caller, for row-level security: the net under the filters of the queries. The rules of access are
in `access.py`; the policies are made with the tables (`projection/policies.py`, `schema/store/0006_sight.sql`)."""

from typing import Any, LiteralString, NamedTuple

import psycopg

NARROW = "songtor_narrow"
"""A role of PostgreSQL that nobody logs in as: who may touch things of his agency, his unit or himself alone reads as it."""
ALL = "*"
EVERYTHING_SHOWN = f"-c songtor.provinces={ALL}"
"""Connection option of those who work for nobody in particular: workers, commands, projectors."""
DECIDING = f"-c songtor.events={ALL}"
"""Connection option of an api: what is decided rests on all events, and is guarded there. No read table is shown by it."""
_SEE: LiteralString = """
SELECT set_config('songtor.events', '', true), set_config('songtor.provinces', %s, true), set_config('songtor.agency', %s, true),
       set_config('songtor.unit', %s, true), set_config('songtor.volunteer', %s, true), set_config('role', %s, true)
"""


class Sight(NamedTuple):
    """The settings of one transaction, in the order of the statement. Empty: none of these."""

    provinces: str
    agency: str
    unit: str
    volunteer: str
    role: str


async def see(connection: psycopg.AsyncConnection[Any], sight: Sight) -> None:
    """Until the end of the transaction nothing else is shown, whatever is asked."""
    await connection.execute(_SEE, sight, prepare=True)
