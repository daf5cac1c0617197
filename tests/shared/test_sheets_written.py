"""What is handed out: templates that are read as they are filled in, and tables given back with words on every bad row."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from shared.sheets.columns import Kind
from shared.sheets.heads import Head
from shared.sheets.marked import RowResult, marked
from shared.sheets.marking import write_marked
from shared.sheets.parsing import Parsed
from shared.sheets.remarks import Remarks
from shared.sheets.template import template
from shared.sheets.words import MONTH_FIRST, READ_AS, RESULTS, SENTENCES, sentence
from shared.web.problems import _CODES, _WORDS
from tests.shared.tables import COLUMNS, NAMES, ROW, VALUES, as_csv, as_xlsx, refusal, taken

AREAS = ("2404", "240402", "240409")
EMPTY = template(COLUMNS, AREAS, title="แบบสำรวจ")


def cells_of(book: bytes, sheet: int = 0) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(sheet).iter_rows()]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


async def given_back(path: Path, content: bytes, *results: RowResult) -> bytes:
    with await marked(written(path, content), COLUMNS, results) as file:
        return file.read()


def test_a_template_has_thai_headings_and_the_required_ones_are_marked() -> None:
    headings = cells_of(EMPTY)[0]
    assert headings == [f"{column.headings[0]}{' *' * column.required}" for column in COLUMNS]


def test_a_template_names_the_fields_in_its_comments() -> None:
    with zipfile.ZipFile(io.BytesIO(EMPTY)) as book:
        comments = book.read("xl/comments1.xml").decode()
    assert [name for name in NAMES if f">{name}" not in comments] == []


def test_a_template_offers_choices_and_places() -> None:
    with zipfile.ZipFile(io.BytesIO(EMPTY)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert len(re.findall("<dataValidation ", sheet)) == sum(
        column.kind in (Kind.CODE, Kind.AREA, Kind.YES_NO) for column in COLUMNS
    )
    offered = {cell for row in cells_of(EMPTY, 2) for cell in row}
    assert offered >= {"สวัสดิการ", "ใช่", "2404 อำเภอบางปะกง", "240402 ตำบลท่าสะอ้าน อำเภอบางปะกง"}
    shown = CalamineWorkbook.from_filelike(io.BytesIO(EMPTY)).sheets_metadata
    assert [sheet.visible == SheetVisibleEnum.Visible for sheet in shown] == [True, True, False]


def test_an_empty_template_has_no_rows_and_its_example_is_read(tmp_path: Path) -> None:
    assert list(refusal(tmp_path / "sent", EMPTY)) == ["no_rows"]
    values = taken(tmp_path / "sent", as_xlsx(cells_of(EMPTY, 1)[:2]))[0].values
    assert values | {"kind": "", "detail": ""} == VALUES | {
        "kind": "", "detail": "", "phone": "081-234-5678", "citizen_id": "1970100000011",
    }  # fmt: skip


def test_a_template_is_the_same_each_time() -> None:
    assert template(COLUMNS, AREAS, title="แบบสำรวจ") == EMPTY


@pytest.mark.apart
async def test_each_row_is_given_back_with_what_became_of_it(tmp_path: Path) -> None:
    rows = [ROW, ROW, [], ["x", *ROW[1:]]]
    results = [RowResult(2, "accepted"), RowResult(3, "matched"), RowResult(5, "refused", "citizen_id", "invalid_citizen_id")]
    found = cells_of(await given_back(tmp_path / "sent", as_csv([NAMES, *rows], delimiter=";"), *results))
    assert found[0] == [*NAMES, "ผลการนำเข้า", "ข้อผิดพลาด"]
    assert found[1] == [*ROW, "นำเข้าแล้ว", ""]
    assert found[2][-2:] == ["มีอยู่แล้ว", ""]
    assert found[4][0] == "x"
    assert found[4][-2:] == ["ไม่ได้นำเข้า", sentence(COLUMNS, "citizen_id", "invalid_citizen_id")]


@pytest.mark.apart
async def test_an_answer_may_be_corrected_and_sent_again(tmp_path: Path) -> None:
    headings, row = [NAMES[-1], *NAMES[:-1]], [ROW[-1], *ROW[:-1]]
    first = await given_back(tmp_path / "sent", as_xlsx([headings, row]), RowResult(2, "refused", "kind", "invalid"))
    assert [(one.number, one.values) for one in taken(tmp_path / "sent", first)] == [(2, VALUES)]
    again = await given_back(tmp_path / "sent", first, RowResult(2, "accepted"))
    assert cells_of(again) == [[*headings, "ผลการนำเข้า", "ข้อผิดพลาด"], [*row, "นำเข้าแล้ว", ""]]


@pytest.mark.apart
async def test_what_stands_above_the_headings_stays_there_and_rows_stay_in_their_lines(tmp_path: Path) -> None:
    title = ["แบบสำรวจ ปี 2564", "หมู่ที่", "3"]
    content = as_xlsx([title, [], NAMES, [], ["x", *ROW[1:]], ROW])
    results = [RowResult(5, "refused", "citizen_id", "invalid_citizen_id"), RowResult(6, "accepted")]
    first = await given_back(tmp_path / "sent", content, *results)
    lines = cells_of(first)
    assert [str(cell) for cell in lines[0][:4]] == [*title, ""]
    assert lines[2] == [*NAMES, "ผลการนำเข้า", "ข้อผิดพลาด"]
    assert [line[-2] for line in lines[3:]] == ["", "ไม่ได้นำเข้า", "นำเข้าแล้ว"]
    assert [(one.number, one.values["citizen_id"]) for one in taken(tmp_path / "sent", first)] == [(5, "x"), (6, ROW[0])]
    assert cells_of(await given_back(tmp_path / "sent", first, *results)) == lines


@pytest.mark.apart
async def test_a_day_with_its_month_first_is_named_and_others_of_its_column_are_doubted(tmp_path: Path) -> None:
    at = NAMES.index("day")
    days = ["5/25/2564", "4/5/2564", "25/5/2564", "5/5/2564", "2021-05-04", "๔-๕-๒๕๖๔", "4/5/2564", "5 พ.ค. 2564", "31/31/2564"]
    rows = [[*ROW[:at], day, *ROW[at + 1 :]] for day in days]
    refused = {2: "invalid", 8: "too_long", 10: "invalid"}
    results = [
        RowResult(row, "refused", "day", refused[row]) if row in refused else RowResult(row, "accepted")
        for row in range(2, len(rows) + 2)
    ]
    remarks = [line[-1] for line in cells_of(await given_back(tmp_path / "sent", as_csv([NAMES, *rows]), *results))[1:]]
    doubt = f"วันที่: {READ_AS.format(day='๔ พฤษภาคม ๒๕๖๔')}"
    other = [sentence(COLUMNS, "day", code) for code in ("too_long", "invalid")]
    assert remarks == [f"วันที่: {MONTH_FIRST}", doubt, "", "", "", doubt, other[0], "", other[1]]
    plain = [ROW, [*ROW[:at], "4/5/2564", *ROW[at + 1 :]]]
    accepted = [RowResult(2, "accepted"), RowResult(3, "accepted")]
    assert [line[-1] for line in cells_of(await given_back(tmp_path / "sent", as_csv([NAMES, *plain]), *accepted))[1:]] == [
        "",
        "",
    ]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_whatever_stands_in_a_cell_is_given_back_as_text(cells: list[str]) -> None:
    made = io.BytesIO()
    head = Head(1, ["=1+1"] * len(cells), [])
    write_marked(made, head, iter([Parsed(2, {}, [], list(cells))]), [], Remarks((), [], []))
    found = cells_of(made.getvalue())
    assert len(found) == 2
    assert [str(cell) for cell in found[1][: len(cells)]] == cells


def test_every_code_that_a_request_is_refused_with_has_its_words() -> None:
    """And every result; a row is refused with the codes of single requests, and some of imports."""
    assert {*_WORDS, *_CODES.values()} - SENTENCES.keys() == set()
    assert set(RESULTS) == {"accepted", "matched", "refused"}
    assert [code for code, words in SENTENCES.items() if not re.search("[ก-๙]", words)] == []


def test_a_sentence_names_the_column_as_the_template_does() -> None:
    assert sentence(COLUMNS, "first_name", "required") == "ชื่อ: ต้องกรอก"
    assert sentence(COLUMNS, None, "required") == "ต้องกรอก"
    with pytest.raises(KeyError):
        sentence(COLUMNS, None, "no_such_code")
