"""The forms as files over HTTP, made by real printing processes: one content in every format, and nothing of it lost on paper."""

import csv
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from shared.buddhist_calendar import thai_digits
from shared.vault import Vault
from tests.reporting.given import unit
from tests.reporting.running import SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration
MAY = {"month": "2021-05"}
SP12 = MAY | {"unit_id": str(UNIT)}
SNB2 = MAY | {"province": "24"}
SUFFIXES = ("json", "csv", "xlsx", "pdf")
NOW = {"Songtor-Now": "2021-06-30T05:00:00Z"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = [
    ("นางสาว", "สมใจ", "ใจดี"),
    ("นาย", "ณัฏฐ์", "ผู้มีสิทธิ์"),
    ("นาง", "ปิ่น", "น้ำทิพย์"),
    ("นาย", "ปั๊มน้ำมัน", "ที่รัก"),
    ("นางสาว", "กฎุมพี", "กตัญญูกตเวทีธรรม"),
    ("นาย", "=cmd|' /C calc'!A0", "+1"),
]


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str, vault: Vault) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn, printing=True) as found:
        await _tell(found, vault)
        yield found


async def _tell(reporting: Reporting, vault: Vault) -> None:
    told = [
        await help_for(
            vault,
            100 + number,
            SOMJAI | {"title": title, "first_name": first, "last_name": last},
            service_date=date(2021, 5, 3),
            project_name="@โครงการ ที่ปั๊มน้ำ",
            in_database=number % 2 == 0,
        )
        for number, (title, first, last) in enumerate(NAMES)
    ]
    await reporting.tell(*(recorded(event, played=False) for event in (unit(UNIT), *told)))


async def file_of(reporting: Reporting, path: str, query: dict[str, str], accept: str | None = None) -> Any:
    headers = NOW if accept is None else NOW | {"Accept": accept}
    answer = await reporting.http.get(path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def words_of(pdf: bytes) -> str:
    """As PDFium reads them, without what is between them: it drops some spaces (decision 27) and ends lines."""
    with pypdfium2.PdfDocument(pdf) as document:
        found = "".join(page.get_textpage().get_text_range() for page in document)
    return bare(found)


def bare(text: str) -> str:
    return re.sub(r"\s|\ufffe|\x02", "", unicodedata.normalize("NFC", text))


def names_in(content: dict[str, Any]) -> list[str]:
    return [row["name"] for row in content["rows"]]


@pytest.mark.parametrize(("path", "query"), [("/reports/sp12", SP12), ("/reports/snb2", SNB2)])
async def test_a_pdf_gives_back_every_name_and_number(reporting: Reporting, path: str, query: dict[str, str]) -> None:
    content = (await file_of(reporting, path + ".json", query)).json()
    found = words_of((await file_of(reporting, path + ".pdf", query)).content)
    assert len(content["rows"]) == len(NAMES)
    for name in names_in(content):
        assert bare(name) in found
    assert found.count(thai_digits("1-9701-00000-01-1")) == len(NAMES)
    assert bare(content["title"]) in found
    assert "หน้า๑จาก๑" in found


@pytest.mark.parametrize(("path", "query"), [("/reports/sp12", SP12), ("/reports/snb2", SNB2)])
async def test_an_xlsx_has_the_same_rows_as_text(reporting: Reporting, path: str, query: dict[str, str]) -> None:
    content = (await file_of(reporting, path + ".json", query)).json()
    book = CalamineWorkbook.from_filelike(io.BytesIO((await file_of(reporting, path + ".xlsx", query)).content))
    cells = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    by_name = {bare("".join(row)) for row in cells}
    for name in names_in(content):
        assert any(bare(name) in row for row in by_name)
    assert sum(thai_digits("1-9701-00000-01-1") in row for row in cells) == len(NAMES)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "pdf"])
async def test_the_same_content_gives_the_same_bytes(reporting: Reporting, suffix: str) -> None:
    files = [(await file_of(reporting, f"/reports/snb2.{suffix}", SNB2)).content for _ in range(6)]
    assert len({hashlib.sha256(file).hexdigest() for file in files}) == 1


async def test_a_csv_has_the_fields_of_the_json_and_no_formula(reporting: Reporting) -> None:
    content = (await file_of(reporting, "/reports/snb2", SNB2)).json()
    file = (await file_of(reporting, "/reports/snb2.csv", SNB2)).content
    assert file.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
    assert set(rows[0]) == set(content["rows"][0])
    assert [row["name"] for row in rows] == names_in(content)
    assert {row["project_name"] for row in rows} == {"'@โครงการ ที่ปั๊มน้ำ"}
    assert [row["no"] for row in rows] == [str(row["no"]) for row in content["rows"]]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/pdf", "application/pdf"),
        ("text/html, application/pdf;q=0.4, " + XLSX + ";q=0.8", XLSX),
    ],
)
async def test_accept_says_the_format_where_the_address_does_not(reporting: Reporting, accept: str, media_type: str) -> None:
    answer = await file_of(reporting, "/reports/sp12", SP12, accept)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"] == "Accept"


