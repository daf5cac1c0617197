"""What is asked of a zip archive before anybody takes it for a spreadsheet: how big it really is, and whether there are formulas
in it. Every member is inflated here once, in pieces, whatever its entry says of its size."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

MOST_MEMBERS = 500
MOST_BYTES = 300 * 1024**2
"""Of all members together. 50,000 rows of sixteen cells take 60 MB."""
MOST_RATIO, FROM_BYTES = 400, 20 * 1024**2
"""To the file's own size, for what inflates to so much at all."""
_PIECE = 256 * 1024
_HEADER = struct.Struct("<4s22xHH")
_STORED, _DEFLATED = 0, 8

_XLSX_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ODS_FORMULA = re.compile(rb"<table:(?:covered-)?table-cell\s[^<>]{0,2000}table:formula\s*=")
_OVERLAP = 4096
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")


class UnfitError(Exception):
    """Too big, torn or encrypted."""


class Archive:
    """`names`: of its members. Raises UnfitError, zipfile.BadZipFile, OSError or zlib.error for one that is not whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        with zipfile.ZipFile(file) as archive:
            self._members = {member.filename: member for member in archive.infolist()}
            count = len(archive.infolist())
        self.names = frozenset(self._members)
        if not len(self._members) == count <= MOST_MEMBERS:
            raise UnfitError
        self._measure()

    def has_xlsx_formulas(self, sheet: int) -> bool:
        """Whether a cell of the sheet, by its place in the workbook, is a formula; of all sheets if it is not plain which file
        that sheet is in."""
        parts = [name for name in self.names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        part = self._part(sheet)
        return any(self._holds(name, _XLSX_FORMULA) for name in ([part] if part in parts else parts))

    def has_ods_formulas(self) -> bool:
        """In any sheet: they all stand in one file."""
        return self._holds("content.xml", _ODS_FORMULA)

    def start_of(self, name: str, length: int) -> bytes:
        start = b""
        for piece in self._pieces(self._members[name]) if name in self.names else ():
            start += piece
            if len(start) >= length:
                break
        return start[:length]

    def _measure(self) -> None:
        members = self._members.values()
        self._check(sum(member.file_size for member in members))
        total = 0
        for member in members:
            if member.flag_bits & 1 or member.compress_type not in (_STORED, _DEFLATED):
                raise UnfitError
            before = total
            for piece in self._pieces(member):
                total += len(piece)
                self._check(total)
            if total - before != member.file_size:
                raise UnfitError

    def _check(self, inflated: int) -> None:
        size = self._file.seek(0, 2)
        if inflated > MOST_BYTES or (inflated > FROM_BYTES and inflated > MOST_RATIO * size):
            raise UnfitError

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Not by zipfile, which believes what the entry says of the size; other readers may not."""
        self._file.seek(member.header_offset)
        signature, name_length, extra_length = _HEADER.unpack(self._file.read(_HEADER.size))
        if signature != b"PK\x03\x04":
            raise UnfitError
        at = self._file.tell() + name_length + extra_length
        end = at + member.compress_size
        inflating = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == _DEFLATED else None
        while at < end and not (inflating and inflating.eof):
            self._file.seek(at)
            packed = self._file.read(min(_PIECE, end - at))
            if not packed:
                raise UnfitError
            at += len(packed)
            yield from _inflated(inflating, packed) if inflating else (packed,)

    def _holds(self, name: str, sought: re.Pattern[bytes]) -> bool:
        tail = b""
        for piece in self._pieces(self._members[name]):
            if sought.search(tail + piece):
                return True
            tail = (tail + piece)[-_OVERLAP:]
        return False

    def _part(self, sheet: int) -> str | None:
        """The name of the file that a workbook's sheet is in."""
        sheets = _SHEET.findall(self.start_of("xl/workbook.xml", _PIECE * 4))
        relation = re.search(rb'\w+:id\s*=\s*"([^"]*)"', sheets[sheet]) if sheet < len(sheets) else None
        for found in _RELATION.findall(self.start_of("xl/_rels/workbook.xml.rels", _PIECE * 4)):
            target = re.search(rb'\sTarget\s*=\s*"([^"]*)"', found)
            if relation and target and re.search(rb'\sId\s*=\s*"' + re.escape(relation[1]) + rb'"', found):
                name = target[1].decode("utf-8", "replace")
                return name.removeprefix("/") if name.startswith("/") else f"xl/{name}"
        return None


def _inflated(inflating: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    while packed and not inflating.eof:
        yield inflating.decompress(packed, _PIECE)
        packed = inflating.unconsumed_tail
