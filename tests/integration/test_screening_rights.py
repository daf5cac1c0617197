"""Who may see and decide which cases: each route of screening, asked by each role, inside and outside of its province. What is
expected is written here as the ministry's rules say it, not taken from the code's own table."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.codes import Agency, NeedKind
from shared.ids import new_id
from tests.screening.given import declined, need
from tests.screening.running import NOW, Screening, running
from tests.support.callers import EVERY_ROLE, UNKNOWN_SECONDS, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

UNIT, VOLUNTEER = UUID("01890000-0000-7000-8000-0000000000a1"), UUID("01890000-0000-7000-8000-0000000000c1")
MAY = {"province_officer"}
"""For all of screening: everything of his provinces. Nobody else has any business with the queue."""
ELIGIBLE = {"decision": "eligible"}
ROUTES = {"GET /queue", "GET /cases/{case_id}", "POST /cases/{case_id}/decision", "POST /decisions"}
SHARED = {"GET /audit", "GET /digest"}
OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}


@pytest.fixture
async def screening(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Screening]:
    async with running(postgres, vault_dsn) as started:
        yield started


def by(*roles: Any, provinces: tuple[str, ...] = ("24",)) -> dict[str, str]:
    """Also of the case's own volunteer, unit and agency: here they open nothing."""
    return caller(*roles, provinces=provinces, agency=Agency.DOE, unit_id=UNIT, volunteer_id=VOLUNTEER)


OFFICER = by("province_officer")


async def ask(screening: Screening, route: str, case_id: UUID | str, headers: dict[str, str]) -> httpx.Response:
    """One of ROUTES, about that case."""
    method, path = route.split(" ")
    bodies: dict[str, Any] = {
        "POST /cases/{case_id}/decision": ELIGIBLE,
        "POST /decisions": {"items": [{"case_id": str(case_id), **ELIGIBLE}]},
    }
    url = path.replace("{case_id}", str(case_id))
    return await screening.http.request(method, url, json=bodies.get(route), headers={**NOW, **headers})


async def test_without_a_token_nobody_is_answered(screening: Screening) -> None:
    document = (await screening.http.get("/openapi.json")).json()
    routes = {f"{method.upper()} {path}" for path, found in document["paths"].items() for method in found}
    assert routes - SHARED - OPEN == ROUTES, "every route is asked here"
    (case_id,) = await screening.needs(1)
    for route in routes - OPEN:
        method, path = route.split(" ")
        answer = await screening.http.request(method, path.replace("{case_id}", str(case_id)), auth=None)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), route
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", EVERY_ROLE)
async def test_each_role_may_what_the_rules_say(screening: Screening, role: str) -> None:
    """Inside and outside of its province, all routes."""
    for province, inside in (("24", True), ("20", False)):
        for route in sorted(ROUTES):
            (case_id,) = await screening.needs(1, unit_id=UNIT, volunteer_id=VOLUNTEER)
            answer = await ask(screening, route, case_id, by(role, provinces=(province,)))
            if role not in MAY:
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route
            elif route == "GET /queue":
                assert (str(case_id) in answer.text) == inside
            elif route == "POST /decisions":
                (item,) = answer.json()["items"]
                assert (item["result"], item.get("code")) == (("decided", None) if inside else ("refused", "not_found"))
            else:
                assert answer.status_code == (200 if inside else 404), route
            decided = role in MAY and inside and route.startswith("POST")
            assert await screening.said(case_id) == ["CaseScreened"] * decided


@pytest.mark.parametrize("route", ["GET /cases/{case_id}", "POST /cases/{case_id}/decision", "POST /decisions"])
async def test_a_case_of_elsewhere_is_answered_as_one_that_never_was_and_as_late(screening: Screening, route: str) -> None:
    (case_id,) = await screening.needs(1, province="20", area_code="200101")

    async def asked(wanted: UUID) -> tuple[int, str, float]:
        start = time.monotonic()
        answer = await ask(screening, route, wanted, OFFICER)
        return answer.status_code, answer.text.replace(str(wanted), "…"), time.monotonic() - start

    foreign, unknown = await asyncio.gather(asked(case_id), asked(new_id()))
    assert foreign[:2] == unknown[:2]
    assert min(foreign[2], unknown[2]) >= UNKNOWN_SECONDS
    assert await screening.said(case_id) == []


