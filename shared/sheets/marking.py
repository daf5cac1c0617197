"""A table written back as XLSX, row by row, with what became of each row. `child.py` does it apart."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from xlsxwriter import Workbook

from shared.files.paper import MADE_AT
from shared.sheets.cells import Cell, shown
from shared.sheets.headings import REMARK, RESULT, letters, plain
from shared.sheets.heads import Head
from shared.sheets.parsing import Parsed
from shared.sheets.remarks import Remarks
from shared.sheets.words import RESULTS

_LONGEST = 32_000
"""Of a cell, in signs; XLSX allows a few more."""
_WIDTH, _WIDE = 18, 60
_HEADING, _ABOVE = "heading", "above"
_COLOURS = {_HEADING: "#FFFFFF", _ABOVE: "#FFFFFD", "accepted": "#FFFFFE", "matched": "#E7E6E6", "refused": "#FFC7CE"}
_SHEET = "xl/worksheets/sheet1.xml"
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_AT_A_TIME = 200
_MOST_FROZEN = 10
"""Lines: with more of them on the screen there is no room for the rows."""


def write_marked(file: BinaryIO, head: Head, rows: Iterable[Parsed], results: Iterable[dict[str, Any]], remarks: Remarks) -> int:
    """How many rows were written, each in its own line. `results`: RowResults as JSON objects.

    The library makes the book, but its rows are written here, straight into the file: it would keep them all in memory, or lay
    them down in files with names, and takes five times as long."""
    book = zipfile.ZipFile(io.BytesIO(_book(len(head.headings) + 2, head.number)))
    start, end = re.split(rb"<sheetData>.*</sheetData>", re.sub(rb"<dimension [^>]*>", b"", book.read(_SHEET)), flags=re.DOTALL)
    table = _Table(head, {result["row"]: result for result in results}, remarks, _styles(book.read(_SHEET)))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for member in book.infolist():
            if member.filename != _SHEET:
                made.writestr(member, book.read(member), zipfile.ZIP_DEFLATED)
        sheet = zipfile.ZipInfo(_SHEET, MADE_AT.timetuple()[:6])
        sheet.compress_type = zipfile.ZIP_DEFLATED
        with made.open(sheet, "w") as part:
            part.write(start + b"<sheetData>")
            for piece in table.pieces(rows):
                part.write(piece.encode())
            part.write(b"</sheetData>" + end)
    return table.total


class _Table:
    """Rows as XML. The columns of an earlier answer are left out, so that one that is sent again does not grow."""

    def __init__(self, head: Head, results: Mapping[int, dict[str, Any]], remarks: Remarks, styles: Mapping[str, str]) -> None:
        self._head, self._results, self._remarks, self._styles = head, results, remarks, styles
        own = {plain(RESULT), plain(REMARK)}
        self._kept = [at for at, heading in enumerate(head.headings) if plain(heading) not in own]
        self._letters = [letters(at) for at in range(len(self._kept) + 2)]
        self.total = 0

    def pieces(self, rows: Iterable[Parsed]) -> Iterator[str]:
        piece = [self._row(number, [*self._cells(cells), "", ""], _ABOVE) for number, cells in self._head.above]
        piece.append(self._row(self._head.number, [*self._cells(self._head.headings), RESULT, REMARK], _HEADING))
        for row in rows:
            self.total += 1
            result = self._results.get(row.number)
            # On its own line: the answer's row numbers are those of the sheet.
            cells = [*self._cells(row.cells), *self._said(row.cells, result)]
            piece.append(self._row(row.number, cells, result["result"] if result else "accepted"))
            if len(piece) == _AT_A_TIME:
                yield "".join(piece)
                piece = []
        yield "".join(piece)

    def _cells(self, cells: Sequence[Cell]) -> list[str]:
        return [shown(cells[at]) if at < len(cells) else "" for at in self._kept]

    def _said(self, cells: Sequence[Cell], result: Mapping[str, Any] | None) -> tuple[str, str]:
        return ("", "") if result is None else (RESULTS[result["result"]], self._remarks.on(cells, result))

    def _row(self, number: int, cells: Sequence[str], style: str) -> str:
        s = self._styles[style]
        made = [
            f'<c r="{column}{number}" s="{s}" t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'
            for column, text in zip(self._letters, cells, strict=True)
        ]
        return f'<row r="{number}">{"".join(made)}</row>'


def _escaped(text: str) -> str:
    """As text always: what begins with an equals sign is no formula. Signs that XML has not are written as XLSX does."""
    return _FORBIDDEN.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text[:_LONGEST]).translate(_MARKUP)


def _book(columns: int, header: int) -> bytes:
    """Without the table, but with a cell of every style, each in a row of its own."""
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    book.set_properties({"created": MADE_AT.replace(tzinfo=None)})
    sheet = book.add_worksheet(RESULT)
    if header <= _MOST_FROZEN:
        sheet.freeze_panes(header, 0)
    sheet.set_column(0, columns - 2, _WIDTH)
    sheet.set_column(columns - 1, columns - 1, _WIDE)
    for row, (name, colour) in enumerate(_COLOURS.items()):
        form = book.add_format({"num_format": "@", "bg_color": colour, "border": int(name != _ABOVE), "bold": name == _HEADING})
        sheet.write_string(row, 0, "", form)
    book.close()
    return made.getvalue()


def _styles(sheet: bytes) -> dict[str, str]:
    """The number of each style, by its name."""
    numbers = re.findall(rb'<c r="A[0-9]" s="([0-9]+)"', sheet)
    return {name: number.decode() for name, number in zip(_COLOURS, numbers, strict=True)}
