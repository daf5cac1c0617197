"""The one SQL call behind every append: groups in, the losers and the head out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from shared.store.groups import Group

_CALL: LiteralString = """
SELECT grp, outcome, holder, answer, head_position FROM append(
    %b::text, %b::int,
    %b::int[], %b::text[], %b::uuid[], %b::int[], %b::uuid[], %b::text[], %b::smallint[],
    %b::text[], %b::text[], %b::timestamptz[], %b::boolean[], %b::text[], %b::int[], %b::bigint[],
    %b::int[], %b::uuid[], %b::int[],
    %b::int[], %b::text[], %b::text[], %b::text[], %b::uuid[], %b::uuid[],
    %b::int[], %b::text[], %b::bytea[], %b::text[])
"""
MAX_EVENT_BYTES = 512 * 1024


class TooLargeError(ValueError):
    """An event exceeds 512 KiB: a fault of the code that made it."""


@dataclass(frozen=True, slots=True)
class Loser:
    """Why a group was left out: heard, fork, repeated, key_reused, conflict or claimed."""

    outcome: str
    holder: UUID | None
    answer: str | None


async def append_call(
    connection: psycopg.AsyncConnection[Any], own: str, groups: Sequence[Group]
) -> tuple[int, dict[int, Loser]]:
    """Sends the groups in one call. Returns the head and the losers by their place in `groups`."""
    cursor = await connection.execute(_CALL, _parameters(own, groups), prepare=True, binary=True)
    head, losers = 0, {}
    for number, outcome, holder, answer, head_position in await cursor.fetchall():
        if number == 0:
            head = head_position
        else:
            losers[number - 1] = Loser(outcome, holder, answer)
    return head, losers


def _parameters(own: str, groups: Sequence[Group]) -> list[Any]:
    events: list[tuple[Any, ...]] = []
    known, claims, commands = [], [], []
    for number, group in enumerate(groups, start=1):
        meta = group.meta.to_json() if group.said else ""
        if (h := group.heard) is not None:
            events.append(
                (number, h.source, h.stream, h.version, h.id, h.type, h.schema, h.data, h.meta, h.recorded_at, h.played)
                + (h.topic, h.partition, h.offset)
            )
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
    return [own, len(groups), *_columns(events, 14), *_columns(known, 3), *_columns(claims, 6), *_columns(commands, 4)]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
