"""Where a table begins in its sheet: the line of headings, which may stand below a title and other lines that are about the
sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.sheets.cells import Cell, is_empty, shown
from shared.sheets.columns import Columns
from shared.sheets.headings import plain

MOST_ABOVE = 5
"""Lines above the headings, besides empty ones."""
Line = tuple[int, list[Cell]]
"""Its number as the sheet counts, and its cells."""


@dataclass(frozen=True, slots=True)
class Head:
    """`headings` as they stand in line `number`; `above`: the lines before it that hold anything."""

    number: int
    headings: list[str]
    above: list[Line]


def head_of(lines: Iterator[Line], columns: Columns) -> Head | None:
    """The headings are in the first line that has all required ones, or else in the one where most are known: then what is behind
    it is not worth reading. None where there is nothing at all. Of `lines` only the rows are left."""
    looked_at: list[Line] = []
    for line in lines:
        if not all(map(is_empty, line[1])):
            looked_at.append(line)
            if _is_whole(line, columns):
                return _head(looked_at, len(looked_at) - 1)
        if len(looked_at) > MOST_ABOVE:
            break
    if not looked_at:
        return None
    known = [len(_names(line, columns)) for line in looked_at]
    return _head(looked_at, known.index(max(known)))


def known_in(headings: Sequence[str], columns: Columns) -> set[str]:
    """The names of the columns that are meant by any of these."""
    by_heading = {plain(heading): column.name for column in columns for heading in (column.name, *column.headings)}
    return {by_heading[key] for heading in headings if (key := plain(heading)) in by_heading}


def _names(line: Line, columns: Columns) -> set[str]:
    return known_in([shown(cell) for cell in line[1]], columns)


def _is_whole(line: Line, columns: Columns) -> bool:
    return {column.name for column in columns if column.required} <= _names(line, columns)


def _head(lines: Sequence[Line], at: int) -> Head:
    number, cells = lines[at]
    return Head(number, [shown(cell) for cell in cells], list(lines[:at]))
