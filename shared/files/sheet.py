"""A paper as XLSX, to be looked at, worked with and printed: the same look, A4. Text is always text: no formula runs, no number
loses its first zero."""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.buddhist_calendar import thai_digits
from shared.files.fitting import in_lines, lines, width_mm
from shared.files.paper import MADE_AT, Column, Paper, Section

LINE_EM = 1.3
MM_PER_WIDTH = 1.95
"""Of a column's width in Excel's unit, a digit of the standard font."""
INSET_MM = 3.0
SHRINK = 1.5
"""A number wider than so many times its column is wrapped after all."""
MOST_PT = 409.0
"""Higher no row can be."""
DOTS = "." * 24
SIGNED = (f"ลงชื่อ {DOTS} {{}}", f"({DOTS})", f"ตำแหน่ง {DOTS}", f"วันที่ {DOTS}")
Formats = dict[str, Format]


def size_of(font: str) -> int:
    """In points. Those of the TH family, which offices have, are drawn small: 16 of theirs are as large as 11 of Sarabun."""
    return 16 if font.startswith("TH ") else 11


def as_xlsx(paper: Paper, font: str) -> bytes:
    """One sheet. `font`: by name; a machine without it takes another."""
    made = io.BytesIO()
    # In memory: what is personal must not pass through files of the machine, as it would with `constant_memory`.
    book = Workbook(made, {"in_memory": True})
    book.set_properties({"title": " ".join(paper.title), "created": MADE_AT.replace(tzinfo=None)})
    formats = _formats(book, font)
    sheet = book.add_worksheet("รายงาน")
    _pages(sheet, paper, font)
    _Drawing(sheet, formats, paper, LINE_EM * size_of(font)).draw()
    book.close()
    return made.getvalue()


def _formats(book: Workbook, font: str) -> Formats:
    text: dict[str, Any] = {"font_name": font, "font_size": size_of(font), "text_wrap": True, "valign": "vcenter"}
    boxed = text | {"border": 1}
    made = {
        "corner": text | {"align": "right"},
        "title": text | {"bold": True, "align": "center"},
        "revised": text | {"align": "center"},
        "heading": boxed | {"bold": True, "align": "center"},
        "section": text | {"bold": True},
        "note": text | {"font_size": size_of(font) - 1},
        "signed": text | {"align": "center"},
        # The number format of text: a number typed over an ID stays one sign by sign.
        **{align: boxed | {"align": align, "num_format": "@"} for align in ("left", "center", "right")},
        # On one line, made smaller where it does not fit.
        "digits": boxed | {"align": "center", "num_format": "@", "text_wrap": False, "shrink": True},
    }
    return {name: book.add_format(properties) for name, properties in made.items()}


def _pages(sheet: Worksheet, paper: Paper, font: str) -> None:
    sheet.set_paper(9)  # A4
    if paper.landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.59, right=0.59, top=0.7, bottom=0.63)
    sheet.set_footer(f'&C&"{font},Regular"&{size_of(font)}หน้า &P จาก &N')
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    for at, column in enumerate(_widest(paper)):
        sheet.set_column(at, at, column.width_mm / MM_PER_WIDTH)


def _widest(paper: Paper) -> tuple[Column, ...]:
    """The section whose columns give the sheet's: the one with the most."""
    return max((section.columns for section in paper.sections), key=len)


class _Drawing:
    """From the first row down."""

    def __init__(self, sheet: Worksheet, formats: Formats, paper: Paper, line_pt: float) -> None:
        self._sheet, self._formats, self._paper, self._line_pt = sheet, formats, paper, line_pt
        self._columns = _widest(paper)
        self._width = sum(column.width_mm for column in self._columns)
        self._row = 0

    def draw(self) -> None:
        paper = self._paper
        self._across(paper.corner, "corner")
        for line in paper.title:
            self._across(line, "title")
        if paper.revised is not None:
            self._across(paper.revised, "revised")
        self._across("", "title")
        for section in paper.sections:
            self._section(section)
        self._below()

    def _section(self, section: Section) -> None:
        if section.heading is not None:
            self._across("", "section")
            self._across(section.heading, "section")
        top = self._row
        self._headings(section.columns)
        if len(self._paper.sections) == 1:
            self._sheet.repeat_rows(top, self._row - 1)
            self._sheet.freeze_panes(self._row, 0)
        for row in section.shown:
            self._cells(section.columns, row)

    def _headings(self, columns: tuple[Column, ...]) -> None:
        """One row, or two where columns share a heading."""
        form, top = self._formats["heading"], self._row
        grouped = any(column.under for column in columns)
        if grouped:
            self._next_row(1)
        self._next_row(max(lines(column.heading, column.width_mm - INSET_MM) for column in columns))
        for at, column in enumerate(columns):
            if column.under is None:
                self._merge(top, at, self._row - 1, at, column.heading, form)
            else:
                self._sheet.write_string(self._row - 1, at, column.heading, form)
        for under in dict.fromkeys(column.under for column in columns if column.under):
            shared = [at for at, column in enumerate(columns) if column.under == under]
            self._merge(top, shared[0], top, shared[-1], under, form)

    def _cells(self, columns: tuple[Column, ...], row: Sequence[str]) -> None:
        high = 1
        for at, (column, text) in enumerate(zip(columns, row, strict=True)):
            room = column.width_mm - INSET_MM
            shown = in_lines(text, room) if column.kind == "name" else text
            if column.kind == "digits" and width_mm(text) < SHRINK * room:
                self._sheet.write_string(self._row, at, shown, self._formats["digits"])
                continue
            high = max(high, lines(shown, room))
            self._sheet.write_string(self._row, at, shown, self._formats[column.align])
        self._next_row(high)

    def _below(self) -> None:
        if self._paper.notes:
            self._across("", "note")
            self._across("หมายเหตุ", "section")
        for number, note in enumerate(self._paper.notes, start=1):
            self._across(f"{thai_digits(number)}. {note}", "note")
        if self._paper.signed:
            self._across("", "note")
            for line in SIGNED:
                self._signature(line.format(self._paper.signer))

    def _signature(self, line: str) -> None:
        """In the right half."""
        last = len(self._columns) - 1
        self._merge(self._row, last // 2 + 1, self._row, last, line, self._formats["signed"])
        self._next_row(1)

    def _across(self, text: str, form: str) -> None:
        self._merge(self._row, 0, self._row, len(self._columns) - 1, text, self._formats[form])
        self._next_row(lines(text, self._width - INSET_MM))

    def _merge(self, top: int, left: int, bottom: int, right: int, text: str, form: Format) -> None:
        """As text always: what begins with an equals sign is no formula."""
        if (top, left) != (bottom, right):
            self._sheet.merge_range(top, left, bottom, right, "", form)
        self._sheet.write_string(top, left, text, form)

    def _next_row(self, high: int) -> None:
        """`high`: in lines. Without a height, LibreOffice and Excel cut wrapped text of merged cells off."""
        self._sheet.set_row(self._row, min(high * self._line_pt + 4, MOST_PT))
        self._row += 1
