"""Registry as others see it, over HTTP on a real database, and what a test asks of it. Servers are started elsewhere."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
from psycopg.rows import scalar_row

from services.registry.app import DEFINITION
from services.registry.projection import PROJECTION
from shared.citizen_id import check_digit
from shared.process.api import build_api
from shared.projection import Projector, prepare
from shared.settings import Settings
from shared.vault import Vault, vault_pool
from tests.support.stores import KEY_LIFE_SECONDS, Database

SECRET = base64.b64encode(b"k" * 32).decode()
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

    async def post(self, path: str, body: Any, *, now: str = NOW, key: str | None = None) -> httpx.Response:
        headers = {"Songtor-Now": now} | ({} if key is None else {"Idempotency-Key": key})
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


@contextlib.asynccontextmanager
async def running(
    database: Database,
    vault_dsn: str,
    *,
    env: Literal["development", "test"] = "development",
    jwks: Path | None = None,
    dev_issuer_key: Path | None = None,
) -> AsyncIterator[Registry]:
    """`database` is a migrated store without projections."""
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
        await prepare(connection, PROJECTION)
    settings = Settings(
        ENV=env,
        database=database.app,
        vault=vault_dsn,
        vault_key_seconds=KEY_LIFE_SECONDS,
        master_key=SECRET,
        pepper=SECRET,
        jwks=None if jwks is None else str(jwks),
        dev_issuer_key=dev_issuer_key,
    )
    app = build_api(DEFINITION, settings)
    projecting = asyncio.create_task(Projector(database.app, "registry", PROJECTION).run())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        vault_pool(vault_dsn) as pool,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://registry", timeout=30) as http,
    ):
        vault = Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes, service="registry")
        yield Registry(http, vault, database)
        projecting.cancel()
        await asyncio.wait({projecting})
