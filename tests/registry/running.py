"""Registry as others see it, over HTTP on a real database, and what a test asks of it. Servers are started elsewhere."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import scalar_row

from deploy.local.font import find_fonts
from services.registry.app import DEFINITION
from shared.broker import Broker
from shared.citizen_id import check_digit
from shared.consume.hearing import Hearing
from shared.events.contract import Event
from shared.process.api import build_api
from shared.projection import Projector
from shared.settings import Settings
from shared.sight import EVERYTHING_SHOWN
from shared.vault import Vault, vault_pool
from shared.web.state import ApiState
from tests.support.callers import SETTINGS, caller
from tests.support.held import Held
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store
from tests.support.vaults import vault_as

SECRET = base64.b64encode(bytes(range(0, 256, 8))).decode()
SECRET_BEFORE = base64.b64encode(bytes(range(1, 257, 8))).decode()
PRINTED: dict[str, Any] = {"card_key": SECRET, "card_keys_before": SECRET_BEFORE, "printers": 1}
NOW = "2011-10-15T03:00:00Z"
AREAS = ("200101", "200102", "200103")
LEVELS = {"village": 0, "subdistrict": 0, "municipality": 0, "district": 0}
NAME, PHONE = "สมใจ", "081-234-5678"


def citizen_id(number: int) -> str:
    """An invented person's: no registrar has the code 97xx."""
    first = f"1970{number:08}"
    return first + check_digit(first)


def appointment(number: int = 1, **changed: Any) -> dict[str, Any]:
    given = {"citizen_id": citizen_id(number), "title": "นางสาว", "first_name": NAME, "last_name": "ใจดี", "phone": PHONE}
    order = {"level": "subdistrict", "area_code": AREAS[0], "appointed_on": "2011-10-01", "order_no": "1/2555"}
    return given | order | changed


@dataclass
class Registry:
    http: httpx.AsyncClient
    vault: Vault
    database: Database
    state: ApiState
    _versions: dict[tuple[UUID, str], int] = field(default_factory=dict)
    _following: dict[str, int] = field(default_factory=dict)

    async def hear(self, *events: Event) -> None:
        """The events of other services as their next on their streams, each topic in its partition 0."""
        messages = []
        for event in events:
            stream, offset = (event.stream, event.OWNER), self._following.get(event.topic, 0)
            self._versions[stream] = self._versions.get(stream, 0) + 1
            self._following[event.topic] = offset + 1
            messages.append(message(recorded(event, version=self._versions[stream]), offset=offset))
        async with await psycopg.AsyncConnection.connect(
            self.database.app, autocommit=True, options=EVERYTHING_SHOWN
        ) as connection:
            await Hearing(self.state.store, "", Broker(""), DEFINITION.hears).take(connection, messages)

    async def post(
        self, path: str, body: Any, *, now: str = NOW, key: str | None = None, who: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """`who`: a header of `callers.py`; None is a caller with every right."""
        headers = {"Songtor-Now": now} | ({} if key is None else {"Idempotency-Key": key}) | dict(who or {})
        return await self.http.post(path, json=body, headers=headers)

    async def get(self, path: str, *, now: str = NOW, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(path, params=query, headers={"Songtor-Now": now})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def done(self, path: str, body: Mapping[str, Any], *, now: str = NOW) -> dict[str, Any]:
        """A write that must succeed."""
        answer = await self.post(path, dict(body), now=now)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def appoint(self, number: int = 1, *, now: str = NOW, **changed: Any) -> str:
        """The id of a new volunteer."""
        return str((await self.done("/volunteers", appointment(number, **changed), now=now))["volunteer_id"])

    async def asked(self, statement: str, *parameters: Any) -> list[Any]:
        """The first column of what is in the database."""
        async with await psycopg.AsyncConnection.connect(self.database.owner, autocommit=True) as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            return await (await cursor.execute(statement.encode(), parameters)).fetchall()

    async def events(self) -> int:
        return int((await self.asked("SELECT count(*) FROM events"))[0])


def empty_database(postgres: PostgresServer) -> Database:
    """A database of registry with nothing in it."""
    return new_store(postgres, *DEFINITION.projections)


@contextlib.asynccontextmanager
async def running(
    database: Database,
    vault_dsn: str,
    *,
    env: Literal["development", "test"] = "development",
    jwks: Path | None = None,
    dev_issuer_key: Path | None = None,
    printing: bool = False,
    **changed: Any,
) -> AsyncIterator[Registry]:
    """`database`: as `empty_database` makes it. Printing processes take a moment to begin: only with `printing`.
    `changed`: settings."""
    told = ({"fonts": find_fonts()} if printing else {}) | ({} if jwks is None else {"jwks": str(jwks)})
    settings = Settings(
        ENV=env,
        database=database.app,
        vault=vault_as(vault_dsn, "registry"),
        master_key=SECRET,
        pepper=SECRET,
        dev_issuer_key=dev_issuer_key,
        **(SETTINGS | PRINTED | told | changed),
    )
    app = build_api(DEFINITION if printing else replace(DEFINITION, opens=None), settings)
    projecting = [
        asyncio.create_task(Projector(database.app, "registry", projection).run()) for projection in DEFINITION.projections
    ]
    transport = Held(app, raise_app_exceptions=False)
    async with (
        vault_pool(vault_dsn) as pool,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://registry", timeout=30, headers=caller()) as http,
    ):
        vault = Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes)
        yield Registry(http, vault, database, app.state.songtor)
        for task in projecting:
            task.cancel()
        await asyncio.wait(projecting)
