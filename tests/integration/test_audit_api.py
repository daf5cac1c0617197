"""What is written down of requests, and who may read it: an api of a few routes on the real PostgreSQL."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import SecretStr

from shared.errors import RefusedError
from shared.process import Definition
from shared.process.api import build_api
from shared.settings import Settings
from shared.web import BulkEdge, Change, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from tests.support.callers import SETTINGS, caller
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, new_stream, unit_opened

pytestmark = pytest.mark.integration

PEPPER = b64encode(token_bytes(32)).decode()
PERSON = UUID("0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
NAME = "สมใจ ใจดี"
OFFICE, AUDITOR = caller("province_officer"), caller("auditor", sub="auditor")


def router() -> APIRouter:
    """Routes of the rights' table, with less behind them."""
    routes = APIRouter()

    @routes.get("/volunteers/{volunteer_id}")
    async def see(edge: ReadEdge, volunteer_id: UUID) -> dict[str, str]:
        await edge.audited(person_ref=volunteer_id, details={"province": "24"})
        return {"name": NAME}

    @routes.post("/service-units", openapi_extra=takes(Listed[str]))
    async def open_unit(edge: WriteEdge) -> Response:
        async def decide() -> Change:
            if edge.raw != b"{}":
                raise RefusedError("already_there")
            stream = new_stream()
            return Change(stream, [unit_opened(stream.id)], {"unit_id": str(stream.id)}, status=201, about=PERSON)

        return await edge.write(decide)

    @routes.post("/service-units/{unit_id}/close", openapi_extra=takes(Listed[str]))
    async def close_unit(edge: BulkEdge, unit_id: UUID) -> Response:
        async def decide() -> Change:
            stream = new_stream()
            return Change(stream, [unit_opened(stream.id)], {})

        items = [await edge.write_item(number, decide) for number in range(3)]
        return await edge.keep({"items": items}, None)

    return routes


DEFINITION = Definition(name="registry", router=router, projections=())


@dataclass(frozen=True)
class Api:
    http: httpx.AsyncClient

    async def entries(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/audit", params=query, headers=AUDITOR)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def see(self, person: UUID = PERSON, headers: dict[str, str] = OFFICE) -> httpx.Response:
        return await self.http.get(f"/volunteers/{person}", headers=headers)


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return new_store(postgres)


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    settings = Settings(ENV="test", database=SecretStr(database.app), pepper=SecretStr(PEPPER), **SETTINGS)
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


async def test_a_write_is_written_down_once_however_often_it_is_sent(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    answers = [await api.http.post("/service-units", json={}, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    (found,) = await api.entries()
    assert (found["action"], found["person_ref"], found["status"]) == ("units.change", str(PERSON), 201)


async def test_every_item_of_many_is_written_down_and_the_request_too(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    answer = await api.http.post(f"/service-units/{PERSON}/close", json={}, headers=headers)
    assert answer.status_code == 200
    found = await api.entries()
    assert {one["action"] for one in found} == {"units.change"}
    assert len({one["request_id"] for one in found}) == 1
    assert [one["details"] for one in found] == [{"items": 3}, {}, {}, {}]


async def test_a_refusal_is_written_down_with_its_code(api: Api) -> None:
    headers = OFFICE | {"Idempotency-Key": str(uuid4())}
    assert (await api.http.post("/service-units", json={"name": NAME}, headers=headers)).status_code == 409
    assert (await api.see(headers=caller("volunteer", sub="curious"))).status_code == 403
    found = await api.entries()
    assert shown(found) == [("volunteers.read", None, "forbidden", 403), ("units.change", None, "already_there", 409)]
    assert NAME not in str(found)


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
