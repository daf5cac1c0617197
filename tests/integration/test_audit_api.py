"""What is written down of requests, and who may read it: an api of a few routes on the real PostgreSQL."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Response
from pydantic import SecretStr

from shared.errors import NotFoundError, RefusedError
from shared.process import Definition
from shared.process.api import build_api
from shared.settings import Settings
from shared.web import BulkEdge, Change, ReadEdge, WriteEdge
from shared.web.bulk import do_each, is_done, keep_all
from shared.web.openapi import takes
from shared.web.pages import Listed
from tests.support.callers import SETTINGS, caller
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, new_stream, unit_opened

pytestmark = pytest.mark.integration

PEPPER = b64encode(token_bytes(32)).decode()
PERSON = UUID("0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
NAME = "สมใจ ใจดี"
NOBODY, OTHERS = UUID(int=PERSON.int + 1), UUID(int=PERSON.int + 2)
CITIZEN_ID = "1970100000011"
OFFICE, AUDITOR = caller("province_officer"), caller("auditor", sub="auditor")


def router() -> APIRouter:
    """Routes of the rights' table, with less behind them."""
    routes = APIRouter()

    @routes.get("/volunteers/{volunteer_id}")
    async def see(edge: ReadEdge, volunteer_id: UUID) -> dict[str, str]:
        if volunteer_id == NOBODY:
            raise NotFoundError
        edge.must_reach("20" if volunteer_id == OTHERS else "24")
        await edge.audited(person_ref=volunteer_id, details={"province": "24"})
        return {"name": NAME}

    @routes.post("/service-units", openapi_extra=takes(Listed[str]))
    async def open_unit(edge: WriteEdge) -> Response:
        async def decide() -> Change:
            if edge.raw != b"{}":
                raise RefusedError("already_there")
            stream = new_stream()
            place = f"/service-units/{stream.id}"
            return Change(stream, [unit_opened(stream.id)], {}, status=201, about=PERSON, location=place)

        return await edge.write(decide)

    @routes.post("/service-units/{unit_id}/close", openapi_extra=takes(Listed[str]))
    async def close_unit(edge: BulkEdge, unit_id: UUID) -> Response:
        replay = await edge.replayed(edge.command_key)
        if replay is not None:
            return replay

        async def decide(number: int) -> Change:
            if number == 3:
                raise NotFoundError
            if number > 3:
                raise RefusedError("wrong_state")
            stream = new_stream()
            return Change(stream, [unit_opened(stream.id)], {})

        found = await do_each(edge, {uuid4(): [number] for number in range(6)}, decide)
        items = [{"done": is_done(found[number])} for number in range(6)]
        return await keep_all(edge, items, [found[number] for number in range(6)])

    return routes


DEFINITION = Definition(name="registry", router=router, projections=())


@dataclass(frozen=True)
class Api:
    http: httpx.AsyncClient

    async def entries(self, **query: Any) -> list[dict[str, Any]]:
        """Without those of being asked for entries."""
        answer = await self.http.get("/audit", params=query, headers=AUDITOR)
        assert answer.status_code == 200, answer.text
        return [one for one in answer.json()["items"] if one["action"] != "audit.read"]

    async def see(self, person: UUID = PERSON, headers: dict[str, str] = OFFICE) -> httpx.Response:
        return await self.http.get(f"/volunteers/{person}", headers=headers)


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    async with serving(database) as api:
        yield api


@asynccontextmanager
async def serving(database: Database, env: str = "test") -> AsyncIterator[Api]:
    settings = Settings(ENV=env, database=SecretStr(database.app), pepper=SecretStr(PEPPER), **SETTINGS)
    app = build_api(DEFINITION, settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
        yield Api(http)


def shown(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["action"], one["person_ref"], one["outcome"], one["status"]) for one in found]


async def test_what_is_seen_is_written_down_before_the_answer_leaves(api: Api) -> None:
    before = datetime.now(UTC)
    assert (await api.see()).json() == {"name": NAME}
    (found,) = await api.entries()
    assert shown([found]) == [("volunteers.read", str(PERSON), "ok", 200)]
    assert found["roles"] == ["province_officer"]
    assert found["details"] == {"province": "24"}
    assert before - timedelta(seconds=5) < datetime.fromisoformat(found["at"]) < datetime.now(UTC) + timedelta(seconds=5)
    assert UUID(found["actor"])
    assert UUID(found["request_id"])
    assert (found["number"], found["before"], len(found["hash"])) == (1, "00" * 32, 64)


