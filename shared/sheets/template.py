"""An empty table to be filled in, as XLSX: headings in Thai, drop-downs, an example on a sheet of its own."""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from shared.files.paper import MADE_AT
from shared.places import label
from shared.sheets.columns import Column, Columns, Kind
from shared.sheets.reading import MOST_ROWS

_FILL_IN, _EXAMPLE, _CHOICES = "กรอกข้อมูล", "ตัวอย่าง", "ตัวเลือก"
_REQUIRED_MARK = " *"
_NARROW, _WIDE = 14, 34
_PER_LETTER = 1.1
_COMMENT = {"x_scale": 2.2, "y_scale": 1.1, "author": ""}


def template(columns: Columns, areas: Sequence[str], *, title: str) -> bytes:
    """`areas`: codes of the places that the drop-down of areas offers; `title`: of the document, in Thai. The same columns and
    areas give the same bytes. Takes up to a second for all places of the country: call it in a thread."""
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    book.set_properties({"title": title, "created": MADE_AT.replace(tzinfo=None)})
    sheet, example, choices = (book.add_worksheet(name) for name in (_FILL_IN, _EXAMPLE, _CHOICES))
    choices.hide()
    # The number format of text: an ID stays as it is typed, and a day of 2564 does not become one of the common era.
    text = book.add_format({"num_format": "@"})
    offered = [_offered(column, areas) for column in columns]
    for shown in (sheet, example):
        _headings(shown, columns, book)
        for at, (column, words) in enumerate(zip(columns, offered, strict=True)):
            shown.set_column(at, at, _width(column, words), text)
    for at, words in enumerate(offered):
        if words:
            choices.write_column(0, at, words, text)
            sheet.data_validation(1, at, MOST_ROWS, at, _one_of(at, words))
    for at, column in enumerate(columns):
        example.write_string(1, at, column.example, text)
    _notes(example, columns, book)
    book.close()
    return made.getvalue()


def _headings(sheet: Worksheet, columns: Columns, book: Workbook) -> None:
    sheet.freeze_panes(1, 0)
    boxed = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter", "bg_color": "#E7E6E6"}
    plain, required = book.add_format(boxed), book.add_format(boxed | {"bg_color": "#FFF2CC"})
    for at, column in enumerate(columns):
        mark = _REQUIRED_MARK if column.required else ""
        sheet.write_string(0, at, column.headings[0] + mark, required if column.required else plain)
        sheet.write_comment(0, at, "\n".join(filter(None, (column.name, column.note))), _COMMENT)


def _notes(sheet: Worksheet, columns: Columns, book: Workbook) -> None:
    """Below the example, where nobody imports them."""
    quiet: Format = book.add_format({"font_color": "#595959"})
    lines = ["แผ่นงานนี้เป็นตัวอย่าง ระบบจะนำเข้าเฉพาะแผ่นงานแรก", f"ช่องที่มีเครื่องหมาย{_REQUIRED_MARK} ต้องมีในไฟล์"]
    lines += [f"{column.headings[0]}: {column.note}" for column in columns if column.note]
    for row, line in enumerate(lines, start=3):
        sheet.write_string(row, 0, line, quiet)


def _offered(column: Column, areas: Sequence[str]) -> list[str]:
    """The words of the drop-down."""
    match column.kind:
        case Kind.CODE:
            return list(column.choices.values())
        case Kind.YES_NO:
            return ["ใช่", "ไม่ใช่"]
        case Kind.AREA:
            return [_area(code) for code in areas]
        case _:
            return []


def _area(code: str) -> str:
    """`240402 ตำบลท่าสะอ้าน อำเภอบางปะกง`: the code alone would be read, the names are for whoever looks for it."""
    return f"{code} {label(code)}" if len(code) < 6 else f"{code} {label(code)} {label(code[:4])}"


def _one_of(at: int, words: Sequence[str]) -> dict[str, Any]:
    """Other text is warned of only: a code without its name is right, too."""
    return {
        "validate": "list",
        "source": f"='{_CHOICES}'!{xl_range_abs(0, at, len(words) - 1, at)}",
        "error_type": "warning",
        "error_title": "ไม่อยู่ในรายการ",
        "error_message": "ข้อมูลนี้ไม่อยู่ในรายการให้เลือก ต้องการใช้ต่อหรือไม่",
    }


def _width(column: Column, words: Sequence[str]) -> float:
    longest = max(map(len, (column.headings[0], column.example, *words[:50])))
    return min(max(_NARROW, longest * _PER_LETTER), _WIDE)
