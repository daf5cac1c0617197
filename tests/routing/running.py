"""Routing as others see it, over HTTP on a real database, with an ear that hears what a test says. Servers start elsewhere."""

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import scalar_row

from services.routing import domain
from services.routing.app import DEFINITION
from services.routing.projection import PROJECTION
from services.routing.reactions import handlers
from services.routing.whereabouts import case_of_referral
from shared.broker import Broker
from shared.consume import Reactions
from shared.events.case import CaseFacts
from shared.events.codes import Agency, NeedKind
from shared.events.contract import Event
from shared.events.intake import NeedReported
from shared.ids import new_id
from shared.process import Parts
from shared.process.api import build_api
from shared.projection import Projector
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault, vault_pool
from tests.routing.given import UNIT, unit
from tests.screening.given import need, screened
from tests.support.callers import SETTINGS, caller
from tests.support.held import Held
from tests.support.kafka_records import MOMENT, message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, running_store
from tests.support.vaults import vault_as

SECRET = base64.b64encode(bytes(range(0, 256, 8))).decode()
NOW = "2021-05-21T03:00:00Z"
ID, NAME, PHONE = "1970100000011", "สมใจ", "081-234-5678"
CITIZEN = {"id_kind": "thai", "citizen_id": ID, "title": "นางสาว", "first_name": NAME, "last_name": "ใจดี", "phone": PHONE}
NAMED = {"citizen": CITIZEN, "worker_type": "informal", "consent": True}
HELP = {"assistance_type": "promote", "project_name": "ส่งเสริมอาชีพ", "service_date": "2021-05-20"}
OWN_HELP = {**HELP, **NAMED, "unit_id": str(UNIT)}
WHY = {"reason": f"โทรหา {NAME} ที่ {PHONE} แล้ว"}
CLOSE = {**WHY, "outcome": "not_reached"}
TIPOFF = {"kind": NeedKind.TIPOFF_JOB_SCAM}
WRONG_STATE = (409, "wrong_state")
ANSWERS: dict[str, Any] = {"accept": None, "decline": WHY, "return": WHY, "close": CLOSE, "assistance": HELP}
"""What an agency may do about a referral, each with a good body."""

_ANSWERED = re.compile(r"/referrals/([0-9a-f-]{36})/(?:accept|decline|return|close)")

Found = TypeVar("Found")


