"""Whatever people write can be drawn: in a PDF and in a spreadsheet, the same bytes each time, and read again."""

import io
import re
import unicodedata

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from deploy.local.font import find_fonts
from shared.files.paper import TICK, Column, Paper, Section
from shared.files.print import as_pdf
from shared.files.sheet import as_xlsx

COLUMNS = (
    Column("ลำดับที่", 20, "center", kind="digits"),
    Column("ชื่อ-สกุล", 60, kind="name"),
    Column("โครงการ", 60),
    Column("มี", 20, "center", under="หมายเหตุ", kind="tick"),
    Column("ไม่มี", 20, "center", under="หมายเหตุ", kind="tick"),
)
HARD = ["ที่", "น้ำ", "ผู้", "กฎุมพี", "ปั๊ม", "สิทธิ์", "ปิ่น", "ณัฏฐ์", "ป้า", "ฟั้น", "ฝุ่น", "ญาติ", "ฐิติ", "ตั้งใจ", "ขึ้น", "ก็", "เมื่อ"]
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=60)


def paper(*rows: tuple[str, str, str, str, str], title: str = "หัวเรื่อง") -> Paper:
    return Paper(corner="แบบ", title=(title,), sections=(Section(COLUMNS, rows),), notes=(f"ให้ทำเครื่องหมาย {TICK}",), signed=True)


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in document))


@pytest.mark.parametrize("word", HARD)
def test_a_word_is_copied_as_it_was_written(word: str) -> None:
    found = words_of(as_pdf(paper(("๑", f"{word}ยา นา{word}", f"กา{word}", TICK, "")), find_fonts()))
    assert f"{word}ยานา{word}" in found
    assert f"กา{word}" in found
    assert unicodedata.is_normalized("NFC", found)


@pytest.mark.apart
@settings(max_examples=40, deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_written_can_be_drawn(number: str, name: str, title: str) -> None:
    drawn = paper((number, name, name * 4, "", TICK), title=title)
    assert as_pdf(drawn, find_fonts()).startswith(b"%PDF-1.7")
    assert CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(drawn, "Sarabun"))).sheet_names == ["รายงาน"]


def test_markup_in_a_name_is_text() -> None:
    assert '#panic("x")*ก*$a$' in words_of(as_pdf(paper(("๑", '#panic("x") *ก* $a$', "", "", "")), find_fonts()))


@pytest.mark.parametrize(("name", "archived"), [("นายณัฏฐ์ ใจดี", True), ("นาย😀 ใจดี", False)])
def test_a_pdf_is_for_the_archive_unless_a_name_has_a_sign_that_no_font_has(name: str, archived: bool) -> None:
    file = as_pdf(paper(("๑", name, "", "", "")), find_fonts())
    assert (b"<pdfaid:conformance>A" in file) is archived
    assert b"/StructTreeRoot" in file


def test_headings_stand_on_every_page_and_pages_are_numbered_in_thai() -> None:
    file = as_pdf(paper(*[("๑", "นางสาวสมใจ ใจดี", "โครงการ", "", "")] * 85), find_fonts())
    with pypdfium2.PdfDocument(file) as document:
        pages = [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]
    assert len(pages) == 3
    for number, page in zip("๑๒๓", pages, strict=True):
        assert page.count("ลำดับที่") == 1
        assert f"หน้า{number}จาก๓" in page
