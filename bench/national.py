"""Reporting's api alone, as a process of its own, on a store that has heard a year of the nation: what is read, without Kafka and
without the other services."""

import base64
import contextlib
import itertools
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx
import psycopg
import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.filled import hear_all
from bench.nation import BOOK_MONTH, LONG_MONTH, Nation, all_months
from bench.stage import Database, Stage
from deploy.local.cache import ROOT
from deploy.local.databases import VaultDatabase
from deploy.local.font import find_fonts
from deploy.local.ports import free_ports
from deploy.local.processes import Running
from deploy.local.say import step
from deploy.local.waiting import wait_until
from services.reporting.projection import PROJECTION
from shared import sealing
from shared.buddhist_calendar import Month
from shared.dev_issuer import TokenRequest, issuer_key, new_issuer_key, signed
from shared.projection import Projector, prepare
from shared.sight import EVERYTHING_SHOWN

READY_SECONDS = STOP_SECONDS = 30.0
NOBODY_THERE = "127.0.0.1:9"
"""In place of Kafka, which these reads do not ask."""


@dataclass(frozen=True, slots=True)
class National:
    """A running api. `token`: the ministry's; `assistances`: how many times help its store holds, all of one fiscal year."""

    url: str
    token: str
    units: Sequence[UUID]
    assistances: int


@contextlib.contextmanager
def national(stage: Stage) -> Iterator[National]:
    """Filled and ready when given. For `Stage.shared`: several benches read it, none writes."""
    reporting, vault = stage.new_store(), stage.new_vault()
    nation, master_key = Nation(), sealing.new_data_key()
    months = [BOOK_MONTH, LONG_MONTH] if stage.quick else all_months()
    with step("a store that has heard a year of the nation"):
        assistances = uvloop.run(_fill(reporting, nation, months))
        _enrol(vault.owner, master_key, nation.people)
        for owner in (reporting.owner, vault.owner):
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")  # what autovacuum does in its time
    pem, jwks = new_issuer_key()
    (stage.home / "jwks.json").write_bytes(jwks)
    ministry = TokenRequest(sub="bench", roles=["ministry"], provinces=["*"])
    token = signed(issuer_key(pem), ministry, issuer="songtor-dev", audience="songtor").access_token
    with _api(stage, reporting, vault, master_key) as url:
        yield National(url, token, [unit.unit_id for unit in nation.units], assistances)


async def _fill(database: Database, nation: Nation, months: Sequence[Month]) -> int:
    """Heard and projected. Returns how many times help."""
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True, options=EVERYTHING_SHOWN) as owner:
        await prepare(owner, PROJECTION)
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        await hear_all(connection, itertools.chain(nation.opened(), nation.helped(months)))
        projector = Projector(database.app, "reporting", PROJECTION)
        while await projector.step(connection):
            pass
        row = await (await connection.execute("SELECT count(*) FROM assistances")).fetchone()
        assert row is not None
        return int(row[0])


def _enrol(vault_owner: str, master_key: bytes, people: Sequence[tuple[UUID, bytes]]) -> None:
    """The people as the vault keeps them, without their documents: nobody is looked for."""
    master = AESGCM(master_key)
    with (
        psycopg.connect(vault_owner) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY keys (key_ref, wrapped, enrolled_by, confirmed) FROM STDIN") as copy,
    ):
        for person_ref, data_key in people:
            copy.write_row((person_ref, sealing.wrap(master, person_ref, data_key), ["routing"], True))


@contextlib.contextmanager
def _api(stage: Stage, reporting: Database, vault: VaultDatabase, master_key: bytes) -> Iterator[str]:
    (port,) = free_ports(1)
    environment = {
        "ENV": "development",
        "PYTHONPATH": str(ROOT),
        "SONGTOR_DATABASE": reporting.app,
        "SONGTOR_VAULT": vault.apps["reporting"],
        "SONGTOR_MASTER_KEY": base64.b64encode(master_key).decode(),
        "SONGTOR_PEPPER": base64.b64encode(sealing.new_data_key()).decode(),
        "SONGTOR_KAFKA": NOBODY_THERE,
        "SONGTOR_PORT": str(port),
        "SONGTOR_JWKS": str(stage.home / "jwks.json"),
        "SONGTOR_DATA_DIR": str(stage.home),
        "SONGTOR_FONTS": str(find_fonts()),
    }
    running = Running([sys.executable, "-m", "services.reporting", "api"], stage.home / "reporting.log", env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        if not wait_until(lambda: not running.alive() or _ready(url), READY_SECONDS) or not running.alive():
            raise running.failed("reporting's api")
        yield url
    finally:
        running.end(signal.SIGTERM, STOP_SECONDS)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
