"""An uploaded table given back as XLSX, with what became of each row in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from shared.sheets.apart import Job, done
from shared.sheets.columns import Columns
from shared.sheets.reading import MOST_ROWS


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row, by its number; `column` (a field's name) and `code` of what was wrong with it."""

    row: int
    result: Literal["accepted", "matched", "refused"]
    column: str | None = None
    code: str | None = None


async def marked(path: Path, columns: Columns, results: Iterable[RowResult], *, most: int = MOST_ROWS) -> IO[bytes]:
    """The table at `path`, which `read_sheet` could read, with the columns ผลการนำเข้า and ข้อผิดพลาด, as an XLSX file without a
    name, at its beginning; close it. Rows without a result are left unmarked. Made by a process of its own.

    Raises as `read_sheet` does."""
    return (await done(Job("mark", path, columns, most, tuple(results))))[1]
