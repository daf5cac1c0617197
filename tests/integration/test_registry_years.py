"""Volunteers through their years over HTTP on the real PostgreSQL: terms that end, renewals by order, the pay list, coverage by
district, and the metric."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pypdfium2
import pytest
from prometheus_client import REGISTRY
from python_calamine import CalamineWorkbook

from services.registry.years.reminders import Reminders
from shared.clock import instant_of
from shared.sight import EVERYTHING_SHOWN
from shared.store import Store
from shared.store.store import open_pool
from tests.registry.running import AREAS, NAME, NOW, Registry, citizen_id, empty_database, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

ENDS = date(2014, 9, 30)
OFFICER = caller("province_officer", provinces=("20",))
MINISTRY = caller("ministry")


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


def before_end(days: int) -> str:
    """An instant of the day on which the first terms have so many days left."""
    return f"{ENDS - timedelta(days=days)}T03:00:00Z"


async def expiring(registry: Registry, days: int, **query: Any) -> list[tuple[str, int, int | None]]:
    items = (await registry.get("/volunteers/expiring", now=before_end(days), **query))["items"]
    return [(item["volunteer_id"], item["days_left"], item["reminder"]) for item in items]


async def test_terms_that_end_are_listed_until_they_are_renewed_or_over(registry: Registry) -> None:
    first = await registry.appoint(1)
    later = await registry.appoint(2, area_code=AREAS[1], appointed_on="2011-10-21")
    far = await registry.appoint(3, area_code="240409")
    renewed, relieved = await registry.appoint(4, area_code=AREAS[2]), await registry.appoint(5, area_code="200104")
    await registry.done(f"/volunteers/{renewed}/renew", {"renewed_on": "2011-10-15"})
    await registry.done(f"/volunteers/{relieved}/relieve", {"relieved_on": "2011-12-01", "reason": "ย้าย"})
    assert await expiring(registry, 61) == []
    assert await expiring(registry, 60, province="20") == [(first, 60, 60)]
    assert await expiring(registry, 30, province="20") == [(first, 30, 30), (later, 50, 60)]
    assert await expiring(registry, 30, province="24") == [(far, 30, 30)]
    assert await expiring(registry, 7, province="20", within_days=7) == [(first, 7, 7)]
    assert await expiring(registry, 0, province="20") == [(first, 0, 7), (later, 20, 30)]
    assert await expiring(registry, -1, province="20") == [(later, 19, 30)]
    assert len(await expiring(registry, 346, within_days=366)) == 3
    page = await registry.get("/volunteers/expiring", now=before_end(30), limit=2)
    rest = await registry.get("/volunteers/expiring", now=before_end(30), limit=2, cursor=page["next_cursor"])
    assert [item["volunteer_id"] for item in page["items"] + rest["items"]] == [*sorted([first, far]), later]
    assert rest["next_cursor"] is None
    shown = page["items"][0]
    assert (shown["first_name"], shown["term_ends_on"], shown["status"]) == (NAME, "2014-09-30", "active")


async def test_a_question_that_makes_no_sense_is_refused(registry: Registry) -> None:
    for query in ("within_days=0", "within_days=367", "province=99", "cursor=WzFd"):
        answer = await registry.http.get(f"/volunteers/expiring?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/query/{query.split('=')[0]}")


async def test_one_order_renews_many_each_for_itself(registry: Registry) -> None:
    ids = [await registry.appoint(number, area_code=area) for number, area in enumerate(AREAS, start=1)]
    gone = await registry.appoint(4, area_code="200104")
    await registry.done(f"/volunteers/{gone}/relieve", {"relieved_on": "2011-12-01", "reason": "ย้าย"})
    nobody = str(uuid4())
    body = {"order_no": "9/2557", "renewed_on": "2014-09-01", "volunteer_ids": [*ids, gone, nobody, ids[0]]}
    answer = await registry.post("/volunteers/renewals", body, now=before_end(20), key="order")
    assert answer.status_code == 200
    assert answer.headers["Songtor-Position"]
    good = [{"volunteer_id": volunteer_id, "result": "renewed"} for volunteer_id in ids]
    assert answer.json()["items"] == [
        *good,
        {"volunteer_id": gone, "result": "refused", "code": "wrong_state"},
        {"volunteer_id": nobody, "result": "refused", "code": "not_found"},
        {"volunteer_id": ids[0], "result": "refused", "code": "already_renewed"},
    ]
    for volunteer_id in ids:
        volunteer = await registry.get(f"/volunteers/{volunteer_id}", now=before_end(20))
        assert (volunteer["term_ends_on"], volunteer["order_no"]) == ("2017-09-30", "9/2557")
    before = await registry.events()
    again = await registry.post("/volunteers/renewals", body, now=before_end(20), key="order")
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", answer.json())
    trail = await registry.asked("SELECT details->>'refused' FROM audit WHERE person_ref IS NULL ORDER BY number DESC LIMIT 2")
    assert trail == [None, "3"]
    other = await registry.post("/volunteers/renewals", body | {"volunteer_ids": ids}, now=before_end(10), key="other")
    assert {item["code"] for item in other.json()["items"]} == {"already_renewed"}
    assert await registry.events() == before


async def test_an_order_that_makes_no_sense_renews_nobody(registry: Registry) -> None:
    volunteer = await registry.appoint()
    before = await registry.events()
    good = {"order_no": "9/2557", "renewed_on": "2011-10-10", "volunteer_ids": [volunteer]}
    for changed, pointer, code in (
        ({"order_no": None}, "/order_no", "invalid"),
        ({"order_no": "1970100000011"}, "/order_no", "invalid"),
        ({"renewed_on": "2012-02-01"}, "/renewed_on", "in_future"),
        ({"volunteer_ids": []}, "/volunteer_ids", "invalid"),
        ({"volunteer_ids": ["x"]}, "/volunteer_ids/0", "invalid"),
        ({"volunteer_ids": [str(uuid4())] * 1001}, "/volunteer_ids", "too_long"),
        ({"items": []}, "/items", "unknown_field"),
    ):
        answer = await registry.post("/volunteers/renewals", good | changed)
        assert (answer.status_code, [(e["pointer"], e["code"]) for e in answer.json()["errors"]]) == (422, [(pointer, code)])
    assert await registry.events() == before


async def test_two_orders_at_once_renew_one_after_the_other(registry: Registry) -> None:
    ids = [await registry.appoint(number, area_code=area) for number, area in enumerate(AREAS, start=1)]
    bodies = [{"order_no": f"{order}/2557", "renewed_on": "2011-10-10", "volunteer_ids": ids} for order in (1, 2, 2)]
    answers = await asyncio.gather(*(registry.post("/volunteers/renewals", body) for body in bodies))
    results = [item["result"] for answer in answers for item in answer.json()["items"]]
    assert (results.count("renewed"), results.count("refused")) == (6, 3)
    for volunteer_id in ids:
        assert (await registry.get(f"/volunteers/{volunteer_id}"))["term_ends_on"] == "2020-09-30"


async def ask(registry: Registry, path: str, who: dict[str, str], **query: str) -> httpx.Response:
    answer = await registry.http.get(path, params={"month": "2011-10", **query}, headers={"Songtor-Now": NOW, **who})
    assert answer.status_code == 200, answer.text
    return answer


async def pay(registry: Registry) -> tuple[str, str]:
    """One who moved and came back within the month, and one of another area; in another province a third."""
    moved = await registry.appoint(1)
    await registry.done(f"/volunteers/{moved}/relieve", {"relieved_on": "2011-10-10", "reason": "ย้าย"})
    again = await registry.appoint(1, appointed_on="2011-10-12", last_name="=2+2")
    second = await registry.appoint(2, area_code=AREAS[1])
    await registry.appoint(3, area_code="240409")
    await registry.appoint(4, area_code="2001", level="district")
    return again, second


async def test_the_allowances_are_the_same_for_everybody_and_of_one_province_where_it_is_named(registry: Registry) -> None:
    await pay(registry)
    chonburi = {"province": "20", "volunteers": 2, "amount_baht": 1200}
    both = [chonburi, {"province": "24", "volunteers": 1, "amount_baht": 600}]
    assert (await ask(registry, "/allowances", MINISTRY)).json() == {"month": "2011-10", "items": both, "total_baht": 1800}
    only = {"month": "2011-10", "items": [chonburi], "total_baht": 1200}
    for path in ("/allowances", "/allowances.json"):
        for who in (OFFICER, MINISTRY):
            assert (await ask(registry, path, who, province="20")).json() == only
    assert await registry.asked("SELECT action FROM audit WHERE action = 'network.read'") == []


async def test_an_office_gets_its_pay_list_by_name_and_the_trail_says_so(registry: Registry) -> None:
    again, second = await pay(registry)
    answer = await ask(registry, "/allowances.csv", OFFICER, province="20")
    assert 'filename="pay-list-20-2011-10.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    cards = [(await registry.get(f"/volunteers/{one}"))["card_no"] for one in (again, second)]
    assert [row["card_no"] for row in rows] == cards
    assert [(row["name"], row["citizen_id"], row["amount_baht"]) for row in rows] == [
        (f"นางสาว{NAME} =2+2", citizen_id(1), "600"),
        (f"นางสาว{NAME} ใจดี", citizen_id(2), "600"),
    ]
    seen = await registry.asked("SELECT details::text FROM audit WHERE action = 'network.read'")
    assert len(seen) == 1
    assert NAME not in seen[0]
    for who, query in ((MINISTRY, {"province": "20"}), (OFFICER, {}), (caller("admin", provinces=("20",)), {"province": "20"})):
        sums = await ask(registry, "/allowances.csv", who, **query)
        assert NAME not in sums.text
        assert "จังหวัดชลบุรี,2,1200" in sums.text
    assert len(await registry.asked("SELECT number FROM audit WHERE action = 'network.read'")) == 1
    elsewhere = await registry.http.get("/allowances.csv?month=2011-10&province=24", headers={"Songtor-Now": NOW, **OFFICER})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "not_found")


async def test_pay_lists_are_printed(postgres: PostgresServer, vault_dsn: str) -> None:
    async with running(empty_database(postgres), vault_dsn, printing=True) as registry:
        await pay(registry)
        pdf = await ask(registry, "/allowances.pdf", OFFICER, province="20")
        with pypdfium2.PdfDocument(pdf.content) as document:
            words = re.sub(r"\s", "", document[0].get_textpage().get_text_range())
        for part in ("สำนักงานแรงงานจังหวัดชลบุรี", f"นางสาว{NAME}=2+2", "ลายมือชื่อผู้รับเงิน", "รวมทั้งสิ้น๑,๒๐๐", "ผู้จ่ายเงิน"):
            assert part in words
        sums = await ask(registry, "/allowances", MINISTRY | {"Accept": "application/pdf"})
        with pypdfium2.PdfDocument(sums.content) as document:
            words = re.sub(r"\s", "", document[0].get_textpage().get_text_range())
        assert "จังหวัดฉะเชิงเทรา๑๖๐๐" in words
        assert NAME not in words
        book = await ask(registry, "/allowances.xlsx", OFFICER, province="20")
        cells = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
        assert any("นางสาวสมใจ =2+2" in str(cell).replace("\n", " ") for row in cells for cell in row)


async def test_coverage_knows_districts_and_the_villages_that_were_named(registry: Registry) -> None:
    await registry.appoint(1, level="village", village_no=4)
    await registry.appoint(2, area_code="2002", level="district")
    gone = await registry.appoint(3, area_code=AREAS[1], village_no=1)
    await registry.done(f"/volunteers/{gone}/relieve", {"relieved_on": "2011-10-10", "reason": "ย้าย"})
    for village_no in (3, 4):
        unit = {"name": "บ้านคลองนิยม", "area_code": AREAS[0], "village_no": village_no, "opened_on": "2011-10-05"}
        await registry.done("/service-units", unit)
    found = await registry.get("/coverage", province="20")
    first, second = found["districts"][:2]
    assert (first["district_code"], first["volunteers_active"], second["volunteers_active"]) == ("2001", 1, 1)
    assert first["villages_with_volunteer"] == [{"area_code": AREAS[0], "village_no": 4}]
    assert first["villages_without_volunteer"] == [
        {"area_code": AREAS[0], "village_no": 3},
        {"area_code": AREAS[1], "village_no": 1},
    ]
    assert found["districts_without_any"] == [district["district_code"] for district in found["districts"][2:]]


async def test_the_metric_counts_what_the_list_shows_and_none_when_there_are_none_any_more(registry: Registry) -> None:
    await registry.appoint(1)
    await registry.appoint(2, area_code=AREAS[1], appointed_on="2011-10-21")
    await registry.get("/volunteers")  # the tables are as far as the store
    pool = open_pool(registry.database.app, name="reminders test", options=EVERYTHING_SHOWN)
    async with pool:
        reminders = Reminders(Store(pool, registry.state.store._appender, "registry"))

        async def counted(days: int) -> list[float | None]:
            await reminders.step(instant_of(before_end(days)))
            name = "songtor_volunteers_expiring"
            return [REGISTRY.get_sample_value(name, {"province": "20", "within_days": step}) for step in ("60", "30", "7")]

        assert await counted(200) == [None, None, None]
        assert await counted(30) == [2, 1, 0]
        assert await counted(7) == [2, 2, 1]
        assert await counted(-100) == [0, 0, 0]