async def test_a_file_is_named_by_form_place_and_period(reporting: Reporting) -> None:
    answer = await file_of(reporting, "/reports/snb2.pdf", SNB2)
    assert answer.headers["content-disposition"] == 'attachment; filename="snb2-24-2021-05.pdf"'


@pytest.mark.parametrize(("path", "accept"), [("/reports/sp12.docx", "*/*"), ("/reports/sp12", "text/html")])
async def test_a_format_that_nobody_has_is_refused(reporting: Reporting, path: str, accept: str) -> None:
    answer = await reporting.http.get(path, params=SP12, headers=NOW | {"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


async def test_a_book_holds_every_province_and_says_what_is_in_it(reporting: Reporting) -> None:
    books = [(await file_of(reporting, "/reports/snb2-book", MAY | {"format": "csv"})).content for _ in range(2)]
    assert books[0] == books[1]
    with zipfile.ZipFile(io.BytesIO(books[0])) as book:
        assert book.testzip() is None
        assert len(book.namelist()) == 77 + 1
        assert book.read("snb2-24-2021-05.csv") == (await file_of(reporting, "/reports/snb2.csv", SNB2)).content
        listed = {row["province"]: row for row in csv.DictReader(io.StringIO(book.read("contents.csv").decode("utf-8-sig")))}
    assert listed["24"]["rows"] == str(len(NAMES))
    assert listed["10"]["rows"] == "0"


async def test_a_book_of_pdfs_is_sent_as_it_is_made(reporting: Reporting) -> None:
    async with reporting.http.stream("GET", "/reports/snb2-book", params=MAY, headers=NOW) as answer:
        assert answer.headers["content-type"] == "application/zip"
        assert "content-length" not in answer.headers
        book = zipfile.ZipFile(io.BytesIO(await answer.aread()))
    assert book.read("snb2-24-2021-05.pdf") == (await file_of(reporting, "/reports/snb2.pdf", SNB2)).content


async def test_a_book_of_submissions_names_the_provinces_that_have_none(reporting: Reporting) -> None:
    file = (await file_of(reporting, "/reports/snb2-book", MAY | {"view": "submitted"})).content
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        assert book.namelist() == ["contents.csv"]
        assert book.read("contents.csv").decode("utf-8-sig").count("no such submission") == 77


async def test_a_book_in_a_format_that_nobody_has_is_refused(reporting: Reporting) -> None:
    answer = await reporting.http.get("/reports/snb2-book", params=MAY | {"format": "json"}, headers=NOW)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


async def test_a_submitted_form_keeps_its_bytes_and_its_revision_says_what_it_is(reporting: Reporting, vault: Vault) -> None:
    await reporting.post("/reports/sp12/submit", unit_id=UNIT, month="2021-05")
    submitted = SP12 | {"view": "submitted"}
    firsts = {suffix: (await file_of(reporting, f"/reports/sp12.{suffix}", submitted)).content for suffix in SUFFIXES}
    late = SOMJAI | {"first_name": "มาทีหลัง"}
    await reporting.tell(recorded(await help_for(vault, 200, late, service_date=date(2021, 5, 4)), played=False))
    await reporting.post("/reports/sp12/submit", unit_id=UNIT, month="2021-05")
    for suffix in SUFFIXES:
        assert (await file_of(reporting, f"/reports/sp12.{suffix}", submitted | {"revision": "1"})).content == firsts[suffix]
    assert "ฉบับแก้ไข" not in words_of(firsts["pdf"])
    second = await file_of(reporting, "/reports/sp12.pdf", submitted)
    assert second.headers["content-disposition"] == f'attachment; filename="sp12-{UNIT}-2021-05-r2.pdf"'
    assert "ฉบับแก้ไขครั้งที่๑(ฉบับแรกส่งเมื่อ" in words_of(second.content)
    assert "นางสาวมาทีหลังใจดี(เพิ่มเติม)" in words_of(second.content)


async def test_a_forgotten_person_is_gone_from_every_file(reporting: Reporting, vault: Vault) -> None:
    person = {"id_kind": "none", "first_name": "ลับเฉพาะ", "last_name": "ไม่บอกใคร"}
    told = await help_for(vault, 201, person, service_date=date(2021, 5, 5))
    await reporting.tell(recorded(told, played=False))
    assert told.person_ref is not None
    await vault.forget(told.person_ref)
    pdf = words_of((await file_of(reporting, "/reports/snb2.pdf", SNB2)).content)
    assert "ลบข้อมูลตามคำขอ" in pdf
    assert "ลับเฉพาะ" not in pdf
    for suffix in ("csv", "xlsx"):
        file = (await file_of(reporting, f"/reports/snb2.{suffix}", SNB2)).content
        text = file if suffix == "csv" else zipfile.ZipFile(io.BytesIO(file)).read("xl/sharedStrings.xml")
        assert "ลบข้อมูลตามคำขอ".encode() in text
        assert "ลับเฉพาะ".encode() not in text
