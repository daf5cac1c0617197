"""Reporting on a real database, for tests: told events by hand as its ear would take them from Kafka, asked over HTTP."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg

from deploy.local.font import find_fonts
from services.reporting.app import DEFINITION
from services.reporting.projection import PROJECTION
from shared.broker import Broker
from shared.consume.ends import Ends
from shared.consume.hearing import Hearing
from shared.events.routing import AssistanceRecorded
from shared.process.api import build_api
from shared.projection import Projector, prepare
from shared.settings import Settings
from shared.sight import EVERYTHING_SHOWN
from shared.store import Recorded
from shared.store.store import Connection
from shared.vault import Vault, vault_pool
from shared.web.state import ApiState
from tests.reporting.given import an_id, helped
from tests.support.callers import SETTINGS, caller
from tests.support.held import Held
from tests.support.kafka_records import message
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store
from tests.support.vaults import vault_as

UNIT, OTHER_UNIT = an_id(1), an_id(2)
RECORDED_AT = datetime(2021, 5, 26, 3, 4, 5, 678, tzinfo=UTC)
SOMJAI = {"id_kind": "thai", "citizen_id": "1970100000011", "title": "นางสาว", "first_name": "สมใจ", "last_name": "ใจดี"}
MASTER, PEPPER = b"m" * 32, b"p" * 32
NOBODY_LISTENS = "127.0.0.1:9"


@dataclass
class Reporting:
    """One running reporting service."""

    database: Database
    http: httpx.AsyncClient
    connection: Connection
    state: ApiState
    _following: dict[tuple[str, int], int] = field(default_factory=dict)

    async def tell(self, *records: Recorded, batch: int = 2000) -> None:
        """As if the ear had read them from Kafka, each topic in its partition 0, in batches of this size."""
        messages = []
        for record in records:
            offset = self._following.get((record.topic, 0), 0)
            self._following[record.topic, 0] = offset + 1
            messages.append(message(record, offset=offset))
        hearing = Hearing(self.state.store, "", Broker(""), DEFINITION.hears)
        for start in range(0, len(messages), batch):
            await hearing.take(self.connection, messages[start : start + batch])

    async def get(self, path: str, *, now: str = "2021-06-30T05:00:00Z", status: int = 200, **query: Any) -> Any:
        """The JSON of an answer, which must have that status."""
        answer = await self.http.get(path, params=query, headers={"Songtor-Now": now})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, *, now: str | None = None, key: str | None = None, status: int = 201, **body: Any) -> Any:
        """The JSON of the answer to a write, which must have that status. `now` None: by the real clock."""
        headers = {} if now is None else {"Songtor-Now": now}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = await self.http.post(path, json={name: str(value) for name, value in body.items()}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def rows(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        found = {}
        for table in PROJECTION.tables:
            cursor = await self.connection.execute(f"SELECT * FROM {table.name} ORDER BY {', '.join(table.key)}".encode())
            found[table.name] = await cursor.fetchall()
        return found

    async def project_all(self, batch: int) -> None:
        """Takes in all that the store holds, for when no projector runs."""
        while await Projector(self.database.app, DEFINITION.name, PROJECTION, batch=batch).step(self.connection):
            pass


def empty_database(postgres: PostgresServer) -> Database:
    """A database of reporting with nothing in it."""
    return new_store(postgres, PROJECTION)


@contextlib.asynccontextmanager
async def vault_of(dsn: str) -> AsyncIterator[Vault]:
    """The vault for a test of its own, as intake."""
    async with vault_pool(dsn) as opened:
        yield Vault(opened, master_key=MASTER, pepper=PEPPER)


async def help_for(vault: Vault, number: int, person: dict[str, Any], **changed: Any) -> AssistanceRecorded:
    """Help by UNIT to a person whom the vault knows."""
    ref = await vault.enrol(person["id_kind"], person.get("citizen_id"))
    box = await vault.seal(ref, person)
    facts: dict[str, Any] = {"unit_id": UNIT, "recorded_at": RECORDED_AT, "person_ref": ref, "person": box}
    return helped(an_id(number), **(facts | changed))


def settings_of(database: Database, vault: str, kafka: str, **changed: Any) -> Settings:
    values: dict[str, Any] = {
        "ENV": "development",
        "database": database.app,
        "vault": vault_as(vault, "reporting"),
        "kafka": kafka,
        "master_key": base64.b64encode(MASTER).decode(),
        "pepper": base64.b64encode(PEPPER).decode(),
        **SETTINGS,
    }
    return Settings(**(values | changed))


@contextlib.asynccontextmanager
async def running(
    database: Database,
    vault: str,
    *,
    kafka: str = NOBODY_LISTENS,
    topic_suffix: str = "",
    projecting: bool = True,
    printing: bool = False,
    **changed: Any,
) -> AsyncIterator[Reporting]:
    """The api, and a projector unless the test projects by itself. Its printing processes take a moment to begin: only with
    `printing`. `changed`: settings."""
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as owner:
        await prepare(owner, PROJECTION)
    definition = DEFINITION if printing else replace(DEFINITION, opens=None)
    fonts: dict[str, Any] = {"fonts": find_fonts(), "printers": 1} if printing else {}
    app = build_api(definition, settings_of(database, vault, kafka, **fonts, **changed))
    if topic_suffix:
        app.state.songtor = with_ends(app.state.songtor, Ends(Broker(kafka), DEFINITION.hears, topic_suffix=topic_suffix))
    tasks = [asyncio.create_task(_projecting(database))] if projecting else []
    async with (
        app.router.lifespan_context(app),
        await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection,
        httpx.AsyncClient(transport=Held(app), base_url="http://reporting", headers=caller()) as http,
    ):
        try:
            yield Reporting(database, http, connection, app.state.songtor)
        finally:
            await stop(tasks)
            if topic_suffix and app.state.songtor.ends is not None:
                await app.state.songtor.ends.close()


def with_ends(state: ApiState, ends: Ends) -> ApiState:
    return ApiState(state.settings, state.store, state.vault, state.authenticator, state.hears, state.rules, ends)


async def _projecting(database: Database) -> None:
    await Projector(database.app, DEFINITION.name, PROJECTION).run()


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
