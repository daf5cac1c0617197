"""Summaries of tip-offs over HTTP on the real PostgreSQL: by the month of their report in Bangkok, as table and
as JSON."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.codes import Agency, NeedKind
from shared.events.routing import CaseReferred, ReferralAccepted
from tests.reporting.given import an_id, need, referral, screened, withdrawn
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

FIRST, LAST = datetime(2021, 4, 30, 17, 0, tzinfo=UTC), datetime(2021, 5, 31, 16, 59, 59, tzinfo=UTC)


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def tell_of_may(reporting: Reporting) -> None:
    """Three tip-offs for the Department of Employment in province 24, one in 20, one for the other department."""
    scam, foreign = NeedKind.TIPOFF_JOB_SCAM, NeedKind.TIPOFF_FOREIGN_WORKER
    first, last = need(an_id(1), kind=scam, reported_at=FIRST), need(an_id(2), kind=foreign, reported_at=LAST)
    gone = need(an_id(3), kind=scam)
    others = [
        need(an_id(4), kind=scam, province="20", area_code="200101"),
        need(an_id(5), kind=NeedKind.TIPOFF_CHILD_LABOUR),
        need(an_id(6), kind=scam, reported_at=datetime(2021, 5, 31, 17, 0, tzinfo=UTC)),
        need(an_id(7), kind=scam, reported_at=datetime(2021, 4, 30, 16, 59, 59, tzinfo=UTC)),
        need(an_id(8)),
    ]
    await reporting.tell(*(recorded(event) for event in (first, last, gone, *others)))
    await reporting.tell(
        recorded(screened(first)),
        recorded(referral(CaseReferred, first)),
        recorded(referral(ReferralAccepted, first), version=2),
        recorded(withdrawn(gone), version=2),
        recorded(screened(others[1])),
        recorded(referral(CaseReferred, others[1], agency=Agency.DLPW)),
    )


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    places = ("province", "district", "kind")
    return [(*(row[name] for name in places), {name: n for name, n in row.items() if isinstance(n, int) and n}) for row in rows]


async def test_tip_offs_are_told_by_district_kind_and_state(reporting: Reporting) -> None:
    await tell_of_may(reporting)
    found = await reporting.get("/reports/doe-tipoffs", month="2021-05", province="24")
    assert told(found["rows"]) == [
        ("24", "2404", "tipoff_job_scam", {"total": 2, "accepted": 1, "withdrawn": 1}),
        ("24", "2404", "tipoff_foreign_worker", {"total": 1, "reported": 1}),
    ]
    assert found["sum"]["total"] == 3
    nation = await reporting.get("/reports/doe-tipoffs", month="2021-05")
    assert [row[0] for row in told(nation["rows"])] == ["20", "24", "24"]
    other = await reporting.get("/reports/dlpw-tipoffs", month="2021-05")
    assert told(other["rows"]) == [("24", "2404", "tipoff_child_labour", {"total": 1, "referred": 1})]


async def test_the_table_and_the_json_say_the_same(reporting: Reporting) -> None:
    await tell_of_may(reporting)
    found = await reporting.get("/reports/doe-tipoffs.json", month="2021-05")
    answer = await reporting.http.get("/reports/doe-tipoffs", params={"month": "2021-05"}, headers={"Accept": "text/csv"})
    heading, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [",".join(str(value) for value in row.values()) for row in found["rows"]]
    assert heading == ",".join(found["rows"][0])


@pytest.mark.parametrize("report", ["doe-tipoffs", "dlpw-tipoffs"])
async def test_a_bad_question_about_tip_offs_is_refused(reporting: Reporting, report: str) -> None:
    for query, code in (
        ({"month": "2021-13"}, "invalid"),
        ({"month": "2564-05"}, "invalid"),
        ({}, "required"),
        ({"month": "2021-05", "province": "98"}, "unknown_place"),
        ({"month": "2021-05", "province": ""}, "unknown_place"),
    ):
        answer = await reporting.http.get(f"/reports/{report}", params=query)
        assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (422, [code])
    assert (await reporting.get(f"/reports/{report}.docx", month="2021-05", status=406))["code"] == "not_acceptable"
