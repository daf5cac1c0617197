"""The SQL calls that write events: `append` for groups, `hear` for heard events in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from shared.store.arrays import Array, blobs, booleans, instants, int2s, int4s, int8s, texts, uuids
from shared.store.groups import Group, Heard

_CALL: LiteralString = "SELECT grp, outcome, holder, answer, head_position FROM append(%b, %b" + ", %b" * 27 + ")"
MAX_EVENT_BYTES = 512 * 1024


class TooLargeError(ValueError):
    """An event exceeds 512 KiB: a fault of the code that made it."""


_HEAR: LiteralString = "SELECT ordinal FROM hear(%b" + ", %b" * 12 + ") WHERE ordinal > 0"


@dataclass(frozen=True, slots=True)
class Loser:
    """Why a group was left out: heard, fork, repeated, key_reused, conflict or claimed."""

    outcome: str
    holder: UUID | None
    answer: str | None


async def append_call(
    connection: psycopg.AsyncConnection[Any], own: str, groups: Sequence[Group]
) -> tuple[int, dict[int, Loser]]:
    """Sends the groups in one call. Returns the head and the losers by their place."""
    cursor = await connection.execute(_CALL, _parameters(own, groups), prepare=True, binary=True)
    head, losers = 0, {}
    for number, outcome, holder, answer, head_position in await cursor.fetchall():
        if number == 0:
            head = head_position
        else:
            losers[number - 1] = Loser(outcome, holder, answer)
    return head, losers


_EVENT = (int4s, texts, uuids, int4s, uuids, texts, int2s, texts, texts, instants, booleans, texts, int4s, int8s)
_HEARD = _EVENT[1:]
_KNOWN = (int4s, uuids, int4s)
_CLAIM = (int4s, texts, texts, texts, uuids, uuids)
_COMMAND = (int4s, texts, blobs, texts)


async def hear_call(connection: psycopg.AsyncConnection[Any], heard: Sequence[Heard]) -> list[int]:
    """Stores what is new, in one call. Returns the places of forks. No (stream, source, version) may be given twice."""
    if not heard:
        return []
    rows = [_heard(h) for h in heard]
    cursor = await connection.execute(_HEAR, _columns(rows, _HEARD), prepare=True, binary=True)
    return [ordinal - 1 for (ordinal,) in await cursor.fetchall()]


def _heard(h: Heard) -> tuple[Any, ...]:
    return (h.source, h.stream, h.version, h.id, h.type, h.schema, h.data, h.meta, h.recorded_at, h.played) + (
        h.topic,
        h.partition,
        h.offset,
    )


def _parameters(own: str, groups: Sequence[Group]) -> list[Any]:
    events: list[tuple[Any, ...]] = []
    known, claims, commands = [], [], []
    heard = False
    for number, group in enumerate(groups, start=1):
        meta = group.meta.to_json() if group.said else ""
        if (h := group.heard) is not None:
            heard = True
            events.append((number, *_heard(h)))
        for s in group.said:
            data = s.event.to_json()
            if len(data) > MAX_EVENT_BYTES:
                raise TooLargeError(f"{s.event.TYPE} has {len(data)} bytes, at most {MAX_EVENT_BYTES}")
            events.append(
                (number, own, s.stream, s.version, s.id, s.event.TYPE, s.event.VERSION, data.decode(), meta, s.at)
                + (group.meta.played, s.event.topic, None, None)
            )
        known += [(number, stream, count) for stream, count in group.known]
        claims += [(number, c.op, c.scope, c.key, c.stream, c.holder) for c in group.claims]
        if (k := group.command) is not None:
            commands.append((number, k.key, k.body_hash, k.answer))
    return [
        len(groups),
        heard,
        *_columns(events, _EVENT),
        *_columns(known, _KNOWN),
        *_columns(claims, _CLAIM),
        *_columns(commands, _COMMAND),
    ]


def _columns(rows: Sequence[tuple[Any, ...]], kinds: tuple[Callable[[Any], Array], ...]) -> list[Array]:
    columns: Iterable[Iterable[Any]] = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return [kind(column) for kind, column in zip(kinds, columns, strict=True)]
