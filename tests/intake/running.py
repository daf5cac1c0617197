"""Intake as others see it, on the real PostgreSQL: its HTTP side, its projection, and an ear that hears what a test says, without
Kafka."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from services.intake.app import DEFINITION
from services.intake.projection import PROJECTION
from shared.broker import Broker
from shared.consume import Reactions
from shared.events.contract import Event
from shared.process.api import build_api
from shared.projection import Projector
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault, vault_pool
from tests.intake.given import REPORTED_AT
from tests.support.callers import SETTINGS, caller
from tests.support.held import Held
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, running_store
from tests.support.vaults import vault_as

KEY = base64.b64encode(b"k" * 32).decode()
NOW = {"Songtor-Now": "2021-05-12T03:00:00Z"}
AREA = "240409"
CITIZEN = {
    "id_kind": "thai",
    "citizen_id": "1970100000011",
    "title": "นาง",
    "first_name": "สมใจ",
    "last_name": "ใจดี",
    "birth_year": 1979,
    "phone": "081-234-5678",
}
NAMED = {
    "kind": "welfare",
    "area_code": AREA,
    "village_no": 3,
    "reported_at": REPORTED_AT.isoformat(),
    "detail": "ขอคำแนะนำเรื่องสวัสดิการ ลูก 2 คน",
    "citizen": CITIZEN,
    "worker_type": "informal",
    "consent": True,
}
TIPOFF = {"kind": "tipoff_child_labour", "area_code": AREA, "detail": "โรงงานริมคลอง มีเด็กทำงานกลางคืน"}
PERSONAL = ("1970100000011", "สมใจ", "ใจดี", "081-234-5678", "ลูก 2 คน", "โรงงานริมคลอง", r"\u0e2a\u0e21")


@dataclass
class Intake:
    http: httpx.AsyncClient
    ear: Reactions
    store: Store
    vault: Vault
    database: Database
    settings: Settings
    versions: dict[tuple[UUID, str], int] = field(default_factory=dict)

    async def hear(self, *events: Event) -> None:
        """The events as their services' next on their streams."""
        for event in events:
            place = (event.stream, event.OWNER)
            self.versions[place] = self.versions.get(place, 0) + 1
            await self.ear.take(message(recorded(event, version=self.versions[place])))

    async def post(self, path: str, body: Any, *, key: str | None = None, who: Mapping[str, str] | None = None) -> httpx.Response:
        """`who`: a header of `callers.py`; None is a caller with every right."""
        headers = {**NOW, **({} if key is None else {"Idempotency-Key": key}), **(who or {})}
        return await self.http.post(path, json=body, headers=headers)

    async def report(self, body: dict[str, Any] = NAMED, *, key: str | None = None, **changed: Any) -> httpx.Response:
        return await self.post("/needs", body | changed, key=key)

    async def reported(self, body: dict[str, Any] = NAMED, **changed: Any) -> dict[str, Any]:
        """The answer to a need that is taken."""
        answer = await self.report(body, **changed)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def withdraw(self, case_id: str, *, key: str | None = None) -> httpx.Response:
        return await self.post(f"/needs/{case_id}/withdraw", {"reason": "ลูก 2 คน ได้งานแล้ว"}, key=key)

    async def case(self, case_id: str | UUID) -> dict[str, Any]:
        answer = await self.http.get(f"/needs/{case_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def listed(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/needs", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@contextlib.asynccontextmanager
async def running_intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    database = new_store(postgres, PROJECTION)
    settings = Settings(
        ENV="development", database=database.app, vault=vault_as(vault_dsn, "intake"), master_key=KEY, pepper=KEY, **SETTINGS
    )
    projecting = asyncio.create_task(Projector(database.app, "intake", PROJECTION).run())
    async with (
        another_api(settings) as http,
        running_store(database.app, "intake") as store,
        vault_pool(vault_dsn) as pool,
    ):
        vault = Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes)
        yield Intake(http, _ear(store), store, vault, database, settings)
    projecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await projecting


@contextlib.asynccontextmanager
async def another_api(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An api process of its own, as far as the database can tell."""
    app = build_api(DEFINITION, settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=Held(app), base_url="http://intake", timeout=30, headers=caller()) as http,
    ):
        yield http


def _ear(store: Store) -> Reactions:
    nobody = Broker("127.0.0.1:9")
    return Reactions(store, kafka=nobody, topics=DEFINITION.hears, handlers={}, replica="0", data_dir="/nonexistent")


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    """The faults that an answer lists."""
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


def unmarked(answers: Sequence[dict[str, Any]]) -> list[str]:
    """The cases that are no duplicates."""
    return [answer["case_id"] for answer in answers if not answer["duplicate"]]
