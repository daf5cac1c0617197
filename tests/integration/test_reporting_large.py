"""A form of more rows than are printed, and a book that breaks off on its way."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from python_calamine import CalamineWorkbook

from deploy.local.ports import free_ports
from services.reporting.book import Entry, in_order, zipped
from shared.files.answering import MOST_PDF_ROWS
from tests.reporting.given import an_id, unit
from tests.reporting.running import SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration
NOW = {"Songtor-Now": "2021-06-30T05:00:00Z"}
MAY = {"month": "2021-05"}
ROWS = MOST_PDF_ROWS + 1


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn, printing=True) as found, vault_of(vault_dsn) as vault:
        one = await help_for(vault, 1, SOMJAI, service_date=date(2021, 5, 3))
        many = [one.model_copy(update={"assistance_id": an_id(1000 + number)}) for number in range(ROWS)]
        await found.tell(*(recorded(event) for event in (unit(UNIT), *many)))
        yield found


async def test_a_form_too_large_for_a_pdf_is_an_xlsx_by_itself_and_in_the_book(reporting: Reporting) -> None:
    refused = await reporting.http.get("/reports/snb2.pdf", params=MAY | {"province": "24"}, headers=NOW)
    assert (refused.status_code, refused.json()["code"]) == (406, "too_large_for_pdf")
    assert "/reports/snb2.xlsx" in refused.json()["detail"]

    sheet = await reporting.http.get("/reports/snb2.xlsx", params=MAY | {"province": "24"}, headers=NOW)
    cells = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert sum("๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑" in row for row in cells) == ROWS

    answer = await reporting.http.get("/reports/snb2-book", params=MAY, headers=NOW)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert book.read("snb2-24-2021-05.xlsx") == sheet.content
        assert sum(name.endswith(".pdf") for name in book.namelist()) == 76
        listed = {row["province"]: row for row in csv.DictReader(io.StringIO(book.read("contents.csv").decode("utf-8-sig")))}
    assert listed["24"]["remark"] == f"more than {MOST_PDF_ROWS} rows: as XLSX"


async def test_a_book_that_breaks_off_breaks_the_connection_off() -> None:
    app = FastAPI()

    async def make(number: int) -> Entry | None:
        if number == 5:
            raise ConnectionError("the press is gone")
        return Entry(f"{number}.pdf", bytes(100_000))

    @app.get("/book")
    async def book() -> StreamingResponse:
        return StreamingResponse(zipped(in_order(range(10), make)), media_type="application/zip")

    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.get(f"http://127.0.0.1:{port}/book")
    finally:
        server.should_exit = True
        await serving
