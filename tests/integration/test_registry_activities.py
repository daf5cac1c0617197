"""Activities over HTTP on the real PostgreSQL: recorded with those who were there, voided, listed, refused."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.registry.running import AREAS, Registry, empty_database, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

WORDS = "เชิญ นางสมใจ โทร 081-234-5678"
TRAINING: dict[str, Any] = {
    "kind": "training",
    "province": "20",
    "area_code": "2001",
    "title": "อบรม อสร. รุ่นที่ 1",
    "held_on": "2011-10-14",
    "people_reached": 40,
    "note": WORDS,
}
OFFICER, MINISTRY = caller("province_officer", provinces=("20",)), caller("ministry")


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def listed(registry: Registry, **query: Any) -> list[str]:
    return [item["activity_id"] for item in (await registry.get("/activities", **query))["items"]]


async def codes(registry: Registry, **changed: Any) -> dict[str, str]:
    """The faults of an activity that is refused."""
    answer = await registry.post("/activities", {**TRAINING, **changed})
    assert answer.status_code == 422, answer.text
    assert "081-234-5678" not in answer.text
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


async def test_an_activity_is_recorded_with_those_who_were_there_and_is_in_the_list_at_once(registry: Registry) -> None:
    volunteers = [await registry.appoint(number, area_code=AREAS[number]) for number in (2, 1)]
    answer = await registry.post("/activities", {**TRAINING, "volunteer_ids": volunteers})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert answer.headers["Location"] == f"/activities/{found['activity_id']}"
    expected = {name: value for name, value in TRAINING.items() if name != "note"}
    assert found == {
        "activity_id": found["activity_id"],
        **expected,
        "fiscal_year": 2555,
        "volunteer_ids": volunteers,
        "void": False,
    }
    assert WORDS not in str(await registry.asked("SELECT data::text FROM events"))
    assert await registry.get("/activities", province="20") == {"items": [found], "next_cursor": None}
    assert await registry.get(f"/activities/{found['activity_id']}") == {**found, "note": WORDS, "void_reason": None}


async def test_lists_are_the_newest_first_and_filtered_in_pages(registry: Registry) -> None:
    volunteer = await registry.appoint()
    made = []
    for change in (
        {"held_on": "2011-10-12", "volunteer_ids": [volunteer]},
        {"held_on": "2011-10-13", "kind": "visit", "area_code": "200101", "people_reached": 0},
        {"held_on": "2011-10-14", "volunteer_ids": [volunteer]},
        {"held_on": "2011-09-30", "province": "24", "area_code": None},
    ):
        made.append((await registry.done("/activities", {**TRAINING, **change}))["activity_id"])
    one, two, three, elsewhere = made
    assert await listed(registry) == [three, two, one, elsewhere]
    assert await listed(registry, province="20", kind="training") == [three, one]
    assert await listed(registry, volunteer_id=volunteer, fiscal_year=2555) == [three, one]
    assert await listed(registry, fiscal_year=2554) == [elsewhere]
    assert await listed(registry, volunteer_id=str(uuid4())) == []
    pages, cursor = list[str](), None
    while cursor is not None or not pages:
        page = await registry.get("/activities", limit=2, **({} if cursor is None else {"cursor": cursor}))
        pages += [item["activity_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert pages == [three, two, one, elsewhere]
    for query in ("fiscal_year=2011", "kind=party", "volunteer_id=1", "cursor=WzEsMl0", "void=perhaps"):
        assert (await registry.http.get(f"/activities?{query}")).status_code == 422, query


async def test_what_did_not_take_place_is_voided_once_and_counts_nowhere(registry: Registry) -> None:
    volunteer = await registry.appoint()
    made = await registry.done("/activities", {**TRAINING, "volunteer_ids": [volunteer]})
    path = f"/activities/{made['activity_id']}"
    voided = await registry.done(f"{path}/void", {"reason": WORDS})
    assert voided == {**made, "void": True}
    again = await registry.post(f"{path}/void", {"reason": WORDS})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert await listed(registry) == await listed(registry, volunteer_id=volunteer) == []
    assert await listed(registry, void="true") == [made["activity_id"]]
    assert await registry.get(path) == {**voided, "note": WORDS, "void_reason": WORDS}
    assert await registry.asked("SELECT void FROM activity_attendance") == [True]


async def test_words_are_for_the_office_alone_and_who_read_them_is_written_down(registry: Registry) -> None:
    path = f"/activities/{(await registry.done('/activities', TRAINING))['activity_id']}"
    bare = f"/activities/{(await registry.done('/activities', {**TRAINING, 'note': None}))['activity_id']}"
    for who, asked, note in ((MINISTRY, path, None), (OFFICER, bare, None), (OFFICER, path, WORDS)):
        answer = await registry.http.get(asked, headers=who)
        assert (answer.status_code, answer.json()["note"]) == (200, note)
    details = await registry.asked("SELECT details->>'activity_id' FROM audit WHERE action = 'activities.read'")
    assert details == [path.rsplit("/", 1)[1]]


async def test_who_was_not_there_as_a_volunteer_of_the_province_is_unknown(registry: Registry) -> None:
    serving = await registry.appoint(1)
    relieved = await registry.appoint(2, area_code=AREAS[1])
    await registry.done(f"/volunteers/{relieved}/relieve", {"relieved_on": "2011-10-14", "reason": "ย้าย"})
    elsewhere = await registry.appoint(3, area_code="240409")
    unit = {"name": "บ้านคลองนิยม", "area_code": AREAS[0], "opened_on": "2011-10-05"}
    unit_id = (await registry.done("/service-units", unit))["unit_id"]
    before = await registry.events()
    ids = [serving, relieved, elsewhere, unit_id, str(uuid4()), "nobody", serving]
    assert await codes(registry, volunteer_ids=ids) == {
        **{f"/volunteer_ids/{place}": "unknown_volunteer" for place in (1, 2, 3, 4)},
        "/volunteer_ids/5": "invalid",
        "/volunteer_ids/6": "invalid",
    }
    assert await codes(registry, volunteer_ids=[str(uuid4()) for _ in range(1001)]) == {"/volunteer_ids": "too_long"}
    assert await registry.events() == before
    await registry.done("/activities", {**TRAINING, "held_on": "2011-10-13", "volunteer_ids": [serving, relieved]})


async def test_every_fault_of_an_activity_is_listed_and_nothing_is_stored(registry: Registry) -> None:
    faults = await codes(
        registry,
        kind="party",
        area_code="240409",
        title="อบรม 1970100000011",
        held_on="2011-10-16",
        people_reached=1_000_001,
        note="\x00",
        more=1,
    )
    assert faults == {
        "/kind": "invalid",
        "/area_code": "unknown_place",
        "/title": "invalid",
        "/held_on": "in_future",
        "/people_reached": "invalid",
        "/note": "invalid",
        "/more": "unknown_field",
    }
    assert await codes(registry, title="ก" * 301) == {"/title": "too_long"}
    assert await registry.events() == 0
