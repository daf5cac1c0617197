"""A file as rows of its columns' values, in one go. It may take long and much memory: `child.py` does it apart."""

import csv
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError

from shared.errors import Fault, InvalidError
from shared.sheets import books, delimited
from shared.sheets.archives import UnfitError
from shared.sheets.cells import Cell, Value, is_empty, reader
from shared.sheets.columns import Columns
from shared.sheets.headings import recognised
from shared.sheets.heads import Head, Line, head_of

MOST_COLUMNS = 200
LONGEST_CELL = 10_000
"""In signs; no field takes as many."""
UNREADABLE = (CalamineError, UnfitError, csv.Error, zipfile.BadZipFile, zlib.error, ValueError, OSError, MemoryError, EOFError)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One row: `values` by field name, `faults` (column, code), `cells` as they stand there."""

    number: int
    values: dict[str, Value]
    faults: list[tuple[str, str]]
    cells: list[Cell]


def parse(path: Path, columns: Columns, most: int) -> tuple[Head, Iterator[Parsed]]:
    """Where the headings stand, and the rows below that hold anything.

    Raises InvalidError as `reading.read_sheet` does, also while the rows are being taken."""
    rows = _readable(_rows(path, columns))
    head = head_of(rows, columns)
    if head is None:
        raise _refused("no_rows", "there is nothing in the file")
    if len(head.headings) > MOST_COLUMNS:
        raise _refused("wrong_columns", f"there are more than {MOST_COLUMNS} columns")
    return head, _parsed(rows, columns, head.headings, most)


def _rows(path: Path, columns: Columns) -> Iterator[Line]:
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(books.ZIP) or start == books.OLE:
        yield from books.rows_in(path)
    else:
        for number, cells in delimited.rows_in(path, columns):
            yield number, list(cells)


def _readable(rows: Iterator[Line]) -> Iterator[Line]:
    try:
        yield from rows
    except UNREADABLE:
        # Without what is said of it: that may quote a cell.
        raise _refused("unreadable_file", "the file is damaged, encrypted or no CSV, XLSX, XLS or ODS") from None


def _parsed(rows: Iterator[Line], columns: Columns, headings: list[str], most: int) -> Iterator[Parsed]:
    found = recognised(columns, headings)
    readers = [(at, column.name, reader(column)) for at, column in enumerate(found) if column is not None]
    count = 0
    for number, cells in rows:
        if all(map(is_empty, cells)):
            continue
        count += 1
        if count > most:
            raise _refused("too_many_rows", f"there are more than {most} rows")
        values: dict[str, Value] = {}
        faults = []
        for at, name, read in readers:
            cell = cells[at] if at < len(cells) else None
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                faults.append((name, "too_long"))
            elif (value := read(cell)) is not None:
                values[name] = value
        if not all(map(is_empty, cells[len(headings) :])):
            # Of CSV only: a comma too many has moved what stands behind it.
            faults.append((readers[-1][1], "invalid"))
        yield Parsed(number, values, faults, cells)
    if not count:
        raise _refused("no_rows", "there are no rows below the headings")


def _refused(code: str, message: str) -> InvalidError:
    return InvalidError([Fault("/file", code, message)])
