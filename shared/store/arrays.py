"""Columns of values as PostgreSQL binary arrays. psycopg can do this, but looks at every element for its type: at one group per
call that takes longer than the insert."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct("!iiIii")
_EMPTY = struct.Struct("!iiI")
_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = 1_000_000
_DAY = 86_400


class Array:
    """The bytes of a one-dimensional array; each subclass is of one type. `width`: bytes of an element, where all are alike."""

    __slots__ = ("data",)
    element: int
    array: int
    width: int | None = None

    def __init__(self, elements: Sequence[bytes | None]) -> None:
        if not elements:
            self.data = _EMPTY.pack(0, 0, self.element)
            return
        head = _HEAD.pack(1, None in elements, self.element, len(elements), 1)
        if self.width is not None and None not in elements:
            length = _LENGTH.pack(self.width)
            self.data = head + length + length.join(cast(Sequence[bytes], elements))
            return
        parts = [head]
        for element in elements:
            if element is None:
                parts.append(_NULL)
            else:
                parts += (_LENGTH.pack(len(element)), element)
        self.data = b"".join(parts)


class Texts(Array):
    __slots__ = ()
    element, array = 25, 1009


class Uuids(Array):
    __slots__ = ()
    element, array, width = 2950, 2951, 16


class Int4s(Array):
    __slots__ = ()
    element, array, width = 23, 1007, 4


class Int2s(Array):
    __slots__ = ()
    element, array, width = 21, 1005, 2


class Int8s(Array):
    __slots__ = ()
    element, array, width = 20, 1016, 8


class Booleans(Array):
    __slots__ = ()
    element, array, width = 16, 1000, 1


class Instants(Array):
    __slots__ = ()
    element, array, width = 1184, 1185, 8


class Blobs(Array):
    __slots__ = ()
    element, array = 17, 1001


def texts(values: Iterable[str | None]) -> Texts:
    return Texts([None if value is None else value.encode() for value in values])


def uuids(values: Iterable[UUID | None]) -> Uuids:
    return Uuids([None if value is None else value.bytes for value in values])


_TRUTH = (b"\x00", b"\x01")
_PACK4, _PACK2, _PACK8 = struct.Struct("!i").pack, struct.Struct("!h").pack, struct.Struct("!q").pack


def int4s(values: Iterable[int | None]) -> Int4s:
    return Int4s([None if value is None else _PACK4(value) for value in values])


def int2s(values: Iterable[int]) -> Int2s:
    return Int2s([_PACK2(value) for value in values])


def int8s(values: Iterable[int | None]) -> Int8s:
    return Int8s([None if value is None else _PACK8(value) for value in values])


def booleans(values: Iterable[bool | None]) -> Booleans:
    return Booleans([None if value is None else _TRUTH[value] for value in values])


def instants(values: Iterable[datetime]) -> Instants:
    """Aware times, to the microsecond."""
    return Instants([_PACK8(_microseconds(value)) for value in values])


def _microseconds(value: datetime) -> int:
    since = value - _EPOCH
    return (since.days * _DAY + since.seconds) * _MICROSECOND + since.microseconds


def blobs(values: Iterable[bytes]) -> Blobs:
    return Blobs(list(values))


def _dumper(kind: type[Array]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = kind.array

        def dump(self, obj: Any) -> bytes:
            data: bytes = obj.data
            return data

    return ArrayDumper


for _kind in (Texts, Uuids, Int4s, Int2s, Int8s, Booleans, Instants, Blobs):
    psycopg.adapters.register_dumper(_kind, _dumper(_kind))
