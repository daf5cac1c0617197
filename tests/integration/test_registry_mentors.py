"""Mentors over HTTP on the real PostgreSQL: who looks after whom, and how those are getting on by what registry heard."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.codes import Decision, NeedKind
from tests.registry.heard import need, reopened, screened, withdrawn
from tests.registry.running import AREAS, NAME, Registry, empty_database, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

OFFICER = {"title": "นาง", "first_name": "พี่เลี้ยง", "last_name": "ใจเย็น", "agency": "PLO", "province": "20", "phone": "038-123456"}
NOBODY_KNOWS: dict[str, Any] = {"reported": 0, "last_activity_on": None, "last_report_on": None, "days_quiet": None}


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def mentor(registry: Registry, **changed: Any) -> str:
    return str((await registry.done("/mentors", OFFICER | changed))["mentor_id"])


async def given(registry: Registry, volunteer_id: str, mentor_id: str, day: str = "2011-10-02") -> dict[str, Any]:
    return await registry.done(f"/volunteers/{volunteer_id}/mentor", {"mentor_id": mentor_id, "from": day})


async def looked_after(registry: Registry, mentor_id: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await registry.get(f"/mentors/{mentor_id}/volunteers", **query))["items"]
    return items


async def test_a_mentor_is_added_and_shown_by_name_to_the_office(registry: Registry) -> None:
    answer = await registry.post("/mentors", OFFICER)
    added = answer.json()
    path = f"/mentors/{added['mentor_id']}"
    assert (answer.status_code, answer.headers["Location"]) == (201, path)
    assert added == {"mentor_id": added["mentor_id"], "province": "20", "agency": "PLO"}
    elsewhere = await mentor(registry, province="24", agency="DOE", phone=None)
    shown = {"mentor_id": added["mentor_id"], **OFFICER}
    assert await registry.get(path) == shown
    assert (await registry.get("/mentors", province="20"))["items"] == [shown]
    first = await registry.get("/mentors", limit=1)
    rest = await registry.get("/mentors", limit=1, cursor=first["next_cursor"])
    assert [item["mentor_id"] for item in rest["items"]] == [elsewhere]
    assert rest["items"][0]["phone"] is None
    assert await registry.asked("SELECT count(*) FROM audit WHERE action = 'mentors.read'") == [4]
    held = "".join(
        [row for table in ("events", "mentors", "audit") for row in await registry.asked(f"SELECT t::text FROM {table} t")]
    )
    assert "พี่เลี้ยง" not in held


async def test_a_mentor_has_a_volunteer_until_the_next_one_has(registry: Registry) -> None:
    volunteer, first, second = await registry.appoint(), await mentor(registry), await mentor(registry, agency="DOE")
    assert await given(registry, volunteer, second, "2011-10-10") == {
        "volunteer_id": volunteer,
        "mentor_id": second,
        "from": "2011-10-10",
    }
    await given(registry, volunteer, first)
    (item,) = await looked_after(registry, second)
    named = {"title": "นางสาว", "first_name": NAME, "last_name": "ใจดี"}
    card_no = (await registry.get(f"/volunteers/{volunteer}"))["card_no"]
    of = {"volunteer_id": volunteer, **named, "card_no": card_no, "area_code": AREAS[0], "level": "subdistrict"}
    assert item == {**of, "from": "2011-10-10", "target": 30, **NOBODY_KNOWS}
    assert await looked_after(registry, first) == []
    for day, had in (("2011-10-01", []), ("2011-10-02", [first]), ("2011-10-09", [first]), ("2011-10-10", [second])):
        assert [m for m in (first, second) if await looked_after(registry, m, on=day)] == had


async def test_what_a_mentor_may_not_be_given_is_refused(registry: Registry) -> None:
    volunteer, mine, elsewhere = await registry.appoint(), await mentor(registry), await mentor(registry, province="24")
    path = f"/volunteers/{volunteer}/mentor"
    answers = [await registry.post(path, {"mentor_id": m, "from": "2011-10-02"}) for m in (elsewhere, str(uuid4()), volunteer)]
    assert {(a.status_code, a.json()["code"], a.json()["errors"][0]["pointer"]) for a in answers} == {
        (422, "unknown_mentor", "/mentor_id")
    }
    assert len({answer.content for answer in answers}) == 1
    await given(registry, volunteer, mine)
    for body, status, code in (
        ({"mentor_id": mine, "from": "2011-10-02"}, 409, "already_assigned"),
        ({"mentor_id": mine, "from": "2011-09-30"}, 422, "invalid"),
        ({"mentor_id": mine, "from": "2012-02-01"}, 422, "in_future"),
    ):
        answer = await registry.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    await registry.done(f"/volunteers/{volunteer}/relieve", {"relieved_on": "2011-10-12", "reason": "ย้าย"})
    answer = await registry.post(path, {"mentor_id": mine, "from": "2011-10-12"})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert len(await looked_after(registry, mine, on="2011-10-11")) == 1
    assert await looked_after(registry, mine, on="2011-10-12") == []


async def test_progress_is_counted_as_the_funnel_counts_and_the_quietest_come_first(registry: Registry) -> None:
    mentor_id = await mentor(registry)
    ids = [await registry.appoint(number, area_code=AREAS[number % 3]) for number in range(1, 6)]
    busy, tipping, attending, silent, undone = ids
    for volunteer in ids:
        await given(registry, volunteer, mentor_id)
    numbers = iter(range(1, 100))

    def case(volunteer: str, day: int, **changed: Any) -> Any:
        return need(UUID(int=next(numbers)), on=date(2011, 10, day), volunteer_id=UUID(volunteer), **changed)

    counted, elsewhere = case(busy, 3), case(busy, 12, province="24", area_code="240409")
    duplicate, again, unwanted, last_year = (
        case(busy, 4),
        case(busy, 5),
        case(undone, 14),
        need(UUID(int=99), on=date(2011, 9, 30), volunteer_id=UUID(busy)),
    )
    await registry.hear(
        *(counted, elsewhere, duplicate, again, unwanted, last_year),
        case(tipping, 9, kind=NeedKind.TIPOFF_CHILD_LABOUR),
        screened(counted, Decision.NOT_ELIGIBLE),
        screened(duplicate, Decision.DUPLICATE),
        screened(again, Decision.DUPLICATE),
        reopened(again),
        withdrawn(unwanted),
    )
    meeting = {"kind": "meeting", "province": "20", "title": "ประชุมประจำเดือน", "volunteer_ids": [attending, tipping]}
    await registry.done("/activities", meeting | {"held_on": "2011-10-07"})
    void = await registry.done("/activities", meeting | {"held_on": "2011-10-08", "volunteer_ids": [silent]})
    await registry.done(f"/activities/{void['activity_id']}/void", {"reason": "บันทึกผิด"})

    items = await looked_after(registry, mentor_id)
    assert [item["volunteer_id"] for item in items] == [*sorted([silent, undone]), attending, tipping, busy]
    found = {item["volunteer_id"]: {name: item[name] for name in NOBODY_KNOWS} for item in items}
    assert found == {
        busy: {"reported": 3, "last_activity_on": "2011-10-12", "last_report_on": "2011-10-12", "days_quiet": 3},
        tipping: {"reported": 0, "last_activity_on": "2011-10-09", "last_report_on": "2011-10-09", "days_quiet": 6},
        attending: {"reported": 0, "last_activity_on": "2011-10-07", "last_report_on": None, "days_quiet": 8},
        silent: NOBODY_KNOWS,
        undone: NOBODY_KNOWS,
    }
    pages, cursor = [], None
    for _ in range(5):
        page = await registry.get(f"/mentors/{mentor_id}/volunteers", limit=1, **({} if cursor is None else {"cursor": cursor}))
        pages += page["items"]
        cursor = page["next_cursor"]
    assert (pages, cursor) == (items, None)
    assert (await looked_after(registry, mentor_id, fiscal_year=2554))[-1]["reported"] == 1
    earlier = {item["volunteer_id"]: item["days_quiet"] for item in await looked_after(registry, mentor_id, on="2011-10-07")}
    assert earlier == {busy: 2, tipping: 0, attending: 0, silent: None, undone: None}


async def test_a_mentors_volunteers_are_named_to_the_office_that_is_written_down(registry: Registry) -> None:
    mentor_id = await mentor(registry)
    await given(registry, await registry.appoint(), mentor_id)
    for who, status in (
        (caller("province_officer", provinces=("20",)), 200),
        (caller("province_officer", provinces=("24",)), 404),
        (caller("ministry"), 403),
    ):
        answer = await registry.http.get(
            f"/mentors/{mentor_id}/volunteers", headers={"Songtor-Now": "2011-10-15T03:00:00Z", **who}
        )
        assert answer.status_code == status
    assert await registry.asked("SELECT details::text FROM audit WHERE action = 'mentors.read' AND outcome = 'ok'") == [
        '{"province":"20","rows":1}'
    ]


async def test_a_cursor_of_another_list_is_refused(registry: Registry) -> None:
    lists = ("/mentors", f"/mentors/{await mentor(registry)}/volunteers", "/centres")
    for path in lists:
        for cursor in ("W10", "WzEsMl0", "WyIyMCIsIngiXQ", "WyJ4IiwieCJd", "x"):
            answer = await registry.http.get(path, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/cursor")
