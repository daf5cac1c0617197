"""Tables to upload, made for tests: as CSV in any spelling, as XLSX and as ODS."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from xlsxwriter import Workbook

from shared.errors import InvalidError
from shared.sheets.columns import Column, Columns, Kind
from shared.sheets.parsing import Parsed, parse

COLUMNS: Columns = (
    Column("citizen_id", ("เลขประจำตัวประชาชน", "เลขบัตรประชาชน 13 หลัก"), Kind.CITIZEN_ID, True, "13 หลัก", "1-9701-00000-01-1"),
    Column("first_name", ("ชื่อ",), required=True, example="สมใจ"),
    Column("kind", ("ความต้องการ",), Kind.CODE, True, example="งาน", choices={"job_domestic": "งาน", "welfare": "สวัสดิการ"}),
    Column("area_code", ("รหัสตำบล",), Kind.AREA, example="240402 ตำบลท่าสะอ้าน"),
    Column("village_no", ("หมู่ที่",), Kind.WHOLE, example="5"),
    Column("birth_year", ("ปีเกิด",), Kind.YEAR, example="2510"),
    Column("phone", ("โทรศัพท์",), Kind.PHONE, example="081-234-5678"),
    Column("day", ("วันที่",), Kind.DAY, example="25/5/2564"),
    Column("moment", ("เวลา",), Kind.MOMENT, example="25/5/2564 14:30"),
    Column("consent", ("ยินยอม",), Kind.YES_NO, example="ใช่"),
    Column("detail", ("รายละเอียด",), example="ต้องการงาน"),
)  # fmt: skip
NAMES = [column.name for column in COLUMNS]
ROW = (
    "1970100000011",
    "สมใจ",
    "welfare",
    "240402",
    "5",
    "1967",
    "0812345678",
    "2021-05-25",
    "2021-05-25T14:30:00+07:00",
    "ใช่",
    "ก",
)
VALUES = dict(zip(NAMES, ROW, strict=True)) | {"village_no": 5, "birth_year": 1967, "consent": True}
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
Table = Sequence[Sequence[Any]]


def as_csv(rows: Table, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Table, *, hidden_first: bool = False, formula: str | None = None) -> bytes:
    """`hidden_first`: behind a hidden sheet of formulas. `formula`: in the last row's second cell."""
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    if hidden_first:
        first = book.add_worksheet("ซ่อน")
        first.write_formula(0, 0, "=1+1")
        first.hide()
    sheet = book.add_worksheet("กรอก")
    sheet.activate()
    if hidden_first:
        sheet.set_first_sheet()
    days = {date: book.add_format({"num_format": "yyyy-mm-dd"}), datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"})}
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if type(cell) in days:
                sheet.write_datetime(at, column, cell, days[type(cell)])
            else:
                sheet.write(at, column, cell) if not isinstance(cell, str) else sheet.write_string(at, column, cell)
    if formula is not None:
        sheet.write_formula(len(rows) - 1, 1, formula, None, "สมใจ")
    book.close()
    return made.getvalue()


def with_far_cell(book: bytes) -> bytes:
    """The workbook with a cell in the last corner that there is."""
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return as_zip({name: archive.read(name).replace(b"</sheetData>", far) for name in archive.namelist()})


def as_ods(rows: Table, *, formula: str = "") -> bytes:
    """Text cells only. `formula`: an attribute of each of them."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell {formula} office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="1">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return as_zip({"mimetype": _ODS, "META-INF/manifest.xml": manifest.encode(), "content.xml": content.encode()})


def as_zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def taken(path: Path, content: bytes, *, most: int = 100) -> list[Parsed]:
    """What is read of it, in this process."""
    path.write_bytes(content)
    return list(parse(path, COLUMNS, most)[1])


def refusal(path: Path, content: bytes, *, most: int = 100) -> dict[str, str]:
    """The words by the codes of why nothing is read of it."""
    with pytest.raises(InvalidError) as refused:
        taken(path, content, most=most)
    assert {fault.pointer for fault in refused.value.faults} == {"/file"}
    return {fault.code: fault.message for fault in refused.value.faults}
