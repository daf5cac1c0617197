"""What is asked of an old workbook (XLS) besides its values: whether a cell is a formula. Its reader gives values only."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import olefile

from shared.sheets.archives import UnfitError

_STREAMS = ("Workbook", "Book")
"""Of Excel 97, and of those before."""
_RECORD = struct.Struct("<HH")
_OFFSET = struct.Struct("<I")
_SHEET, _END = 0x0085, 0x000A
_BEGINNINGS = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
"""Numbers of records in [MS-XLS] and in its predecessors."""
_TOKENS_AT = 20
_BOOLS = frozenset({b"\2\0\x1d\0", b"\2\0\x1d\1"})
"""What a formula computes that is TRUE or FALSE alone: its length, and one token."""


def has_formulas(file: BinaryIO, sheet: int) -> bool:
    """Whether a cell of the sheet, by its place in the workbook, is a formula. Raises UnfitError, and OSError for a file that is
    not whole."""
    with olefile.OleFileIO(file) as book:
        name = next((one for one in _STREAMS if book.exists(one)), None)
        if name is None:
            raise UnfitError
        stream: bytes = book.openstream(name).read()
    begins = [_OFFSET.unpack_from(stream, at)[0] for kind, at, length in _records(stream, 0) if kind == _SHEET and length >= 4]
    if sheet >= len(begins):
        raise UnfitError
    return any(kind in _FORMULAS and not _is_constant(content) for kind, content in _of_sheet(stream, begins[sheet]))


def _is_constant(formula: bytes) -> bool:
    """So LibreOffice writes a tick that is no text."""
    return formula[_TOKENS_AT:] in _BOOLS


def _of_sheet(stream: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """Kinds and contents of a sheet's records. Drawings in it begin and end like sheets of their own."""
    depth = 0
    for kind, at, length in _records(stream, begin):
        depth += (kind in _BEGINNINGS) - (kind == _END)
        if depth == 0:
            return
        yield kind, stream[at : at + length]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, where its content stands, how long that is."""
    while at + _RECORD.size <= len(stream):
        kind, length = _RECORD.unpack_from(stream, at)
        at += _RECORD.size
        yield kind, at, length
        at += length
