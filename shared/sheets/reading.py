"""An uploaded table as rows: CSV, XLSX, XLS or ODS, told by what is in it. It is read by a process of its own; this one gets
rows of plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from shared.sheets.apart import Job, done
from shared.sheets.columns import Columns

MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class RowFault:
    """`column`: the field's name; `code` as in a 422."""

    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """`number`: as the sheet counts, mostly 1 is the headings. `values`: by field name, as they would stand in a JSON body; empty
    cells are not there. `faults`: what the values do not show: a cell far too long, which is not handed on; a comma too many."""

    number: int
    values: dict[str, str | int | bool]
    faults: tuple[RowFault, ...]


class Sheet:
    """A table that has been read whole; its rows lie in a file without a name. Close it (it is a context manager).

    `total`: how many rows it has, without empty ones."""

    def __init__(self, total: int, lines: IO[bytes]) -> None:
        self.total, self._lines = total, lines

    def rows(self) -> Iterator[Row]:
        """All of them in order, from the first on each time; one walk at a time. They come from the disk: give the loop its turn
        in between, or take `chunks`."""
        self._lines.seek(0)
        for line in self._lines:
            number, values, faults = orjson.loads(line)
            yield Row(number, values, tuple(RowFault(column, code) for column, code in faults))

    def chunks(self, size: int) -> Iterator[list[Row]]:
        """All rows in order, up to `size` at a time, never none."""
        rows = self.rows()
        while chunk := list(islice(rows, size)):
            yield chunk

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


async def read_sheet(path: Path, columns: Columns, *, most: int = MOST_ROWS) -> Sheet:
    """`path`: the file as uploaded, of a size that is allowed; it may be deleted afterwards.

    Raises InvalidError, pointer `/file`: `unreadable_file` (of no such kind, corrupt, encrypted, a bomb), `wrong_columns` (of
    another form; names the missing ones), `unknown_column`, `formula_in_file`, `too_many_rows`, `no_rows`. Raises
    UnavailableError `reading_failed` if the machine could not."""
    total, lines = await done(Job("read", path, columns, most))
    return Sheet(total, lines)
