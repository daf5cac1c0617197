"""Centres over HTTP on the real PostgreSQL: one to a province, its committees by date, and the units that belong to it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.running import AREAS, NAME, Registry, empty_database, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

ORDER = {"province": "20", "order_no": "292/2564", "established_on": "2011-10-01"}
OFFICER = caller("province_officer", provinces=("20",))
CHAIR = {"role": "chair", "title": "นาย", "first_name": "สมชาย", "last_name": "ใจกล้า"}
ADVISER = {"role": "adviser", "agency": "PLO", "title": "นาง", "first_name": "สมหญิง", "last_name": "ใจงาม"}


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def established(registry: Registry, **changed: Any) -> str:
    return str((await registry.done("/centres", ORDER | changed))["centre_id"])


def committee(*members: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"order_no": "1/2555", "from": "2011-10-05", "members": [CHAIR, *members]} | changed


async def refused(registry: Registry, path: str, body: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Status, and the code of each fault by pointer; of what is no fault under an empty one."""
    answer = await registry.post(path, body, who=OFFICER)
    problem = answer.json()
    return answer.status_code, {error["pointer"]: error["code"] for error in problem["errors"]} or {"": problem["code"]}


async def test_a_province_has_one_centre_named_after_it(registry: Registry) -> None:
    answer = await registry.post("/centres", ORDER)
    centre = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/centres/{centre['centre_id']}")
    name = "ศูนย์ประสานงานแรงงานนอกระบบจังหวัดชลบุรี (ภาคประชาชน)"
    assert centre == {"centre_id": centre["centre_id"], **ORDER, "name": name}
    again = await registry.post("/centres", ORDER | {"order_no": "2"})
    assert (again.status_code, again.json()["code"]) == (409, "already_established")
    other = await registry.done("/centres", ORDER | {"province": "24", "name": "ศูนย์แปดริ้ว"})
    assert await registry.get("/centres") == {"items": [centre, other], "next_cursor": None}
    assert (await registry.get("/centres", province="24"))["items"] == [other]
    first = await registry.get("/centres", limit=1)
    assert (await registry.get("/centres", limit=1, cursor=first["next_cursor"]))["items"] == [other]
    shown = await registry.get(f"/centres/{centre['centre_id']}")
    assert shown == centre | {"committee": None, "committees": []}


async def test_ten_who_establish_a_centre_at_once_make_one(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/centres", ORDER | {"order_no": str(n)}) for n in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_established"}
    assert await registry.events() == 1


async def test_a_centre_is_not_established_tomorrow_nor_nowhere(registry: Registry) -> None:
    body = {"province": "99", "name": "1970100000011", "established_on": "2011-10-16"}
    assert await refused(registry, "/centres", body) == (
        422,
        {
            "/province": "unknown_place",
            "/name": "invalid",
            "/order_no": "required",
            "/established_on": "in_future",
        },
    )
    assert await registry.events() == 0


async def test_service_units_belong_to_their_provinces_centre(registry: Registry) -> None:
    unit = {"name": "บ้านคลองนิยม", "area_code": AREAS[0], "opened_on": "2011-10-05"}
    before = await registry.done("/service-units", unit)
    assert before["centre_id"] is None
    centre_id = await established(registry)
    elsewhere = await registry.done("/service-units", unit | {"area_code": "240409"})
    path = f"/service-units/{before['unit_id']}"
    assert await registry.get(path) == before | {"centre_id": centre_id}
    assert (await registry.get("/service-units"))["items"] == [before | {"centre_id": centre_id}, elsewhere]
    assert elsewhere["centre_id"] is None
    assert (await registry.done(f"{path}/close", {"closed_on": "2011-10-15"}))["centre_id"] == centre_id