class AgencyItself(httpx.Auth):
    """Requests that do not say who asks are those of somebody with all roles in all provinces, and of the very agency that a
    referral is with, which alone may answer to it. Of one that is nowhere yet: of DOE, to which most go."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if "Authorization" not in request.headers:
            answered = _ANSWERED.fullmatch(request.url.path)
            request.headers.update(caller(agency=None if answered is None else await self._agency(UUID(answered[1]))))
        yield request

    async def _agency(self, referral_id: UUID) -> str:
        case_id = await case_of_referral(self._store, referral_id)
        if case_id is None:
            return Agency.DOE
        return domain.fold((await self._store.load(case_id)).events).referrals[referral_id].agency


@dataclass
class Routing:
    http: httpx.AsyncClient
    ear: Reactions
    store: Store
    vault: Vault
    database: Database
    versions: dict[tuple[UUID, str], int] = field(default_factory=dict)

    async def hear(self, *events: Event, at: datetime = MOMENT) -> None:
        """The events as their services' next on their streams, recorded at `at`."""
        for event in events:
            place = (event.stream, event.OWNER)
            self.versions[place] = self.versions.get(place, 0) + 1
            await self.ear.take(message(recorded(event, version=self.versions[place], at=at)))

    async def need(self, **facts: Any) -> NeedReported:
        """A new need, heard; its person is the CITIZEN, whom the vault knows. For a tip-off give its kind."""
        person: dict[str, Any] = {}
        if not NeedKind(facts.get("kind", NeedKind.JOB_DOMESTIC)).tipoff:
            ref = await self.vault.enrol("thai", ID)
            person = {"person_ref": ref, "person": await self.vault.seal(ref, CITIZEN)}
        reported = need(new_id(), **{"unit_id": UNIT, **person, **facts})
        await self.hear(reported)
        return reported

    async def refer(self, reported: CaseFacts | None = None, round_: int = 1, *, at: datetime = MOMENT, **decided: Any) -> str:
        """The id of the referral that an eligible decision leads to."""
        reported = await self.need() if reported is None else reported
        await self.hear(screened(reported, round_=round_, **decided), at=at)
        (found,) = [str(row["referral_id"]) for row in await self.listed(case_id=reported.case_id) if row["round"] == round_]
        return found

    async def post(self, path: str, body: Any = None, *, now: str = NOW, key: str | None = None) -> httpx.Response:
        headers = {"Songtor-Now": now} | ({} if key is None else {"Idempotency-Key": key})
        return (
            await self.http.post(path, headers=headers)
            if body is None
            else await self.http.post(path, json=body, headers=headers)
        )

    async def done(self, path: str, body: Mapping[str, Any] | None = None, *, now: str = NOW) -> dict[str, Any]:
        """A write that must succeed."""
        answer = await self.post(path, body, now=now)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, path: str, body: Any = None, *, now: str = NOW) -> tuple[int, str]:
        """Status and code of a write that must not succeed."""
        answer = await self.post(path, body, now=now)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    async def get(self, path: str, *, now: str = NOW, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(path, params=query, headers={"Songtor-Now": now})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def listed(self, *, now: str = NOW, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/referrals", now=now, **{"limit": 200, **query}))["items"]
        return found

    async def status(self, referral_id: str) -> str:
        """As the referral itself says and as the list says, which must be the same."""
        one = await self.get(f"/referrals/{referral_id}")
        (row,) = [row for row in await self.listed(case_id=one["case_id"]) if row["referral_id"] == referral_id]
        assert row == one
        found: str = one["status"]
        return found

    async def said(self, stream: UUID | str) -> list[str]:
        """The types of what routing itself said on a stream."""
        records = (await self.store.load(UUID(str(stream)))).records
        return [record.type for record in records if record.source == "routing"]

    async def last(self, stream: UUID | str, kind: type[Event]) -> Any:
        """The last event of a type on a stream."""
        return [event for event in (await self.store.load(UUID(str(stream)))).events if isinstance(event, kind)][-1]

    async def asked(self, statement: str) -> list[Any]:
        """The first column of what is in the database."""
        async with await psycopg.AsyncConnection.connect(self.database.owner, autocommit=True) as connection:
            return await (await connection.cursor(row_factory=scalar_row).execute(statement.encode())).fetchall()


async def until(ask: Callable[[], Awaitable[Found]], good: Callable[[Found], bool]) -> None:
    """Asks until the answer is good, for at most 15 s."""
    end = asyncio.get_running_loop().time() + 15
    while not good(await ask()):
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.05)


def empty_database(postgres: PostgresServer) -> Database:
    """A database of routing with nothing in it."""
    return new_store(postgres, PROJECTION)


@contextlib.asynccontextmanager
async def running(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    """Routing on a database of its own, to which registry has named the UNIT."""
    database = empty_database(postgres)
    settings = Settings(
        ENV="development",
        database=database.app,
        vault=vault_as(vault_dsn, "routing"),
        master_key=SECRET,
        pepper=SECRET,
        **SETTINGS,
    )
    app = build_api(DEFINITION, settings)
    projecting = asyncio.create_task(Projector(database.app, "routing", PROJECTION).run())
    transport = Held(app, raise_app_exceptions=False)
    async with (
        running_store(database.app, "routing") as store,
        vault_pool(vault_dsn) as pool,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://routing", timeout=30, auth=AgencyItself(store)) as http,
    ):
        vault = Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes)
        ear = Reactions(
            store,
            kafka=Broker("127.0.0.1:9"),
            topics=DEFINITION.hears,
            handlers=handlers(Parts(settings, store, None)),
            replica="0",
            data_dir="/nonexistent",
        )
        found = Routing(http, ear, store, vault, database)
        await found.hear(unit())
        yield found
        projecting.cancel()
        await asyncio.wait({projecting})
