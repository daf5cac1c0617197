"""One prepared statement sent with parameters that are bytes already, and the one value that it answers. psycopg would find out
anew at each call how to write each parameter: for one group that takes as long as storing it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import error_from_result
from psycopg.generators import execute  # psycopg's own way to wait for an answer; the version is pinned
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

from shared.store.arrays import Array


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with $1, $2, …, and the name under which each connection comes to know it; with none it is told anew each
    time. Only for connections that never roll back: then psycopg lets the server forget all names."""

    name: bytes
    text: bytes


_known: WeakKeyDictionary[psycopg.AsyncConnection[Any], set[bytes]] = WeakKeyDictionary()


async def value_of(connection: psycopg.AsyncConnection[Any], statement: Prepared, parameters: Sequence[Array]) -> bytes:
    """The value of the one row and column. Raises psycopg.Error as psycopg does."""
    async with connection.lock:
        pgconn = connection.pgconn
        assert connection.autocommit or pgconn.transaction_status == TransactionStatus.INTRANS, "nobody would begin or commit"
        known = _known.setdefault(connection, set())
        if not statement.name or statement.name not in known:
            pgconn.send_prepare(statement.name, statement.text, [parameter.array for parameter in parameters])
            await _answer(connection, ExecStatus.COMMAND_OK)
            known.add(statement.name)
        values, formats = [parameter.data for parameter in parameters], [Format.BINARY] * len(parameters)
        pgconn.send_query_prepared(statement.name, values, formats, Format.BINARY)
        found = (await _answer(connection, ExecStatus.TUPLES_OK)).get_value(0, 0)
    assert found is not None
    return found


async def _answer(connection: psycopg.AsyncConnection[Any], wanted: ExecStatus) -> PGresult:
    result: PGresult = (await connection.wait(execute(connection.pgconn)))[-1]
    if result.status != wanted:
        raise error_from_result(result)
    return result
