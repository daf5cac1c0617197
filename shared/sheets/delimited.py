"""A CSV file as rows of text: UTF-8 or Windows-874, with comma, semicolon or tab between."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from shared.sheets.cells import is_empty
from shared.sheets.columns import Columns
from shared.sheets.heads import MOST_ABOVE, known_in

_DELIMITERS = ",;\t"
_LONGEST_FIELD = 1024**2
_MOST_LINES = 1_048_576
"""As a spreadsheet has; empty ones, too."""
_HEAD = 100_000
"""Where the headings are, in signs."""
_PIECE = 1024**2
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\r\n")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""UTF-16 is what spreadsheets call Unicode text."""


def rows_in(path: Path, columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """(number from 1 on, cells) of every record that has any. The delimiter is the one by which most of the columns are found.

    Raises ValueError for what is no text, csv.Error for what is no CSV."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(_HEAD)
    if _CONTROLS.intersection(head.partition("\n")[0]):
        raise ValueError("no text")
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding=encoding, newline="") as file:
        for number, cells in enumerate(csv.reader(file, delimiter=_delimiter(head, columns)), start=1):
            if number > _MOST_LINES:
                raise ValueError("no sheet has as many lines")
            if cells:
                yield number, cells


def _encoding(path: Path) -> str:
    """Raises UnicodeDecodeError for none of those that are known."""
    with path.open("rb") as file:
        start = file.read(3)
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    try:
        _decode(path, "utf-8")
    except UnicodeDecodeError:
        # TIS-620 has no sign that Windows-874 has elsewhere.
        _decode(path, "cp874")
        return "cp874"
    return "utf-8"


def _decode(path: Path, encoding: str) -> None:
    with path.open(encoding=encoding, newline="") as file:
        while file.read(_PIECE):
            pass


def _delimiter(head: str, columns: Columns) -> str:
    def found(delimiter: str) -> int:
        lines = (
            cells for cells in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if not all(map(is_empty, cells))
        )
        return max((len(known_in(cells, columns)) for cells in islice(lines, MOST_ABOVE + 1)), default=0)

    return max(_DELIMITERS, key=found)
