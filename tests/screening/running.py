"""Screening at work for the tests that need the real PostgreSQL: its HTTP side, its projector, and an ear that hears what a test
says, without Kafka."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.screening.app import DEFINITION
from services.screening.projection import PROJECTION
from services.screening.reactions import handlers
from shared.broker import Broker
from shared.consume import Reactions
from shared.events.contract import Event
from shared.ids import new_id
from shared.process import Parts
from shared.process.api import build_api
from shared.projection import Projector
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault, vault_pool
from shared.vault_halves import make_public_halves
from tests.screening.given import REPORTED_AT, need
from tests.support.callers import SETTINGS, caller
from tests.support.held import Held
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, running_store
from tests.support.vaults import vault_as

MASTER = b"k" * 32
KEY = base64.b64encode(MASTER).decode()
NOW = {"Songtor-Now": "2021-05-12T03:00:00Z"}


class Anybody(httpx.Auth):
    """Requests that do not say who asks are those of somebody with all roles in all provinces."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if "Authorization" not in request.headers:
            request.headers.update(caller())
        yield request


@dataclass
class Screening:
    """The service as others see it: its HTTP side, and an ear that hears what the test says."""

    http: httpx.AsyncClient
    ear: Reactions
    store: Store
    vault: Vault
    database: Database
    versions: dict[tuple[UUID, str], int] = field(default_factory=dict)

    async def hear(self, *events: Event) -> None:
        """The events as their services' next on their streams."""
        for event in events:
            place = (event.stream, event.OWNER)
            self.versions[place] = self.versions.get(place, 0) + 1
            await self.ear.take(message(recorded(event, version=self.versions[place])))

    async def needs(self, count: int, **facts: Any) -> list[UUID]:
        """So many new cases, each reported a minute after the one before."""
        cases = [new_id() for _ in range(count)]
        for number, case_id in enumerate(cases):
            await self.hear(need(case_id, **{"reported_at": REPORTED_AT + timedelta(minutes=number), **facts}))
        return cases

    async def decide(self, case_id: UUID, decision: str = "eligible", *, key: str | None = None, **others: Any) -> httpx.Response:
        headers = {**NOW, **({} if key is None else {"Idempotency-Key": key})}
        return await self.http.post(f"/cases/{case_id}/decision", json={"decision": decision, **others}, headers=headers)

    async def decide_many(self, items: Sequence[Any], *, key: str | None = None) -> httpx.Response:
        headers = {**NOW, **({} if key is None else {"Idempotency-Key": key})}
        return await self.http.post("/decisions", json={"items": items}, headers=headers)

    async def case(self, case_id: UUID) -> dict[str, Any]:
        answer = await self.http.get(f"/cases/{case_id}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def queue(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/queue", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def said(self, case_id: UUID) -> list[str]:
        """The types of what screening itself said of a case."""
        return [record.type for record in (await self.store.load(case_id)).records if record.source == "screening"]


@contextlib.asynccontextmanager
async def running(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Screening]:
    database = new_store(postgres, PROJECTION)
    given = Settings(ENV="development", database=database.app, vault=vault_as(vault_dsn, "screening"), pepper=KEY, **SETTINGS)
    await asyncio.to_thread(make_public_halves, vault_as(vault_dsn, "owner"), MASTER)
    app = build_api(DEFINITION, given)
    projecting = asyncio.create_task(Projector(database.app, "screening", PROJECTION).run())
    async with (
        running_store(database.app, "screening") as store,
        vault_pool(vault_dsn) as pool,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=Held(app), base_url="http://screening", timeout=30, auth=Anybody()) as http,
    ):
        vault = Vault(pool, master_key=MASTER, pepper=given.pepper_bytes)
        ear = Reactions(
            store,
            kafka=Broker("127.0.0.1:9"),
            topics=DEFINITION.hears,
            handlers=handlers(Parts(given, store, None)),
            replica="0",
            data_dir="/nonexistent",
        )
        yield Screening(http, ear, store, vault, database)
    projecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await projecting
