"""Mobile service units over HTTP on the real PostgreSQL: planned, held, cancelled, and shown with what was heard of the needs of
the place."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.events.codes import Decision, NeedKind
from shared.ids import new_id
from tests.registry.running import Registry, empty_database, running
from tests.reporting.given import corrected, helped, voided
from tests.screening.given import need, screened, withdrawn
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

NOW = "2021-05-10T03:00:00Z"
LATER = "2021-05-21T03:00:00Z"
PLAN: dict[str, Any] = {
    "province": "24",
    "area_code": "240409",
    "village_no": 3,
    "planned_on": "2021-05-20",
    "project_name": "หน่วยบริการเคลื่อนที่ตำบลพิมพา",
    "agencies": ["DOE", "SSO"],
    "kinds": ["job_domestic", "social_security_s40"],
    "expected_people": 80,
}
HELD: dict[str, Any] = {"held_on": "2021-05-21", "people_served": 62, "satisfaction": {"5": 9, "4": 2, "3": 1}}
WORDS = "ฝนตก โทร 081-234-5678"
NOTHING_CAME = {"assistances": 0, "persons": 0, "needs": None}
OFFICER, MINISTRY = caller("province_officer", provinces=("24",)), caller("ministry")
BEFORE, THAT_DAY = date(2021, 5, 10), date(2021, 5, 21)


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def planned(registry: Registry, **changed: Any) -> str:
    return str((await registry.done("/mobile-units", {**PLAN, **changed}, now=NOW))["mobile_unit_id"])


async def codes(registry: Registry, path: str, body: dict[str, Any]) -> dict[str, str]:
    """The faults of a body that is refused."""
    answer = await registry.post(path, body, now=NOW)
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


async def test_a_unit_is_planned_and_held_and_shows_both(registry: Registry) -> None:
    answer = await registry.post("/mobile-units", PLAN, now=NOW)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    path = f"/mobile-units/{found['mobile_unit_id']}"
    assert answer.headers["Location"] == path
    nothing = {"held_on": None, "people_served": None, "satisfaction": None, "satisfaction_average": None}
    assert found == {"mobile_unit_id": found["mobile_unit_id"], **PLAN, "status": "planned", **nothing}
    assert await registry.get("/mobile-units", province="24") == {"items": [{**found, **NOTHING_CAME}], "next_cursor": None}
    assert await registry.get(path) == {**found, **NOTHING_CAME, "cancel_reason": None}

    held = await registry.done(f"{path}/hold", HELD, now=LATER)
    marks = {"satisfaction": {"1": 0, "2": 0, "3": 1, "4": 2, "5": 9}, "satisfaction_average": 4.67}
    assert held == {**found, **HELD, "status": "held", **marks}
    needs = dict.fromkeys(("open_before", "helped_since", "helped_there", "reported_since"), 0)
    listed = {**held, **NOTHING_CAME, "needs": needs}
    assert await registry.get("/mobile-units", status="held") == {"items": [listed], "next_cursor": None}
    assert await registry.get(path) == {**listed, "cancel_reason": None}
    for verb, body in (("hold", HELD), ("cancel", {"reason": WORDS})):
        refused = await registry.post(f"{path}/{verb}", body, now=LATER)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_a_unit_is_cancelled_for_a_reason_that_only_the_office_reads(registry: Registry) -> None:
    path = f"/mobile-units/{await planned(registry)}"
    assert (await registry.done(f"{path}/cancel", {"reason": WORDS}, now=NOW))["status"] == "cancelled"
    assert WORDS not in str(await registry.asked("SELECT data::text FROM events"))
    for who, reason in ((MINISTRY, None), (OFFICER, WORDS)):
        answer = await registry.http.get(path, headers=who)
        assert (answer.status_code, answer.json()["cancel_reason"]) == (200, reason)
    assert len(await registry.asked("SELECT 1 FROM audit WHERE action = 'mobile_units.read'")) == 1
    for verb, body in (("hold", HELD), ("cancel", {"reason": WORDS})):
        refused = await registry.post(f"{path}/{verb}", body, now=LATER)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_of_those_who_hold_and_cancel_at_once_one_wins(registry: Registry) -> None:
    path = f"/mobile-units/{await planned(registry)}"
    asked = [("hold", HELD), ("cancel", {"reason": WORDS})] * 4
    answers = await asyncio.gather(*(registry.post(f"{path}/{verb}", body, now=LATER) for verb, body in asked))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}


async def test_lists_are_by_the_planned_day_the_newest_first(registry: Registry) -> None:
    one, two = await planned(registry), await planned(registry, planned_on="2021-05-19")
    elsewhere = await planned(registry, province="20", area_code="200101", planned_on="2021-05-21")
    await registry.done(f"/mobile-units/{two}/cancel", {"reason": WORDS}, now=NOW)

    async def listed(**query: Any) -> list[str]:
        return [item["mobile_unit_id"] for item in (await registry.get("/mobile-units", **query))["items"]]

    assert await listed() == [elsewhere, one, two]
    assert await listed(province="24") == [one, two]
    assert await listed(status="planned") == [elsewhere, one]
    first = await registry.get("/mobile-units", limit=2)
    assert await listed(limit=2, cursor=first["next_cursor"]) == [two]
    for query in ("status=open", "province=99", "cursor=WzEsMl0", "limit=0"):
        assert (await registry.http.get(f"/mobile-units?{query}")).status_code == 422, query


async def test_what_became_of_the_needs_of_the_place_is_counted_from_the_day_it_was_there(registry: Registry) -> None:
    unit_id = await planned(registry)
    path = f"/mobile-units/{unit_id}"
    await registry.done(f"{path}/hold", HELD, now=LATER)

    def case(**changed: Any) -> Any:
        return need(new_id(), **{"person_ref": new_id(), "reported_on": BEFORE, **changed})

    open_, helped_before, helped_then, came, again = [case() for _ in range(5)]
    counted_not = [
        case(kind=NeedKind.TIPOFF_JOB_SCAM, person_ref=None),
        case(kind=NeedKind.SKILL_TRAINING),
        case(area_code="240401"),
    ]
    gone, twice, since = case(), case(), case(reported_on=THAT_DAY)
    void_help = helped(new_id(), open_, service_date=THAT_DAY)
    there = helped(new_id(), mobile_unit_id=UUID(unit_id), person_ref=came.person_ref, service_date=THAT_DAY)
    there_again = there.model_copy(update={"assistance_id": new_id()})
    elsewhere = helped(new_id(), mobile_unit_id=new_id(), person_ref=open_.person_ref, service_date=THAT_DAY)
    not_there = helped(new_id(), mobile_unit_id=UUID(unit_id), person_ref=open_.person_ref, service_date=THAT_DAY)
    await registry.hear(open_, helped_before, helped_then, came, again, *counted_not, gone, twice, since)
    await registry.hear(withdrawn(gone), screened(twice, Decision.DUPLICATE), screened(open_))
    await registry.hear(
        helped(new_id(), helped_before, service_date=date(2021, 5, 20)),
        helped(new_id(), helped_then, service_date=THAT_DAY),
        helped(new_id(), again, service_date=date(2021, 6, 1)),
        void_help,
        voided(void_help),
        there,
        there_again,
        corrected(there_again, project_name="ม.40"),
        elsewhere,
        not_there,
        voided(not_there),
    )
    shown = await registry.get(path)
    assert (shown["assistances"], shown["persons"]) == (2, 1)
    # Open when it came: open_, helped_then, came, again.
    (listed,) = (await registry.get("/mobile-units", status="held"))["items"]
    assert shown == {**listed, "cancel_reason": None}
    assert shown["needs"] == {"open_before": 4, "helped_since": 2, "helped_there": 1, "reported_since": 1}


async def test_every_fault_of_a_plan_is_listed_and_nothing_is_stored(registry: Registry) -> None:
    faults = {
        "area_code": "200101",
        "village_no": 0,
        "planned_on": "2021-05-09",
        "project_name": "ออกหน่วย 1970100000011",
        "agencies": [],
        "kinds": ["job_domestic", "job_domestic"],
        "expected_people": 0,
        "more": 1,
    }
    assert await codes(registry, "/mobile-units", {**PLAN, **faults}) == {
        "/area_code": "unknown_place",
        "/village_no": "invalid",
        "/planned_on": "in_past",
        "/project_name": "invalid",
        "/agencies": "invalid",
        "/kinds": "invalid",
        "/expected_people": "invalid",
        "/more": "unknown_field",
    }
    assert await codes(registry, "/mobile-units", {**PLAN, "planned_on": "2022-05-12"}) == {"/planned_on": "in_future"}
    assert await registry.events() == 0


async def test_faults_of_what_was_held_come_before_a_wrong_state(registry: Registry) -> None:
    path = f"/mobile-units/{await planned(registry)}"
    marks = {"held_on": "2021-05-11", "people_served": 11, "satisfaction": {"5": 12}}
    for _ in range(2):
        assert await codes(registry, f"{path}/hold", marks) == {"/held_on": "in_future", "/satisfaction": "invalid"}
        assert await codes(registry, f"{path}/cancel", {"reason": " "}) == {"/reason": "invalid"}
        await registry.post(f"{path}/cancel", {"reason": WORDS}, now=NOW)
    unknown = await registry.post("/mobile-units/1/hold", marks, now=NOW)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert await registry.events() == 2
