"""แบบ สนบ.๑ and its targets over HTTP on the real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from shared.events.codes import NeedKind
from shared.events.reporting import target_id_of
from shared.events.routing import CaseReferred
from tests.reporting.given import an_id, corrected, helped, need, referral, screened, voided, volunteer
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

TARGET: dict[str, Any] = {"province": "24", "fiscal_year": 2564, "project_name": "ส่งเสริมอาชีพ", "target": 4}


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def set_target(reporting: Reporting, key: str | None = None, **changed: Any) -> httpx.Response:
    headers = {"Songtor-Now": "2021-05-01T03:00:00Z"} | ({} if key is None else {"Idempotency-Key": key})
    return await reporting.http.post("/reports/snb1/targets", json=TARGET | changed, headers=headers)


async def snb1(reporting: Reporting, month: str = "2021-05", province: str = "24") -> Any:
    return await reporting.get("/reports/snb1", province=province, month=month)


async def test_help_is_counted_by_project_in_the_month_and_since_october(reporting: Reporting) -> None:
    people = [an_id(90), an_id(91)]
    void, other = helped(an_id(7)), helped(an_id(8))
    helps = [
        helped(an_id(1), service_date=date(2021, 5, 1), person_ref=people[0]),
        helped(an_id(2), service_date=date(2021, 5, 31), person_ref=people[0]),
        helped(an_id(3), service_date=date(2020, 10, 1), person_ref=people[1]),
        helped(an_id(4), service_date=date(2021, 5, 3), person_ref=None, worker_type=None),
        helped(an_id(5), service_date=date(2020, 9, 30)),
        helped(an_id(6), service_date=date(2021, 6, 1)),
        helped(an_id(9), province="20"),
        helped(an_id(10), project_name="ประกันสังคม", person_ref=people[0], service_date=date(2021, 4, 30)),
    ]
    await reporting.tell(*(recorded(help_) for help_ in (*helps, void, other)))
    await reporting.tell(recorded(voided(void), version=2), recorded(corrected(other, project_name="ประกันสังคม"), version=2))
    assert (await set_target(reporting)).status_code == 200
    found = await snb1(reporting)
    counted = {
        row["project_name"]: [value for name, value in row.items() if name not in ("no", "project_name")] for row in found["rows"]
    }
    assert counted == {"ประกันสังคม": [None, 1, 1, 2, 2, None], "ส่งเสริมอาชีพ": [4, 3, 1, 4, 2, 50]}
    assert found["sum"] == {
        "target": 4,
        "assistances": 4,
        "persons": 2,
        "assistances_since_october": 6,
        "persons_since_october": 3,
    }


async def test_the_funnel_is_that_of_the_year_up_to_the_end_of_the_month(reporting: Reporting) -> None:
    may = need(an_id(1), reported_at=datetime(2021, 5, 31, 16, 59, tzinfo=UTC))
    june = need(an_id(2), reported_at=datetime(2021, 5, 31, 17, 0, tzinfo=UTC))
    others = [
        need(an_id(3), reported_at=datetime(2020, 9, 30, 16, 59, tzinfo=UTC)),
        need(an_id(4), kind=NeedKind.TIPOFF_JOB_SCAM),
        need(an_id(5), province="20"),
    ]
    await reporting.tell(*(recorded(event) for event in (may, june, *others)))
    await reporting.tell(
        recorded(screened(may)), recorded(referral(CaseReferred, may)), recorded(helped(an_id(11), may), version=2),
        recorded(volunteer(an_id(20))), recorded(volunteer(an_id(21), relieved_on=date(2021, 6, 1))),
        recorded(volunteer(an_id(22), province="20")),
    )  # fmt: skip
    funnel = (await snb1(reporting))["funnel"]
    assert [funnel[name] for name in ("volunteers", "reported", "screened", "referred", "helped")] == [2, 1, 1, 1, 1]
    assert (await snb1(reporting, "2021-06"))["funnel"]["reported"] == 2
    september = await snb1(reporting, "2021-09")
    (whole_year,) = (await reporting.get("/funnel", fiscal_year=2564, province="24"))["by_province"]
    assert {"province": "24", **september["funnel"]} == whole_year


async def test_the_newest_target_counts_and_zero_takes_it_back(reporting: Reporting) -> None:
    first = await set_target(reporting)
    assert (first.status_code, first.json()) == (200, TARGET)
    await set_target(reporting, target=9)
    await set_target(reporting, fiscal_year=2565, target=7)
    await set_target(reporting, province="20", target=8)
    assert [(row["project_name"], row["target"]) for row in (await snb1(reporting))["rows"]] == [("ส่งเสริมอาชีพ", 9)]
    assert [row["target"] for row in (await snb1(reporting, "2021-10"))["rows"]] == [7]
    await set_target(reporting, target=0)
    assert (await snb1(reporting))["rows"] == []


async def test_a_target_is_set_once_for_one_key(reporting: Reporting) -> None:
    first = await set_target(reporting, "key")
    await set_target(reporting, "another", target=9)
    again = await set_target(reporting, "key")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [row["target"] for row in (await snb1(reporting))["rows"]] == [9]
    other = await set_target(reporting, "key", target=10)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_of_targets_set_at_the_same_moment_each_is_stored_and_one_is_the_last(reporting: Reporting) -> None:
    answers = await asyncio.gather(*(set_target(reporting, target=people) for people in range(1, 9)))
    assert [answer.status_code for answer in answers] == [200] * 8
    stored = await reporting.state.store.load(target_id_of("24", 2564, TARGET["project_name"]))
    assert stored.version == len(stored.records) == 8
    assert (await snb1(reporting))["rows"][0]["target"] == stored.records[-1].fields["target"]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"province": "99"}, ("/province", "unknown_place")),
        ({"province": "240402"}, ("/province", "unknown_place")),
        ({"fiscal_year": 2021}, ("/fiscal_year", "invalid")),
        ({"fiscal_year": "2564"}, ("/fiscal_year", "invalid")),
        ({"fiscal_year": 10**30}, ("/fiscal_year", "invalid")),
        ({"fiscal_year": True}, ("/fiscal_year", "invalid")),
        ({"target": -1}, ("/target", "invalid")),
        ({"target": 1.5}, ("/target", "invalid")),
        ({"target": 10**9}, ("/target", "invalid")),
        ({"project_name": "ของ 1970100000011"}, ("/project_name", "invalid")),
        ({"project_name": "ก" * 301}, ("/project_name", "too_long")),
        ({"project_name": " "}, ("/project_name", "invalid")),
        ({"note": "x"}, ("/note", "unknown_field")),
    ],
)
async def test_a_target_with_a_fault_is_refused_and_nothing_is_stored(
    reporting: Reporting, changed: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = await set_target(reporting, **changed)
    assert answer.status_code == 422, answer.text
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [fault]
    assert "1970100000011" not in answer.text
    if changed == {"fiscal_year": 2021}:
        assert "2564" in answer.json()["errors"][0]["message"]
    assert (await snb1(reporting))["rows"] == []


async def test_a_bad_question_about_progress_is_refused(reporting: Reporting) -> None:
    for query, pointer in (
        ({"province": "24", "month": "2021-00"}, "/query/month"),
        ({"province": "24", "month": "2564-05"}, "/query/month"),
        ({"province": "x", "month": "2021-05"}, "/query/province"),
        ({"province": "24", "month": "2021-05", "view": "submitted"}, "/query/view"),
    ):
        answer = await reporting.http.get("/reports/snb1", params=query)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    found = await reporting.get("/reports/snb1.docx", province="24", month="2021-05", status=406)
    assert found["code"] == "not_acceptable"


async def test_the_table_of_progress_has_the_fields_of_its_rows(reporting: Reporting) -> None:
    await set_target(reporting)
    answer = await reporting.http.get("/reports/snb1.csv", params={"province": "24", "month": "2021-05"})
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "no,project_name,target,assistances,persons,assistances_since_october,persons_since_october,percent",
        "1,ส่งเสริมอาชีพ,4,0,0,0,0,0",
    ]
