"""Citizen IDs out of a CSV file, whatever else is in it: line by line, in constant memory. Where they go is in `loading.py`."""

import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from shared.citizen_id import check_digit, normalise
from shared.roster.editions import BadLine

HEADINGS = ("citizen_id", "เลขประจำตัวประชาชน")
LONGEST_LINE = 8192
BATCH_LINES = 50_000

NOT_UTF8, MALFORMED, NOT_13_DIGITS, CHECK_DIGIT, TOO_LONG = "not_utf8", "malformed", "not_13_digits", "check_digit", "too_long"

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_DIGITS = 13
_BLOCK = 1 << 20


class RosterFileError(Exception):
    """It is no file of citizen IDs, or is damaged. Says where, never what stands there."""


@dataclass(slots=True)
class Batch:
    """`lines`: how far the file is read with it. `at`: the bytes of the file (as it lies there) read so far."""

    lines: int
    at: int = 0
    numbers: list[str] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A file as it was found: changed since, it is another one."""

    path: Path
    size: int
    sha256: bytes
    changed_at: int

    @classmethod
    def found(cls, path: Path) -> "RosterFile":
        """Raises OSError; RosterFileError for what is no plain file."""
        if not path.is_file():
            raise RosterFileError("is no file")
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").digest()
        return cls(path, before.st_size, digest, before.st_mtime_ns)

    def batches(self, *, after: int = 0, of: int = BATCH_LINES) -> Iterator[Batch]:
        """All of its lines after that many, in batches of so many. Raises RosterFileError: for several columns of which none is
        headed as HEADINGS say, for a whole batch without any citizen ID, and when the file does not end as it should."""
        with self.path.open("rb", buffering=0) as raw:
            lines = _Lines(_opened(raw), after)
            try:
                for batch in lines.batches(of):
                    batch.at = raw.tell()
                    yield batch
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise RosterFileError(f"is damaged after line {lines.read}") from error
            now = os.fstat(raw.fileno())
            if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_at):
                raise RosterFileError("was changed while it was read")


def _opened(raw: io.FileIO) -> BinaryIO:
    """Packed or not is told by how it begins, not by how it is called."""
    packed = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    plain = io.BufferedReader(raw, _BLOCK)
    # Both read lines; only the common class of the standard library does not say so.
    return cast(BinaryIO, gzip.GzipFile(fileobj=plain) if packed else plain)


class _Lines:
    """Where in a file reading stands. `after`: so many lines are known already."""

    def __init__(self, stream: BinaryIO, after: int) -> None:
        self._stream = stream
        self._after = after
        self._column: int | None = None
        self.read = 0

    def batches(self, of: int) -> Iterator[Batch]:
        batch = Batch(self._after)
        while line := self._next():
            self._take(line, batch)
            if self.read - batch.lines >= of:
                if batch.bad and not batch.numbers:
                    raise RosterFileError(f"holds no citizen ID in lines {batch.lines + 1} to {self.read}")
                batch.lines = self.read
                yield batch
                batch = Batch(self.read)
        if self.read > batch.lines:
            batch.lines = self.read
            yield batch

    def _next(self) -> bytes:
        """The next line, cut off where it is longer than LONGEST_LINE; empty at the end."""
        line = self._stream.readline(LONGEST_LINE + 1)
        part = line
        while len(part) > LONGEST_LINE and not part.endswith(b"\n"):
            part = self._stream.readline(LONGEST_LINE + 1)
        self.read += bool(line)
        return line.removeprefix(_BOM) or b"\n" if self.read == 1 and line else line

    def _take(self, line: bytes, batch: Batch) -> None:
        plain, known = line.strip(), self.read <= self._after
        if self._column is None and plain:
            self._column, headed = _column_of(line)
            known = known or headed
        if known or not plain:
            return
        # Nearly all lines are thirteen digits and nothing else.
        bare = self._column == 0 and len(plain) == _DIGITS and plain.isdigit()
        try:
            number = plain.decode() if bare else _number(line, self._column or 0)
            if number:
                _must_check(number)
                batch.numbers.append(number)
        except _NoIdError as no_id:
            batch.bad.append(BadLine(self.read, no_id.reason))


class _NoIdError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _column_of(line: bytes) -> tuple[int, bool]:
    """Where the citizen IDs are, by the first line that is not blank, and whether that is a heading. Raises RosterFileError."""
    try:
        cells = _cells(line)
    except _NoIdError:
        return 0, False  # a bad line like any other
    headed = [number for number, cell in enumerate(cells) if cell.strip().casefold() in HEADINGS]
    if len(headed) == 1:
        return headed[0], True
    if len(cells) > 1:
        raise RosterFileError(f"has several columns, and not one of them is headed {' or '.join(HEADINGS)}")
    return 0, False


def _number(line: bytes, column: int) -> str:
    """Thirteen digits; empty for a line without anything. Raises _NoIdError."""
    cells = _cells(line)
    cell = cells[column].strip() if column < len(cells) else ""
    number = cell if _thirteen(cell) else normalise(cell)
    if _thirteen(number):
        return number
    if any(cell.strip() for cell in cells):
        raise _NoIdError(NOT_13_DIGITS)
    return ""


def _cells(line: bytes) -> list[str]:
    """A line is a record: what is wrong in one says nothing of the next. Raises _NoIdError."""
    if len(line) > LONGEST_LINE:
        raise _NoIdError(TOO_LONG)
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r\n")], strict=True), [])
    except UnicodeDecodeError:
        raise _NoIdError(NOT_UTF8) from None
    except csv.Error:
        raise _NoIdError(MALFORMED) from None


def _thirteen(text: str) -> bool:
    return len(text) == _DIGITS and text.isascii() and text.isdigit()


def _must_check(number: str) -> None:
    if check_digit(number[:12]) != number[12]:
        raise _NoIdError(CHECK_DIGIT)
