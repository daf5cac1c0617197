"""An uploaded table as rows: CSV, XLSX, XLS or ODS, told by what is in it. It is read by a process of its own; this one gets
rows of plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.sheets.columns import Columns

MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class RowFault:
    """`column`: the field's name; `code` as in a 422."""

    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """`number`: as the sheet counts, 1 is the header. `values`: by field name, as they would stand in a JSON body; empty cells are
    not there. `faults`: cells whose content is not even handed on (too long). `raw`: all cells as text, in the order sent."""

    number: int
    values: dict[str, str | int | bool]
    faults: tuple[RowFault, ...]
    raw: tuple[str, ...]


class Sheet:
    """A table that has been read whole; its rows lie in a file without a name. Close it (it is a context manager).

    `total`: how many rows it has, without empty ones. `headings`: as sent, in their order."""

    total: int
    headings: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """From the first on, each time. From the disk: give the loop its turn in between, or take `chunks`."""
        raise NotImplementedError

    def chunks(self, size: int) -> Iterator[list[Row]]:
        """All rows in order, up to `size` at a time, never none."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


async def read_sheet(path: Path, columns: Columns, *, most: int = MOST_ROWS) -> Sheet:
    """`path`: the file as uploaded, of a size that is allowed; it may be deleted afterwards.

    Raises InvalidError, pointer `/file`: `unreadable_file` (of no such kind, corrupt, encrypted, a bomb), `wrong_columns` (of
    another form; names the missing ones), `unknown_column`, `formula_in_file`, `too_many_rows`, `no_rows`. Raises UnavailableError
    `reading_failed` if the machine could not."""
    raise NotImplementedError
