"""Bad input to registry over HTTP on the real PostgreSQL: all of it refused, all of it named, none of it stored or repeated."""

import itertools
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.registry.running import AREAS, LEVELS, NAME, PHONE, Registry, appointment, citizen_id, empty_database, running
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def test_every_fault_of_a_request_is_listed_and_nothing_is_stored(registry: Registry) -> None:
    body = {
        "citizen_id": "1970100000012",
        "first_name": NAME * 200,
        "last_name": "ใจดี\x00",
        "level": "district",
        "area_code": AREAS[0],
        "unit_id": str(uuid4()),
        "appointed_on": "2012-02-01",
        "phone": f"{PHONE} ext",
        "favourite": NAME,
    }
    answer = await registry.post("/volunteers", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["pointer"]: error["code"] for error in answer.json()["errors"]} == {
        "/citizen_id": "invalid_citizen_id",
        "/title": "required",
        "/first_name": "too_long",
        "/last_name": "invalid",
        "/area_code": "unknown_place",
        "/unit_id": "unknown_unit",
        "/appointed_on": "in_future",
        "/phone": "invalid",
        "/favourite": "unknown_field",
    }
    assert not any(secret in answer.text for secret in (NAME, PHONE, "1970100000012", "ใจดี"))
    assert await registry.events() == 0


async def test_an_unknown_thing_comes_before_a_bad_body_and_that_before_a_wrong_state(registry: Registry) -> None:
    volunteer = await registry.appoint()
    for path in (f"/volunteers/{uuid4()}/relieve", "/volunteers/1/renew", f"/service-units/{volunteer}/close"):
        answer = await registry.post(path, {"nothing": 1})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    relieve = f"/volunteers/{volunteer}/relieve"
    await registry.done(relieve, {"relieved_on": "2011-10-10", "reason": "ย้าย"})
    for day, code in (("2011-09-30", "invalid"), ("2012-02-01", "in_future")):
        answer = await registry.post(relieve, {"relieved_on": day, "reason": "ย้าย"})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await registry.post(relieve, {"relieved_on": "2011-10-10", "reason": "ย้าย"})).status_code == 409


async def test_a_body_of_any_depth_is_refused_also_under_a_used_key(registry: Registry) -> None:
    await registry.post("/volunteers", appointment(), key="used")
    for depth, key in ((300, "used"), (300, "new"), (1000, "used"), (1000, "new"), (20_000, "new")):
        raw = b'{"level": ' + b"[" * depth + b"]" * depth + b"}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = await registry.http.post("/volunteers", content=raw, headers=headers)
        assert answer.status_code in (400, 422), (depth, key, answer.text)
    assert await registry.events() == 1


BAD_QUERIES = (
    "/volunteers?province=99",
    "/volunteers?province=20%00",
    "/volunteers?level=nation",
    "/volunteers?status=open",
    "/volunteers?limit=0",
    "/volunteers?limit=201",
    "/volunteers?cursor=WzEsMl0",
    "/volunteers?cursor=%00",
    "/service-units?cursor=WyJcdTAwMDAiLCJhIl0",
    "/service-units?status=active",
    "/coverage",
    "/coverage?province=2001",
    "/allowances",
    "/allowances?month=2554-10",
    "/allowances?month=2011-13",
    "/allowances?month=2011-1",
)


async def test_bad_queries_are_refused(registry: Registry) -> None:
    for query in BAD_QUERIES:
        answer = await registry.http.get(query)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
