"""The SQL calls that write events: `append` for groups, `hear` for heard events in bulk."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

import orjson
import psycopg

from shared.errors import ClaimedError, ConflictError, PoisonError, RefusedError
from shared.store.arrays import Array, blobs, booleans, instants, int2s, int4s, int8s, texts, uuids
from shared.store.groups import Group, Heard, Outcome, Repeated, Stored
from shared.store.prepared import Prepared, value_of

_ALWAYS = (
    *("e_group", "e_source", "e_stream", "e_version", "e_id", "e_type", "e_schema", "e_data", "e_meta", "e_at", "e_played"),
    *("e_topic", "x_group", "x_stream", "x_known"),
)
_PARTS = {
    "heard": ("e_partition", "e_offset"),
    "claims": ("c_group", "c_op", "c_scope", "c_key", "c_stream", "c_holder"),
    "commands": ("k_group", "k_key", "k_hash", "k_answer"),
    "audit": ("a_group", "a_actor", "a_roles", "a_action", "a_person", "a_details", "a_outcome", "a_status", "a_request"),
}
"""Parameters that are left out where a call has nothing for them: each costs both sides a microsecond."""
MAX_EVENT_BYTES = 512 * 1024


class TooLargeError(ValueError):
    """An event exceeds 512 KiB: a fault of the code that made it."""


_HEAR: LiteralString = "SELECT hear(%b" + ", %b" * 12 + ")"


@dataclass(frozen=True, slots=True)
class Loser:
    """Why a group was left out: heard, fork, repeated, key_reused, conflict or claimed."""

    outcome: str
    holder: UUID | None
    answer: str | None


async def append_call(
    connection: psycopg.AsyncConnection[Any], own: str, groups: Sequence[Group], *, prepared: bool = True
) -> tuple[int, dict[int, Loser]]:
    """Sends the groups in one call. Returns the head and the losers by their place. `prepared`: the connection never rolls
    back, so that it may remember the statement."""
    parts, parameters = _parameters(own, groups)
    statement = _append(parts)
    found = await value_of(connection, statement if prepared else replace(statement, name=b""), parameters)
    head, losers = orjson.loads(found)
    lost: dict[int, Loser] = {}
    for number, outcome, holder, answer in losers:
        lost.setdefault(number - 1, Loser(outcome, None if holder is None else UUID(holder), answer))
    return head, lost


def outcome_of(head: int, loser: Loser | None) -> Outcome:
    """What became of a group. Raises ConflictError, ClaimedError, RefusedError or PoisonError, see Appender.append."""
    if loser is None:
        return Stored(head)
    if loser.outcome in ("heard", "repeated"):
        return Repeated(loser.answer)
    if loser.outcome == "claimed" and loser.holder is not None:
        raise ClaimedError(loser.holder)
    if loser.outcome == "key_reused":
        raise RefusedError("idempotency_key_reused", status=422)
    if loser.outcome == "fork":
        raise PoisonError("fork")
    raise ConflictError


@cache
def _append(parts: tuple[str, ...]) -> Prepared:
    names = [*_ALWAYS, *(name for part in parts for name in _PARTS[part])]
    given = ", ".join(f"{name} => ${place}" for place, name in enumerate(names, start=1))
    function = "append_audited" if "audit" in parts else "append"
    return Prepared(f"append {' '.join(parts)}".encode(), f"SELECT {function}({given})".encode())


_EVENT = (int4s, texts, uuids, int4s, uuids, texts, int2s, texts, texts, instants, booleans, texts)
_PLACE = (int4s, int8s)
_HEARD = (*_EVENT[1:], *_PLACE)
_KNOWN = (int4s, uuids, int4s)
_CLAIM = (int4s, texts, texts, texts, uuids, uuids)
_COMMAND = (int4s, texts, blobs, texts)
_AUDIT = (int4s, texts, texts, texts, uuids, texts, texts, int4s, texts)
_NOWHERE = (None, None)


async def hear_call(connection: psycopg.AsyncConnection[Any], heard: Sequence[Heard]) -> list[int]:
    """Stores what is new, in one call. Returns the places of forks. No (stream, source, version) may be given twice."""
    if not heard:
        return []
    cursor = await connection.execute(_HEAR, _columns(heard, _HEARD), prepare=True, binary=True)
    ((ordinals,),) = await cursor.fetchall()
    return [ordinal - 1 for ordinal in ordinals]


def _parameters(own: str, groups: Sequence[Group]) -> tuple[tuple[str, ...], list[Array]]:
    """Which parts of a call there are, and what is in them."""
    events: list[tuple[Any, ...]] = []
    places: list[tuple[int | None, int | None]] = []
    known, claims, commands, audit = [], [], [], []
    heard = False
    for number, group in enumerate(groups, start=1):
        if (h := group.heard) is not None:
            heard = True
            events.append((number, *h[:-2]))
            places.append(h[-2:])
        if group.said:
            events += _said(number, own, group)
            places += [_NOWHERE] * len(group.said)
        known += [(number, stream, count) for stream, count in group.known]
        claims += [(number, c.op, c.scope, c.key, c.stream, c.holder) for c in group.claims]
        if (k := group.command) is not None:
            commands.append((number, k.key, k.body_hash, k.answer))
        if group.audit is not None:
            audit.append((number, *group.audit.values()))
    found = [*_columns(events, _EVENT), *_columns(known, _KNOWN)]
    optional = (
        ("heard", places if heard else [], _PLACE),
        ("claims", claims, _CLAIM),
        ("commands", commands, _COMMAND),
        ("audit", audit, _AUDIT),
    )
    given = [(part, _columns(rows, kinds)) for part, rows, kinds in optional if rows]
    return tuple(part for part, _ in given), [*found, *(array for _, arrays in given for array in arrays)]


def _said(number: int, own: str, group: Group) -> Iterator[tuple[Any, ...]]:
    meta, played = group.meta.to_json(), group.meta.played
    for s in group.said:
        event, data = s.event, s.event.to_json()
        if len(data) > MAX_EVENT_BYTES:
            raise TooLargeError(f"{event.TYPE} has {len(data)} bytes, at most {MAX_EVENT_BYTES}")
        yield number, own, s.stream, s.version, s.id, event.TYPE, event.VERSION, data.decode(), meta, s.at, played, event.topic


def _columns(rows: Sequence[tuple[Any, ...]], kinds: tuple[Callable[[Any], Array], ...]) -> list[Array]:
    columns: Iterable[Iterable[Any]] = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return [kind(column) for kind, column in zip(kinds, columns, strict=True)]