async def test_played_time_does_not_reach_the_trail(api: Api) -> None:
    await api.see(headers=OFFICE | {"Songtor-Now": "2012-01-01T00:00:00Z"})
    (found,) = await api.entries()
    assert datetime.fromisoformat(found["at"]) > datetime.now(UTC) - timedelta(minutes=5)


async def test_without_a_trail_nothing_personal_is_given_out(api: Api, postgres: PostgresServer) -> None:
    assert NAME in (await api.see()).text
    await asyncio.to_thread(postgres.stop)
    answer = await api.see()
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
    assert NAME not in answer.text


async def test_an_answer_that_is_given_again_is_written_down_as_such(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    answers = [await api.http.post("/service-units", json={}, headers=headers) for _ in range(2)]
    answers += await asyncio.gather(*(api.http.post("/service-units", json={}, headers=headers) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [201] * 4
    *again, first = await api.entries()
    assert shown([first]) == [("units.change", str(PERSON), "ok", 201)]
    assert shown(again) == [("units.change", None, "replayed", 201)] * 3
    assert [one["details"] for one in again] == [{"location": answers[0].headers["Location"]}] * 3


async def test_an_answer_is_given_again_when_that_cannot_be_written_down(api: Api, database: Database) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    first = await api.http.post("/service-units", json={}, headers=headers)
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        await owner.execute("ALTER TABLE audit RENAME TO audit_away")
    again = await api.http.post("/service-units", json={}, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)


async def test_a_key_used_again_for_something_else_is_written_down(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    await api.http.post("/service-units", json={}, headers=headers)
    assert (await api.http.post("/service-units", json={"name": NAME}, headers=headers)).status_code == 422
    (refused, _) = await api.entries()
    assert shown([refused]) == [("units.change", None, "idempotency_key_reused", 422)]


@pytest.mark.parametrize("key", [{"Idempotency-Key": "closing"}, {}])
async def test_every_item_of_many_is_written_down_and_the_request_with_what_was_refused(
    database: Database, key: dict[str, str]
) -> None:
    async with serving(database, "test" if key else "development") as api:
        path = f"/service-units/{PERSON}/close"
        answer = await api.http.post(path, json={}, headers=OFFICE | key)
        assert [item["done"] for item in answer.json()["items"]] == [True, True, True, False, False, False]
        found = await api.entries()
        assert {one["action"] for one in found} == {"units.change"}
        assert len({one["request_id"] for one in found}) == 1
        whole = {"items": 6, "refused": 3, "by_code": {"not_found": 1, "wrong_state": 2}}
        assert [one["details"] for one in found] == [whole, {}, {}, {}]
        await api.http.post(path, json={}, headers=OFFICE | key)
        again = await api.entries()
        assert shown(again)[:1] == [("units.change", None, "replayed" if key else "ok", 200)]
        assert again[0]["details"] == ({"unit_id": str(PERSON)} if key else whole)


async def test_a_refusal_is_written_down_with_its_code(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    assert (await api.http.post("/service-units", json={"name": NAME}, headers=headers)).status_code == 409
    assert (await api.see(headers=caller("volunteer", sub="curious"))).status_code == 403
    found = await api.entries()
    assert shown(found) == [("volunteers.read", None, "forbidden", 403), ("units.change", None, "already_there", 409)]
    assert NAME not in str(found)


async def test_who_asks_for_what_is_not_there_or_not_his_is_written_down_alike(api: Api) -> None:
    officer = caller("province_officer", provinces=("24",), sub="prober")
    answers = [await api.see(person, officer) for person in (NOBODY, OTHERS)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(404, answers[0].content)] * 2
    found = await api.entries()
    assert shown(found) == [("volunteers.read", None, "not_found", 404)] * 2
    assert [one["details"] for one in found] == [{"volunteer_id": str(OTHERS)}, {"volunteer_id": str(NOBODY)}]
    assert (await api.http.get(f"/volunteers/{CITIZEN_ID}", headers=officer)).status_code == 404
    assert (await api.http.get(f"/volunteers/{PERSON}", headers={})).status_code == 401
    assert len(await api.entries()) == 2, "what is no id is nobody's, and of whom nobody knows nothing is said"


async def test_who_reads_the_trail_is_in_it_with_what_was_asked(api: Api) -> None:
    for _ in range(3):
        await api.see()
    (first, *_) = await api.entries()
    asked = {"actor": first["actor"], "person_ref": str(PERSON), "action": "volunteers.read"}
    times = {"from": "2021-05-07T12:00:00Z", "until": "9000-01-01T00:00:00Z"}
    page = (await api.http.get("/audit", params=asked | times | {"limit": 2}, headers=AUDITOR)).json()
    await api.http.get("/audit", params=asked | {"cursor": page["next_cursor"]}, headers=AUDITOR)
    await api.http.get("/audit", params={"actor": CITIZEN_ID, "action": NAME}, headers=AUDITOR)
    answer = await api.http.get("/audit", params={"action": "audit.read"}, headers=AUDITOR)
    *_, newest = found = answer.json()["items"][::-1]
    assert shown(found) == [("audit.read", None, "ok", 200)] * 4
    assert {tuple(one["roles"]) for one in found} == {("auditor",)}
    assert [one["details"] for one in found] == [
        {"rows": 3},
        asked | {"from": "2021-05-07T12:00:00+00:00", "until": "9000-01-01T00:00:00+00:00", "rows": 2},
        asked | {"before": 2, "rows": 1},
        {"actor": "unknown", "action": "unknown", "rows": 0},
    ]
    assert newest["number"] == 7


async def test_a_trail_that_cannot_be_added_to_is_not_read(api: Api, database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        await owner.execute("ALTER FUNCTION audit_add RENAME TO audit_add_away")
    answer = await api.http.get("/audit", headers=AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")


async def test_a_refusal_stands_when_it_cannot_be_written_down(api: Api, postgres: PostgresServer) -> None:
    await asyncio.to_thread(postgres.stop)
    assert (await api.see(headers=caller("volunteer"))).status_code == 403


async def test_only_an_auditor_reads_the_trail(api: Api) -> None:
    for role in ("volunteer", "unit_clerk", "province_officer", "agency_officer", "ministry", "admin"):
        answer = await api.http.get("/audit", headers=caller(role))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await api.http.get("/audit")).status_code == 401


async def test_an_auditor_finds_by_who_whom_what_and_when(api: Api) -> None:
    other = uuid4()
    await api.see()
    await api.see(other, caller("province_officer", sub="another"))
    between = datetime.now(UTC)
    await api.see(other)
    third, second, first = await api.entries()
    assert [first["person_ref"], second["person_ref"], third["person_ref"]] == [str(PERSON), str(other), str(other)]
    assert await api.entries(actor=first["actor"]) == [third, first]
    assert await api.entries(person_ref=str(other)) == [third, second]
    assert await api.entries(person_ref=str(other), actor=second["actor"]) == [second]
    assert await api.entries(action="volunteers.read", until=between.isoformat()) == [second, first]
    assert await api.entries(**{"from": between.isoformat()}) == [third]
    assert await api.entries(action="another") == []


async def test_pages_go_on_where_they_ended_though_the_trail_grows(api: Api) -> None:
    for _ in range(5):
        await api.see()
    numbers, cursor = [], None
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await api.http.get("/audit", params=query, headers=AUDITOR)).json()
        numbers += [one["number"] for one in page["items"]]
        await api.see()
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert numbers == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"person_ref": "somebody"},
        {"from": "yesterday"},
        {"from": "1620000000"},
        {"until": "2021-05-07T12:00:00"},
        {"limit": "0"},
        {"cursor": "x"},
        {"cursor": "WyJ4Il0"},
        {"actor": "\x00"},
    ],
)
async def test_a_bad_question_to_the_trail_is_refused(api: Api, query: dict[str, str]) -> None:
    assert (await api.http.get("/audit", params=query, headers=AUDITOR)).status_code == 422
