"""Records that cannot be taken in, kept in PostgreSQL with their reason, and the later ones of the same key behind them.

People only mark rows (`python -m services.X parked …`); the process that owns the partition works them off, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from shared.store.store import Connection

BEHIND = "behind"
"""The reason of a record that is fine itself but must wait for an earlier one of its key."""
Mark = Literal["retry", "dropped"]
_COLUMNS = 'topic, partition, "offset", key, value, headers::text, reason, state, tries, parked_at'


@dataclass(frozen=True, slots=True)
class Message:
    """A Kafka record as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def key_text(self) -> str | None:
        """The key for the table: keys are ids; anything else is shown as hex."""
        if self.key is None:
            return None
        try:
            text = self.key.decode()
        except UnicodeDecodeError:
            return self.key.hex()
        return text if "\x00" not in text else self.key.hex()


@dataclass(frozen=True, slots=True)
class Parked:
    """A row of `parked`."""

    message: Message
    reason: str
    state: str
    tries: int
    parked_at: datetime


def _parked(row: Sequence[Any]) -> Parked:
    key = None if row[3] is None else row[3].encode()
    value = None if row[4] is None else bytes(row[4])
    headers = tuple((name, bytes.fromhex(text)) for name, text in orjson.loads(row[5]))
    return Parked(Message(row[0], row[1], row[2], key, value, headers), row[6], row[7], row[8], row[9])


async def park(connection: Connection, message: Message, reason: str) -> None:
    """Keeps the record. One parked already stays as it is, so that a redelivery changes nothing."""
    headers = orjson.dumps([(name, value.hex()) for name, value in message.headers]).decode()
    await connection.execute(
        'INSERT INTO parked (topic, partition, "offset", key, value, headers, reason) VALUES (%s, %s, %s, %s, %s, %s, %s)'
        " ON CONFLICT DO NOTHING",
        [message.topic, message.partition, message.offset, message.key_text, message.value, headers, reason],
    )


async def open_keys(connection: Connection, topic: str, partition: int) -> set[str]:
    """Keys of a partition with rows still to be worked off."""
    cursor = await connection.execute(
        "SELECT DISTINCT key FROM parked"
        " WHERE topic = %s AND partition = %s AND key IS NOT NULL AND state IN ('parked', 'retry')",
        [topic, partition],
    )
    return {row[0] for row in await cursor.fetchall()}


async def open_partitions(connection: Connection) -> set[tuple[str, int]]:
    """(topic, partition) with rows still to be worked off."""
    cursor = await connection.execute(
        "SELECT DISTINCT topic, partition FROM parked WHERE state IN ('parked', 'retry')", prepare=True
    )
    return {(row[0], row[1]) for row in await cursor.fetchall()}


async def open_rows(connection: Connection, topic: str, partition: int) -> list[Parked]:
    """Rows of a partition still to be worked off, oldest first."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM parked WHERE topic = %s AND partition = %s AND state IN ('parked', 'retry') ORDER BY \"offset\"",
        [topic, partition],
    )
    return [_parked(row) for row in await cursor.fetchall()]


async def settle(connection: Connection, message: Message, state: Literal["done", "parked"], reason: str | None = None) -> None:
    """What became of a try."""
    await connection.execute(
        "UPDATE parked SET state = %s, tries = tries + 1, reason = coalesce(%s, reason)"
        ' WHERE topic = %s AND partition = %s AND "offset" = %s',
        [state, reason, message.topic, message.partition, message.offset],
    )


async def listed(connection: Connection, *, everything: bool = False) -> list[Parked]:
    """Rows for people to look at, oldest first."""
    where = "" if everything else "WHERE state IN ('parked', 'retry')"
    cursor = await connection.execute(f'SELECT {_COLUMNS} FROM parked {where} ORDER BY parked_at, topic, partition, "offset"')
    return [_parked(row) for row in await cursor.fetchall()]


async def mark(connection: Connection, state: Mark, *, topic: str | None = None, offset: tuple[int, int] | None = None) -> int:
    """Marks open rows for another try, or as dropped; of one topic, of one (partition, offset), or all. Returns how many."""
    cursor = await connection.execute(
        "UPDATE parked SET state = %s WHERE state IN ('parked', 'retry')"
        ' AND (%s::text IS NULL OR topic = %s) AND (%s::int IS NULL OR (partition = %s AND "offset" = %s))',
        [state, topic, topic, offset and offset[0], offset and offset[0], offset and offset[1]],
    )
    return cursor.rowcount