async def test_committees_follow_each_other_and_the_earlier_stay_to_be_seen(registry: Registry) -> None:
    path = f"/centres/{await established(registry)}"
    volunteer = await registry.appoint()
    answer = await registry.post(f"{path}/committees", committee({"role": "secretary", "volunteer_id": volunteer}))
    seats = [
        {"role": "chair", "volunteer_id": None, "agency": None},
        {"role": "secretary", "volunteer_id": volunteer, "agency": None},
    ]
    said = {"order_no": "1/2555", "from": "2011-10-05", "until": None, "members": seats}
    assert (answer.status_code, answer.json()) == (201, {"centre_id": path.removeprefix("/centres/"), **said})
    second = await registry.done(f"{path}/committees", committee(ADVISER, **{"from": "2011-10-12", "order_no": "2/2555"}))
    assert second["until"] is None
    between = await registry.done(f"{path}/committees", committee(**{"from": "2011-10-08", "order_no": "3/2555"}))
    assert between["until"] == "2011-10-11"
    shown = await registry.get(path)
    assert shown["committees"] == [
        {"order_no": "1/2555", "from": "2011-10-05", "until": "2011-10-07"},
        {"order_no": "3/2555", "from": "2011-10-08", "until": "2011-10-11"},
        {"order_no": "2/2555", "from": "2011-10-12", "until": None},
    ]
    assert shown["committee"]["order_no"] == "2/2555"
    adviser = {name: ADVISER[name] for name in ("title", "first_name", "last_name")}
    assert shown["committee"]["members"][1] == {"role": "adviser", "volunteer_id": None, "agency": "PLO", **adviser}
    for day, order_no in (("2011-10-04", None), ("2011-10-05", "1/2555"), ("2011-10-07", "1/2555"), ("2011-10-11", "3/2555")):
        assert ((await registry.get(path, on=day))["committee"] or {"order_no": None})["order_no"] == order_no
    named = (await registry.get(path, on="2011-10-05"))["committee"]["members"]
    assert (named[0]["first_name"], named[1]["first_name"], named[1]["title"]) == ("สมชาย", NAME, "นางสาว")


async def test_two_committees_on_one_day_are_one_too_many_also_at_once(registry: Registry) -> None:
    path = f"/centres/{await established(registry)}/committees"
    answers = await asyncio.gather(*(registry.post(path, committee()) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_appointed"}


async def test_every_fault_of_a_committee_is_named(registry: Registry) -> None:
    path = f"/centres/{await established(registry)}/committees"
    elsewhere, unit = await registry.appoint(2, area_code="240409"), uuid4()
    before = await registry.events()
    members = [
        {"role": "chair", "volunteer_id": elsewhere},
        {"role": "secretary", "volunteer_id": str(unit)},
        {"role": "king", "first_name": "สมชาย", "last_name": "ใจ\x00", "middle_name": "x"},
        {"role": "adviser", "first_name": "สมชาย"},
    ]
    assert await refused(registry, path, {"order_no": "1", "from": "2011-09-30", "members": members}) == (
        422,
        {
            "/from": "invalid",
            "/members/0/volunteer_id": "unknown_volunteer",
            "/members/1/volunteer_id": "unknown_volunteer",
            "/members/2/role": "invalid",
            "/members/2/last_name": "invalid",
            "/members/2/middle_name": "unknown_field",
            "/members/3/agency": "required",
            "/members/3/last_name": "required",
        },
    )
    many = committee(*[{"role": "member", "first_name": "ก", "last_name": "ข"}] * 60)
    assert await refused(registry, path, many) == (422, {"/members": "too_long"})
    assert await refused(registry, path, committee() | {"members": []}) == (422, {"/members": "invalid"})
    assert await registry.events() == before


async def test_names_of_a_committee_are_for_its_office_alone_and_who_saw_them_is_written_down(registry: Registry) -> None:
    path = f"/centres/{await established(registry)}"
    volunteer = await registry.appoint()
    await registry.done(f"{path}/committees", committee({"role": "secretary", "volunteer_id": volunteer}))

    async def seen(who: dict[str, str]) -> list[str | None]:
        answer = await registry.http.get(path, headers={"Songtor-Now": "2011-10-15T03:00:00Z", **who})
        return [member["last_name"] for member in answer.json()["committee"]["members"]]

    async def entries() -> int:
        return len(await registry.asked("SELECT 1 FROM audit WHERE action = 'centres.read'"))

    assert await seen(caller("ministry")) == [None, None]
    assert await seen(caller("admin", provinces=("20",))) == [None, None]
    assert await entries() == 0
    assert await seen(OFFICER) == ["ใจกล้า", "ใจดี"]
    assert await entries() == 1
    await registry.get("/centres")
    tables = ("events", "commands", "claims", "centres", "audit")
    held = "".join([row for table in tables for row in await registry.asked(f"SELECT t::text FROM {table} t")])
    assert "292/2564" in held
    assert not any(name in held for name in ("ใจกล้า", "สมชาย", NAME))


async def test_who_was_forgotten_keeps_the_seat_without_a_name(registry: Registry, vault_dsn: str) -> None:
    path = f"/centres/{await established(registry)}"
    volunteer = await registry.appoint()
    await registry.done(f"{path}/committees", committee({"role": "secretary", "volunteer_id": volunteer}))
    person = "SELECT data->>'person_ref' FROM events WHERE stream_id = %s"
    await registry.vault.forget(UUID((await registry.asked(person, volunteer))[0]))
    # Another process, which has no key in its memory.
    async with running(registry.database, vault_dsn) as other:
        members = (await other.get(path))["committee"]["members"]
    assert [(member["volunteer_id"], member["first_name"]) for member in members] == [(None, "สมชาย"), (volunteer, None)]
