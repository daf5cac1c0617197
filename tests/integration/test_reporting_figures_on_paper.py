"""Progress and the summaries of tip-offs as PDF and XLSX: through the service and its printing processes, saying what the JSON
says."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pypdfium2
import pytest

from shared.buddhist_calendar import thai_digits
from shared.events.codes import NeedKind
from shared.files.ours import MARK
from tests.reporting.given import an_id, helped, need, target
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

REPORTS: list[tuple[str, dict[str, Any]]] = [
    ("snb1", {"province": "24", "month": "2021-05"}),
    ("doe-tipoffs", {"month": "2021-05"}),
    ("dlpw-tipoffs", {"month": "2021-05", "province": "10"}),
]


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn, printing=True) as found:
        tipoffs = [need(an_id(number), kind=NeedKind.TIPOFF_FOREIGN_WORKER) for number in range(1, 38)]
        helps = [helped(an_id(number), project_name="ปั๊มน้ำเพื่อผู้มีสิทธิ์") for number in range(101, 130)]
        await found.tell(*(recorded(event) for event in (*tipoffs, *helps)))
        body = target("ปั๊มน้ำเพื่อผู้มีสิทธิ์", 1234).model_dump(mode="json", include={"province", "fiscal_year", "project_name", "target"})
        assert (await found.http.post("/reports/snb1/targets", json=body)).status_code == 200
        yield found


async def made(reporting: Reporting, report: str, suffix: str, query: dict[str, Any]) -> bytes:
    answer = await reporting.http.get(
        f"/reports/{report}.{suffix}", params=query, headers={"Songtor-Now": "2021-06-30T05:00:00Z"}
    )
    assert answer.status_code == 200, answer.text
    assert f'.{suffix}"' in answer.headers["Content-Disposition"]
    return answer.content


def words_of_pdf(made_pdf: bytes) -> str:
    """Without spaces: where lines end is the printer's business."""
    pages = pypdfium2.PdfDocument(made_pdf)
    return _dense("".join(page.get_textpage().get_text_range() for page in pages))


def words_of_xlsx(made_xlsx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(made_xlsx)) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
    return _dense("".join(re.findall(r"<t[^>]*>([^<]*)</t>", strings)))


def _dense(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(("report", "query"), REPORTS, ids=[report for report, _ in REPORTS])
async def test_a_report_on_paper_says_what_its_json_says_and_that_it_is_ours(
    reporting: Reporting, report: str, query: dict[str, Any]
) -> None:
    found: Any = await reporting.get(f"/reports/{report}", now="2021-06-30T05:00:00Z", **query)
    pdf, xlsx = [await made(reporting, report, suffix, query) for suffix in ("pdf", "xlsx")]
    for words in (words_of_pdf(pdf), words_of_xlsx(xlsx)):
        assert _dense(found["title"]) in words
        assert _dense(MARK) in words
        for row in found["rows"]:
            assert _dense(row.get("project_name") or row["district_name"]) in words
            assert thai_digits(f"{row['target']:,}" if "target" in row else row["total"]) in words


@pytest.mark.parametrize("suffix", ["pdf", "xlsx"])
async def test_the_same_facts_give_the_same_bytes(reporting: Reporting, suffix: str) -> None:
    for report, query in REPORTS:
        assert await made(reporting, report, suffix, query) == await made(reporting, report, suffix, query)