days = st.sampled_from(["2011-10-01", "2012-01-13", "2012-01-14", "1940-01-01", "0001-01-01", "9999-12-31", "2011-02-29"])
texts = st.text(max_size=250)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "citizen_id": st.integers(1, 99).map(citizen_id) | texts,
    "title": st.just("นาย") | texts,
    "first_name": st.just(NAME) | texts,
    "last_name": st.just("ใจดี") | texts,
    "level": st.sampled_from([*LEVELS, "nation"]),
    "area_code": st.sampled_from([*AREAS, "2001", "20", "๒๐๐๑๐๑", "999999"]),
    "village_no": st.integers(-1, 101) | st.integers(),
    "unit_id": st.uuids().map(str) | texts,
    "order_no": texts,
    "phone": st.just(PHONE) | texts,
    "reason": texts,
    "name": texts,
    "kind": st.sampled_from(["training", "visit", "party"]),
    "province": st.sampled_from(["20", "24", "99", "๒๐"]) | texts,
    "volunteer_ids": st.lists(st.uuids().map(str) | texts, max_size=3),
    "people_reached": st.integers(),
    "people_served": st.integers(0, 9) | st.integers(),
    "expected_people": st.integers(1, 9) | st.integers(),
    "project_name": st.just("ออกหน่วย") | texts,
    "agencies": st.lists(st.sampled_from(["DOE", "SSO", "x"]), max_size=3),
    "kinds": st.lists(st.sampled_from(["job_domestic", "welfare", "x"]), max_size=3),
    "satisfaction": st.dictionaries(st.sampled_from(["1", "5", "6", citizen_id(1)]), st.integers(-1, 9), max_size=3),
    "note": texts,
    **dict.fromkeys(("planned_on", "held_on"), days | texts),
    **dict.fromkeys(("appointed_on", "renewed_on", "relieved_on", "opened_on", "closed_on"), days | texts),
}
PATHS: dict[str, tuple[str, ...]] = {
    "/volunteers": ("citizen_id", "title", "first_name", "last_name", "level", "area_code", "appointed_on"),
    "/volunteers/{volunteer}/renew": ("renewed_on", "order_no"),
    "/volunteers/{volunteer}/relieve": ("relieved_on", "reason"),
    "/service-units": ("name", "area_code", "opened_on"),
    "/service-units/{unit}/close": ("closed_on", "reason"),
    "/activities": ("kind", "province", "title", "held_on"),
    "/mobile-units": ("province", "area_code", "planned_on", "project_name", "agencies", "kinds", "expected_people"),
    "/mobile-units/{mobile_unit}/hold": ("held_on", "people_served", "satisfaction"),
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """A path, and a body that is nearly right more often than not."""
    path = draw(st.sampled_from([*PATHS]))
    names = draw(st.lists(st.sampled_from([*FIELDS]), max_size=2, unique=True))
    body = {name: draw(FIELDS[name]) for name in (*PATHS[path], *names)}
    for name in draw(st.lists(st.sampled_from([*body]), max_size=2)):
        body[name] = draw(anything)
    return path, draw(st.just(body) | anything)


@for_all(requests())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_input_breaks_it_and_what_is_refused_leaves_nothing(registry: Registry, request_: tuple[str, Any]) -> None:
    path, body = request_
    unit = {"name": "บ้านคลองนิยม", "area_code": "200101", "opened_on": "2011-10-05"}
    ids = {"volunteer": await registry.appoint(next(_PEOPLE)), "unit": (await registry.done("/service-units", unit))["unit_id"]}
    plan: dict[str, Any] = {"province": "20", "area_code": AREAS[0], "planned_on": "2011-10-20", "project_name": "ออกหน่วย"}
    plan |= {"agencies": ["DOE"], "kinds": ["welfare"], "expected_people": 9}
    ids["mobile_unit"] = (await registry.done("/mobile-units", plan))["mobile_unit_id"]
    before = await registry.events()
    answer = await registry.post(path.format(**ids), body, key=str(uuid4()))
    assert answer.status_code in (200, 201, 409, 422), answer.text
    assert await registry.events() == before + (answer.status_code < 400)
    assert not any(secret in answer.text for secret in (NAME, "ใจดี", PHONE))
    assert re.search(r"1970[0-9]{9}", answer.text) is None


_PEOPLE = itertools.count(1000)
