"""Registry over HTTP on the real PostgreSQL: appointments, terms, service units, figures, and bad input."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.dev_issuer import new_issuer_key
from shared.places import subdistricts_of
from tests.registry.running import AREAS, LEVELS, NAME, PHONE, Registry, appointment, citizen_id, empty_database, running
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

LATER = "2015-06-01T03:00:00Z"
"""Eight months after the first terms have ended."""


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def test_a_volunteer_is_appointed_for_three_years_and_is_in_the_list_at_once(registry: Registry) -> None:
    answer = await registry.post("/volunteers", appointment())
    volunteer = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/volunteers/{volunteer['volunteer_id']}"
    assert answer.headers["Songtor-Position"]
    expected = {"province": "20", "level": "subdistrict", "area_code": AREAS[0], "appointed_on": "2011-10-01"}
    assert expected.items() <= volunteer.items()
    assert (volunteer["term_ends_on"], volunteer["status"]) == ("2014-09-30", "active")
    assert volunteer["card_no"].startswith("20-2554-")
    assert NAME not in answer.text

    shown = await registry.get(f"/volunteers/{volunteer['volunteer_id']}")
    named = {"title": "นางสาว", "first_name": NAME, "last_name": "ใจดี", "citizen_id": citizen_id(1), "phone": PHONE}
    assert shown == volunteer | named
    assert await registry.get("/volunteers", province="20", level="subdistrict", status="active") == {
        "items": [shown],
        "next_cursor": None,
    }
    assert (await registry.get("/volunteers", province="24"))["items"] == []


async def test_ten_who_appoint_the_same_person_at_once_make_one_volunteer(registry: Registry) -> None:
    for number in range(1, 6):
        answers = await asyncio.gather(*(registry.post("/volunteers", appointment(number)) for _ in range(10)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_appointed"}
        assert await registry.events() == number


async def test_ten_with_the_same_key_get_ten_equal_answers_of_one_appointment(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/volunteers", appointment(), key="order 1") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["Songtor-Position"] for answer in answers}) == 1
    assert Counter(answer.headers.get("Idempotent-Replayed") for answer in answers) == {None: 1, "true": 9}
    assert await registry.events() == 1
    assert (await registry.post("/volunteers", appointment(2), key="order 1")).json()["code"] == "idempotency_key_reused"


async def test_the_first_answer_is_given_again_after_the_state_has_moved_on(registry: Registry) -> None:
    first = await registry.post("/volunteers", appointment(), key="order 1")
    await registry.done(f"/volunteers/{first.json()['volunteer_id']}/relieve", {"relieved_on": "2011-10-10", "reason": "ย้าย"})
    again = await registry.post("/volunteers", appointment(), key="order 1", now=LATER)
    assert (again.status_code, again.content) == (201, first.content)


async def test_one_person_may_serve_in_two_areas(registry: Registry) -> None:
    assert len({await registry.appoint(area_code=area) for area in AREAS}) == 3
    refs = await registry.asked("SELECT DISTINCT data->>'person_ref' FROM events")
    assert len(refs) == 1


async def test_an_expired_volunteer_can_be_appointed_again_and_then_not_renewed(registry: Registry) -> None:
    first = await registry.appoint()
    assert (await registry.post("/volunteers", appointment(appointed_on="2014-09-30"), now=LATER)).status_code == 409
    second = await registry.appoint(appointed_on="2014-10-01", now=LATER)
    refused = await registry.post(f"/volunteers/{first}/renew", {"renewed_on": "2015-06-01"}, now=LATER)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_appointed")

    await registry.done(f"/volunteers/{second}/relieve", {"relieved_on": "2015-05-01", "reason": "ลาออก"}, now=LATER)
    renewed = await registry.done(f"/volunteers/{first}/renew", {"renewed_on": "2015-06-01"}, now=LATER)
    assert (renewed["term_starts_on"], renewed["term_ends_on"], renewed["status"]) == ("2015-06-01", "2018-05-31", "active")
    again = await registry.post("/volunteers", appointment(appointed_on="2015-06-01"), now=LATER)
    assert (again.status_code, again.json()["code"]) == (409, "already_appointed")


async def test_a_relieved_volunteer_can_be_appointed_again_from_that_day(registry: Registry) -> None:
    first = await registry.appoint()
    relieved = await registry.done(f"/volunteers/{first}/relieve", {"relieved_on": "2011-10-10", "reason": "ย้าย"})
    assert (relieved["relieved_on"], relieved["status"]) == ("2011-10-10", "relieved")
    assert (await registry.post("/volunteers", appointment(appointed_on="2011-10-09"))).status_code == 409
    assert await registry.appoint(appointed_on="2011-10-10") != first


async def test_a_renewal_and_a_new_appointment_at_once_have_one_winner(registry: Registry) -> None:
    for number in range(1, 11):
        first = await registry.appoint(number)
        renewed, appointed = await asyncio.gather(
            registry.post(f"/volunteers/{first}/renew", {"renewed_on": "2015-06-01"}, now=LATER),
            registry.post("/volunteers", appointment(number, appointed_on="2015-06-01"), now=LATER),
        )
        assert {renewed.status_code, appointed.status_code} in ({200, 409}, {201, 409})


async def test_a_volunteer_is_renewed_in_office_and_relieved_once(registry: Registry) -> None:
    volunteer = f"/volunteers/{await registry.appoint()}"
    renewed = await registry.done(f"{volunteer}/renew", {"renewed_on": "2011-10-15", "order_no": "7/2555"})
    assert (renewed["term_ends_on"], renewed["order_no"], renewed["status"]) == ("2017-09-30", "7/2555", "active")
    relief = {"relieved_on": "2011-12-01", "reason": "ย้ายที่อยู่"}
    assert (await registry.done(f"{volunteer}/relieve", relief))["status"] == "active"
    for path, body in (("relieve", relief), ("renew", {"renewed_on": "2011-10-15"})):
        refused = await registry.post(f"{volunteer}/{path}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert (await registry.get(volunteer, now="2011-12-01T00:00:00Z"))["status"] == "relieved"


async def test_status_is_that_of_the_day_in_bangkok(registry: Registry) -> None:
    ids = {
        "relieved": await registry.appoint(1, area_code=AREAS[0]),
        "active": await registry.appoint(2, area_code=AREAS[1], appointed_on="2011-10-15"),
        "coming": await registry.appoint(3, area_code=AREAS[2], appointed_on="2011-12-01"),
    }
    await registry.done(f"/volunteers/{ids['relieved']}/relieve", {"relieved_on": "2011-10-16", "reason": "ย้าย"})

    async def listed(now: str) -> dict[str, list[str]]:
        found = {}
        for status in ("active", "relieved", "expired"):
            items = (await registry.get("/volunteers", status=status, now=now))["items"]
            assert all(item["status"] == status for item in items)
            found[status] = [item["volunteer_id"] for item in items]
        return found

    last_moment, midnight = "2011-10-15T16:59:59Z", "2011-10-15T17:00:00Z"
    assert await listed(last_moment) == {"active": [ids["relieved"], ids["active"]], "relieved": [], "expired": []}
    assert await listed(midnight) == {"active": [ids["active"]], "relieved": [ids["relieved"]], "expired": []}
    everybody = (await registry.get("/volunteers", now=midnight))["items"]
    assert [item["status"] for item in everybody] == ["relieved", "active", None]
    assert (await registry.get(f"/volunteers/{ids['coming']}"))["status"] is None
    assert await listed("2014-10-14T17:00:00Z") == {
        "active": [ids["coming"]],
        "relieved": [ids["relieved"]],
        "expired": [ids["active"]],
    }


async def test_pages_show_everybody_once(registry: Registry) -> None:
    ids = {await registry.appoint(number, area_code=AREAS[number % 3]) for number in range(1, 8)}
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = await registry.get("/volunteers", limit=2, **({} if cursor is None else {"cursor": cursor}))
        seen += [item["volunteer_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(seen) == 7
    assert set(seen) == ids


async def test_who_was_forgotten_has_no_name(registry: Registry, vault_dsn: str) -> None:
    path = f"/volunteers/{await registry.appoint(1)}"
    await registry.appoint(2)
    await registry.vault.forget(UUID((await registry.asked("SELECT data->>'person_ref' FROM events"))[0]))
    # Another process, which has no key in its memory.
    async with running(registry.database, vault_dsn) as other:
        assert (await other.get(path))["first_name"] is None
        items = (await other.get("/volunteers"))["items"]
    assert {(item["first_name"], item["citizen_id"]) for item in items} == {(None, None), (NAME, citizen_id(2))}


async def test_a_service_unit_opens_and_closes(registry: Registry) -> None:
    now = "2021-06-01T03:00:00Z"
    wanted = {"name": "บ้านคลองนิยม", "area_code": "240409", "village_no": 3, "opened_on": "2021-05-07"}
    answer = await registry.post("/service-units", wanted, now=now)
    unit = answer.json()
    path = f"/service-units/{unit['unit_id']}"
    assert answer.status_code == 201
    assert answer.headers["Location"] == path
    assert unit == {
        "unit_id": unit["unit_id"],
        "province": "24",
        **wanted,
        "closed_on": None,
        "status": "open",
        "centre_id": None,
    }
    assert await registry.get(path, now=now) == unit
    assert (await registry.get("/service-units", province="24", status="open", now=now))["items"] == [unit]

    closed = await registry.done(f"{path}/close", {"closed_on": "2021-06-01", "reason": "ย้ายที่ทำการ"}, now=now)
    assert closed == unit | {"closed_on": "2021-06-01", "status": "closed"}
    assert (await registry.get("/service-units", status="open", now=now))["items"] == []
    assert (await registry.get("/service-units", status="closed", now=now))["items"] == [closed]
    again = await registry.post(f"{path}/close", {"closed_on": "2021-06-01"}, now=now)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


async def test_a_volunteers_unit_may_open_later_but_must_not_be_closed_by_the_first_day(registry: Registry) -> None:
    unit = await registry.done("/service-units", {"name": "บ้านคลองนิยม", "area_code": "200101", "opened_on": "2011-10-05"})
    await registry.done(f"/service-units/{unit['unit_id']}/close", {"closed_on": "2011-10-10"})
    volunteer = await registry.appoint(1, unit_id=unit["unit_id"], appointed_on="2011-10-09")
    assert (await registry.get(f"/volunteers/{volunteer}"))["unit_id"] == unit["unit_id"]
    await registry.appoint(3, unit_id=unit["unit_id"], appointed_on="2011-10-04")
    for wrong in (
        {"unit_id": unit["unit_id"], "appointed_on": "2011-10-10"},
        {"unit_id": str(uuid4())},
        {"unit_id": volunteer},
    ):
        answer = await registry.post("/volunteers", appointment(2, **wrong))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"], answer.json()["code"]) == (
            422,
            "/unit_id",
            "unknown_unit",
        )


async def test_coverage_counts_active_subdistrict_volunteers(registry: Registry) -> None:
    await registry.appoint(1, area_code=AREAS[0])
    await registry.appoint(2, area_code=AREAS[0])
    await registry.appoint(3, area_code=AREAS[1], level="village", village_no=1)
    await registry.appoint(4, area_code="2001", level="district")
    await registry.appoint(5, area_code=AREAS[2], appointed_on="2011-11-01")
    await registry.appoint(6, area_code="240409")
    found = await registry.get("/coverage", province="20")
    subdistricts = subdistricts_of("20")
    of_districts = {name: found.pop(name) for name in ("districts", "districts_without_any")}
    assert found == {
        "province": "20",
        "subdistricts_total": 92,
        "subdistricts_covered": 1,
        "volunteers_active": 4,
        "by_level": LEVELS | {"subdistrict": 2, "village": 1, "district": 1},
        "uncovered": [code for code in subdistricts if code != AREAS[0]],
    }
    assert sum(district["volunteers_active"] for district in of_districts["districts"]) == 4
    assert len(of_districts["districts_without_any"]) == len(of_districts["districts"]) - 1
    later = await registry.get("/coverage", province="20", now=LATER)
    assert (later["volunteers_active"], later["by_level"], later["uncovered"]) == (0, LEVELS, list(subdistricts))


async def test_allowances_are_for_every_month_with_a_day_in_service(registry: Registry) -> None:
    await registry.appoint(1)
    moved = await registry.appoint(2, area_code=AREAS[1])
    await registry.done(f"/volunteers/{moved}/relieve", {"relieved_on": "2011-12-01", "reason": "ย้าย"})
    again = await registry.appoint(2, area_code=AREAS[1], appointed_on="2011-12-01")
    await registry.done(f"/volunteers/{again}/relieve", {"relieved_on": "2011-12-20", "reason": "ย้าย"})
    await registry.appoint(3, area_code="2001", level="district")
    gap = await registry.appoint(4, area_code="240409")
    await registry.done(f"/volunteers/{gap}/renew", {"renewed_on": "2015-01-31"}, now=LATER)
    never = await registry.appoint(5, area_code=AREAS[2])
    await registry.done(f"/volunteers/{never}/relieve", {"relieved_on": "2011-10-01", "reason": "แต่งตั้งผิด"})

    async def paid(month: str) -> dict[str, int]:
        found = await registry.get("/allowances", month=month)
        assert found["month"] == month
        assert all(item["amount_baht"] == 600 * item["volunteers"] for item in found["items"])
        assert found["total_baht"] == sum(item["amount_baht"] for item in found["items"])
        return {item["province"]: item["volunteers"] for item in found["items"]}

    assert await paid("2011-09") == {}
    assert await paid("2011-10") == {"20": 2, "24": 1}
    assert await paid("2011-12") == {"20": 2, "24": 1}
    assert await paid("2012-01") == {"20": 1, "24": 1}
    assert await paid("2014-10") == {}
    assert await paid("2015-01") == {"24": 1}


async def test_nothing_personal_is_in_clear_in_the_database(registry: Registry) -> None:
    unit = await registry.done("/service-units", {"name": "บ้านคลองนิยม", "area_code": "200101", "opened_on": "2011-10-05"})
    answer = await registry.post("/volunteers", appointment(unit_id=unit["unit_id"], appointed_on="2011-10-05"), key="order 1")
    path = f"/volunteers/{answer.json()['volunteer_id']}"
    await registry.post(f"{path}/relieve", {"relieved_on": "2011-10-10", "reason": f"{NAME} ย้าย"}, key="relief 1")
    await registry.post(f"/service-units/{unit['unit_id']}/close", {"closed_on": "2011-10-10", "reason": f"{NAME} ย้าย"}, key="3")
    await registry.get("/volunteers")
    tables = ("events", "commands", "claims", "volunteers", "volunteer_terms", "service_units")
    held = "".join([row for table in tables for row in await registry.asked(f"SELECT t::text FROM {table} t")])
    assert AREAS[0] in held
    assert not any(secret in held for secret in (NAME, "ใจดี", citizen_id(1), PHONE, "ย้าย"))


async def test_tokens_are_made_in_development_only(postgres: PostgresServer, vault_dsn: str, tmp_path: Path) -> None:
    key, jwks = tmp_path / "key.pem", tmp_path / "jwks.json"
    for path, content in zip((key, jwks), new_issuer_key(), strict=True):
        path.write_bytes(content)
    wanted = {"sub": "officer", "roles": ["province_officer"], "provinces": ["20"]}
    database = empty_database(postgres)
    async with running(database, vault_dsn, jwks=jwks, dev_issuer_key=key) as development:
        token = await development.done("/dev/tokens", wanted)
        assert token["expires_in"] > 0
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        assert (await development.http.get("/volunteers", headers=bearer)).status_code == 200
        assert (await development.post("/dev/tokens", wanted | {"roles": ["king"]})).status_code == 422
    async with running(database, vault_dsn, env="test", jwks=jwks) as elsewhere:
        answer = await elsewhere.http.post("/dev/tokens", json=wanted, headers={"Idempotency-Key": "1"} | bearer)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "/dev/tokens" not in (await elsewhere.http.get("/openapi.json")).text