async def test_a_body_with_faults_is_not_judged_before_the_case_is_found(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, province="20", area_code="200101")
    answer = await screening.http.post(f"/cases/{case_id}/decision", json={"nonsense": 1}, headers=OFFICER)
    assert answer.status_code == 404


async def test_a_person_is_no_case(screening: Screening) -> None:
    person = await screening.vault.enrol("none", None)
    await screening.needs(1, person_ref=person)
    assert (await screening.http.get(f"/cases/{person}")).status_code == 404


async def test_of_many_decisions_those_of_elsewhere_are_as_unknown_ones(screening: Screening) -> None:
    (own,) = await screening.needs(1)
    (foreign,) = await screening.needs(1, province="20", area_code="200101")
    cases = [foreign, own, new_id(), foreign]
    items = [{"case_id": str(case_id), **ELIGIBLE} for case_id in cases]
    answer = await screening.http.post("/decisions", json={"items": items}, headers={**NOW, **OFFICER})
    found = [(item["result"], item.get("code")) for item in answer.json()["items"]]
    assert found == [("refused", "not_found"), ("decided", None), ("refused", "not_found"), ("refused", "not_found")]
    assert (await screening.said(own), await screening.said(foreign)) == (["CaseScreened"], [])


async def test_the_queue_has_the_cases_of_ones_provinces_alone_page_by_page(screening: Screening) -> None:
    places = {"20": "200101", "24": "240409", "50": "500101"}
    cases = {
        province: [str(case_id) for case_id in await screening.needs(3, province=province, area_code=place)]
        for province, place in places.items()
    }

    async def queue(provinces: tuple[str, ...], **query: Any) -> list[str]:
        found: list[str] = []
        while True:
            answer = await screening.http.get(
                "/queue", params={"limit": 2, **query}, headers=by("province_officer", provinces=provinces)
            )
            page = answer.json()
            assert len(page["items"]) == 2 or page["next_cursor"] is None, "a page is not short of what was left out"
            found += [row["case_id"] for row in page["items"]]
            if page["next_cursor"] is None:
                return sorted(found)
            query["cursor"] = page["next_cursor"]

    assert await queue(("24",)) == sorted(cases["24"])
    assert await queue(("24", "50")) == sorted(cases["24"] + cases["50"])
    assert await queue(("*",)) == sorted(cases["20"] + cases["24"] + cases["50"])
    assert await queue(("24", "50"), province="50") == sorted(cases["50"])
    assert await queue(("24",), province="20") == await queue((), province="24") == await queue(()) == []


async def test_what_a_case_repeats_is_named_to_whom_may_see_that_one_alone(screening: Screening) -> None:
    (first,) = await screening.needs(1, province="20", area_code="200101")
    (here,) = await screening.needs(1)
    (abroad, at_home) = [(await screening.needs(1, duplicate=True, duplicate_of=original))[0] for original in (first, here)]
    for headers, seen in ((OFFICER, None), (by("province_officer", provinces=("20", "24")), str(first)), (caller(), str(first))):
        rows = (await screening.http.get("/queue", params={"province": "24"}, headers=headers)).json()["items"]
        assert {row["case_id"]: (row["duplicate"], row["duplicate_of"]) for row in rows} == {
            str(here): (False, None),
            str(abroad): (True, seen),
            str(at_home): (True, str(here)),
        }
        for case_id, original in ((abroad, seen), (at_home, str(here))):
            case = (await screening.http.get(f"/cases/{case_id}", headers=headers)).json()
            assert (case["duplicate"], case["duplicate_of"]) == (True, original)


async def test_a_decision_is_written_down_with_whom_it_is_about(screening: Screening) -> None:
    person = await screening.vault.enrol("none", None)
    (case_id,) = await screening.needs(1, person_ref=person)
    assert (await ask(screening, "POST /cases/{case_id}/decision", case_id, OFFICER)).status_code == 200
    async with screening.store.connection() as connection:
        rows = await (await connection.execute("SELECT action, person_ref, outcome, status FROM audit")).fetchall()
    assert rows == [("cases.decide", person, "ok", 200)]


async def test_a_tip_off_that_came_back_is_its_provinces_too(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, kind=NeedKind.TIPOFF_JOB_SCAM)
    await screening.hear(declined(need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)))
    assert (
        await ask(screening, "POST /cases/{case_id}/decision", case_id, by("province_officer", provinces=("20",)))
    ).status_code == 404
    assert (await ask(screening, "POST /cases/{case_id}/decision", case_id, OFFICER)).status_code == 200
