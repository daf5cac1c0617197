"""What the two official forms say on paper, word for word, and how it is fitted onto it."""

import io
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from services.reporting.files import snb2, sp12
from services.reporting.files.official import paper_of
from services.reporting.forms import FORGOTTEN_NAME, Sp12, Unit
from shared.buddhist_calendar import Month
from shared.files.fitting import in_lines, lines, pieces, width_mm
from shared.files.paper import Column, Paper, Section
from shared.files.sheet import as_xlsx
from shared.files.written import written_id

TITLE = ("บรรทัดแรก", "บรรทัดที่สอง")
ROW = {
    "no": 12,
    "name": "นางสาวสมใจ ใจดี",
    "citizen_id": "1970100000011",
    "assistance_type": "drug_prevention",
    "worker_type": "elderly",
    "project_name": "โครงการฝึกอาชีพ",
    "in_database": True,
    "late": False,
    "assistance_id": str(UUID(int=1)),
    "case_id": None,
    "service_date": "2021-05-03",
    "recorded_at": "2021-05-03T00:00:00.000000Z",
}


def content(*rows: dict[str, Any], **changed: Any) -> dict[str, Any]:
    found = {"view": "live", "revision": 0, "first_submitted_at": None, "rows": [ROW | row for row in rows]}
    return found | changed


def test_a_row_of_sp12_is_in_the_words_and_numerals_of_the_form() -> None:
    paper = sp12.paper(content({}), title=TITLE)
    assert paper.sections[0].rows == [
        ("๑๒", "นางสาวสมใจ ใจดี", "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑", "รณรงค์ป้องกันและแก้ไขปัญหายาเสพติด", "แรงงานสูงอายุ")
    ]
    assert (paper.corner, paper.title, paper.signed, paper.landscape) == ("แบบ สป-๑๒", TITLE, True, False)


@pytest.mark.parametrize(("in_database", "ticks"), [(True, ("✓", "")), (False, ("", "✓"))])
def test_a_row_of_snb2_has_its_tick_in_exactly_one_place(in_database: bool, ticks: tuple[str, str]) -> None:
    paper = snb2.paper(content({"in_database": in_database}), title=TITLE)
    assert paper.sections[0].rows[0][-2:] == ticks
    assert paper.sections[0].rows[0][1] == "โครงการฝึกอาชีพ"
    assert paper.landscape


def test_the_centre_that_a_form_names_is_the_one_of_its_content() -> None:
    form = Sp12(Unit(UUID(int=1), "บ้านคลองนิยม", "24"), Month(2021, 5))
    for centre, line in (
        (None, "ของศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน)"),
        ({"centre_id": str(UUID(int=2)), "name": "ศูนย์บางปะกง"}, "ของศูนย์บางปะกง"),
    ):
        shown = content({}, centre=centre, persons=1)
        paper = paper_of(form, shown)(shown)
        assert isinstance(paper, Paper)
        assert paper.title[1] == line


@pytest.mark.parametrize(
    ("paper", "headings"),
    [
        (
            sp12.paper(content(), title=TITLE),
            "ลำดับที่|ชื่อ-สกุลผู้ที่ได้รับการช่วยเหลือ|เลขบัตรประชาชน๑๓หลัก|ประเภทการช่วยเหลือ/การให้บริการ"
            "|ประเภทของแรงงาน(แรงงานนอกระบบ/แรงงานสูงอายุ/แรงงานคนพิการ)",
        ),
        (
            snb2.paper(content(), title=TITLE),
            "ลำดับที่|ชื่อแผนงาน/โครงการ/กิจกรรม|ชื่อ-สกุลผู้ที่ได้รับการช่วยเหลือ|เลขบัตรประชาชน๑๓หลัก"
            "|ประเภทการช่วยเหลือ/การให้บริการ|ประเภทของแรงงาน|มีรายชื่อในฐานข้อมูลฯ|ไม่มีรายชื่อในฐานข้อมูลฯ",
        ),
    ],
    ids=["sp12", "snb2"],
)
def test_headings_are_the_forms_own_and_fill_the_page(paper: Paper, headings: str) -> None:
    (section,) = paper.sections
    assert re.sub(r"[ \n]", "", "|".join(column.heading for column in section.columns)) == headings
    assert sum(column.width_mm for column in section.columns) == (267 if paper.landscape else 180)


def test_a_person_without_a_number_and_a_forgotten_one_are_named_so() -> None:
    rows = sp12.paper(content({"citizen_id": None}, {"name": FORGOTTEN_NAME, "citizen_id": None}), title=TITLE).sections[0].rows
    assert [row[1:3] for row in rows] == [("นางสาวสมใจ ใจดี", "-"), ("ลบข้อมูลตามคำขอ", "-")]


def test_a_number_of_another_document_stays_as_it_is() -> None:
    assert written_id("AA1234567") == "AA1234567"
    assert written_id("๑๒๓๔๕๖๗๘๙๐๑๒๓") == "๑๒๓๔๕๖๗๘๙๐๑๒๓"


def test_a_row_that_came_late_is_marked() -> None:
    assert sp12.paper(content({"late": True}), title=TITLE).sections[0].rows[0][1] == "นางสาวสมใจ ใจดี (เพิ่มเติม)"


@pytest.mark.parametrize(
    ("view", "revision", "said"),
    [
        ("submitted", 2, "ฉบับแก้ไขครั้งที่ ๑ (ฉบับแรกส่งเมื่อ ๒๖ พฤษภาคม ๒๕๖๔)"),
        ("submitted", 13, "ฉบับแก้ไขครั้งที่ ๑๒ (ฉบับแรกส่งเมื่อ ๒๖ พฤษภาคม ๒๕๖๔)"),
        ("submitted", 1, None),
        ("live", 2, None),
        ("asof", 2, None),
    ],
)
def test_only_a_later_submission_is_a_revised_form(view: str, revision: int, said: str | None) -> None:
    first = "2021-05-25T17:00:00.000000Z"  # already the 26th in Bangkok
    assert snb2.paper(content(view=view, revision=revision, first_submitted_at=first), title=TITLE).revised == said


def test_a_nil_report_has_a_row_that_says_so() -> None:
    (section,) = snb2.paper(content(), title=TITLE).sections
    assert section.shown == [["-", "-", "-", "-", "-", "-", "", ""]]


def test_a_name_is_parted_between_its_parts_only() -> None:
    assert in_lines("นางสาวสมใจ ใจดี", 46) == "นางสาวสมใจ ใจดี"
    assert in_lines("นางสาวสมใจ กตัญญูกตเวทีธรรมานุเคราะห์", 46) == "นางสาวสมใจ\nกตัญญูกตเวทีธรรมานุเคราะห์"


def test_marks_above_and_below_take_no_room() -> None:
    assert width_mm("ปั๊มน้ำ") == width_mm("ปมนำ")


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "Zs"]), max_size=300), st.floats(10, 100))
def test_pieces_are_the_text_and_each_fits(text: str, room: float) -> None:
    found = pieces(text, room)
    assert "".join(found) == text
    if isinstance(found, list):
        assert all(width_mm(word) <= room for piece in found for word in re.split(" ", piece))
    assert lines(text, room) >= 1


def test_text_in_a_spreadsheet_is_never_a_formula_or_a_number() -> None:
    texts = ["=1+1", "0123", "https://example.org", "-5", ""]
    columns = tuple(Column(f"ช่อง {number}", 30) for number in range(len(texts)))
    paper = Paper(corner="ก", title=("ข",), sections=(Section(columns, [texts]),))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(paper, "Sarabun"))).get_sheet_by_index(0)
    assert sheet.to_python()[-1] == texts
