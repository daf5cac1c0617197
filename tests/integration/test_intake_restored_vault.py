"""An older vault is put back: people are forgotten again, and found by the documents that they were corrected to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from services.intake.app import DEFINITION
from services.intake.people.erasures import Erasures
from services.intake.people.reapply import reapply
from shared.connecting import connect
from shared.process import main
from shared.vault import Vault, vault_pool
from tests.intake.people import (
    BECAUSE,
    DOCUMENT,
    ID,
    OTHER_ID,
    person_of,
)
from tests.intake.running import CITIZEN, Intake, another_api, running_intake
from tests.support.servers import PostgresServer, wait_until_empty

pytestmark = pytest.mark.integration


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


def backup(postgres: PostgresServer, vault_dsn: str) -> str:
    """A copy of the vault as it is, under a name of its own."""
    name, copy = str(conninfo_to_dict(vault_dsn)["dbname"]), f"backup_{uuid4().hex[:8]}"
    postgres.end_connections(vault_dsn)
    wait_until_empty(postgres.dsn, name)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" OWNER vault_owner'.encode())
    return copy


def restore(postgres: PostgresServer, vault_dsn: str, copy: str) -> None:
    """The copy in place of the vault."""
    name = str(conninfo_to_dict(vault_dsn)["dbname"])
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        connection.execute(f'ALTER DATABASE "{copy}" RENAME TO "{name}"'.encode())
        connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO vault'.encode())


async def test_after_an_older_vault_was_put_back_everybody_is_forgotten_again(
    postgres: PostgresServer, vault_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_intake(postgres, vault_dsn) as intake:
        forgotten = (await intake.reported())["case_id"]
        corrected = (await intake.reported(citizen={**CITIZEN, "citizen_id": "5973300001008"}))["case_id"]
        settings, database = intake.settings, intake.database
    copy = await asyncio.to_thread(backup, postgres, vault_dsn)
    async with running_again(intake, vault_dsn) as vault:
        ref = UUID(await asyncio.to_thread(_person_in, database.owner, forgotten))
        put_right = UUID(await asyncio.to_thread(_person_in, database.owner, corrected))
        async with another_api(intake.settings) as http:
            assert (await http.post("/people/forget", json={**DOCUMENT, **BECAUSE})).status_code == 202
            fields = {"id_kind": "thai", "citizen_id": OTHER_ID}
            answer = await http.post(f"/people/{put_right}/correct", json={"fields": fields, **BECAUSE})
            assert answer.status_code == 200
        async with await connect(database.app, name="erasures") as connection:
            await Erasures(database.app, "intake", vault).step(connection)
        assert not await vault.knows(ref)
    await asyncio.to_thread(restore, postgres, vault_dsn, copy)
    async with running_again(intake, vault_dsn) as vault:
        assert await vault.find("thai", ID) == ref  # the older vault knows the person
        assert await vault.find("thai", OTHER_ID) is None
    for name in ("database", "vault", "master_key", "pepper"):
        monkeypatch.setenv(f"SONGTOR_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("ENV", "development")
    for still_known in (1, 0):
        assert await asyncio.to_thread(main, DEFINITION, ["people", "reapply"]) == 0
        said = capsys.readouterr().out
        assert f"1 people are to be forgotten; the vault still knew {still_known} of them" in said
        assert "1 people are found by the document that they were corrected to" in said
    async with running_again(intake, vault_dsn) as vault:
        assert await vault.find("thai", ID) is None
        assert not await vault.knows(ref)
        assert await vault.find("thai", OTHER_ID) == put_right
        async with another_api(intake.settings) as http:
            assert (await http.get(f"/needs/{forgotten}")).json()["citizen"] is None
            assert (await http.get(f"/needs/{corrected}")).json()["citizen"]["citizen_id"] == OTHER_ID


async def test_a_document_that_somebody_has_taken_since_is_said_and_left(intake: Intake) -> None:
    """Somebody was reported to the older vault by the document that another was corrected to."""
    person_ref = UUID(await person_of(intake, (await intake.reported())["case_id"]))
    fields = {"id_kind": "thai", "citizen_id": OTHER_ID}
    await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
    await intake.vault.rekey(person_ref, "thai", ID)  # as the older vault has it
    other = await intake.vault.enrol("thai", OTHER_ID)
    async with await connect(intake.database.app, name="reapply") as connection:
        done = await reapply(connection, intake.vault)
    assert done.refused == (person_ref,)
    assert await intake.vault.find("thai", OTHER_ID) == other


@contextlib.asynccontextmanager
async def running_again(intake: Intake, vault_dsn: str) -> AsyncIterator[Vault]:
    """The vault with new connections and nothing cached."""
    async with vault_pool(make_conninfo(vault_dsn)) as pool:
        settings = intake.settings
        yield Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes)


def _person_in(dsn: str, case_id: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT data ->> 'person_ref' FROM events WHERE stream_id = %s", [case_id]).fetchone()
    assert row is not None
    found: str = row[0]
    return found
