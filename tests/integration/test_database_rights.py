"""Who gets into which database, and what a service's own role may do with its events; made as a stack's databases are."""

from typing import LiteralString

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local import databases
from shared.events.catalogue import SERVICES
from shared.sight import EVERYTHING_SHOWN
from tests.support.servers import PostgresServer
from tests.support.stores import append_new, new_store, running_store
from tests.support.vaults import new_vault

pytestmark = pytest.mark.integration

WRITES: tuple[LiteralString, ...] = (
    "INSERT INTO events SELECT * FROM events",
    "UPDATE events SET type = 'another'",
    "DELETE FROM events",
    "TRUNCATE events",
    "SELECT FROM events FOR UPDATE",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "DROP TABLE events",
    "UPDATE head SET position = 0",
    "DELETE FROM claims",
    "INSERT INTO commands VALUES ('key', '\\x00', '{}')",
)


def name(dsn: str) -> str:
    return str(conninfo_to_dict(dsn)["dbname"])


def test_every_role_enters_its_own_database_and_no_other(postgres: PostgresServer) -> None:
    databases.close_to_strangers(postgres.dsn)
    made = [databases.Database(*postgres.new_database()) for _ in SERVICES]
    vault = new_vault(postgres)
    roles = [role for database in made for role in (database.owner, database.app)] + [vault.owner, *vault.apps.values()]
    places = {*map(name, roles), "postgres", "template1"}
    assert len(places) == len(SERVICES) + 1 + 2
    for role in roles:
        psycopg.connect(role).close()
        for other in places - {name(role)}:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(make_conninfo(role, dbname=other))
    for role in (*(database.owner for database in made), vault.owner):
        postgres.drop(role)


async def test_a_service_writes_its_events_by_appending_alone(postgres: PostgresServer) -> None:
    database = new_store(postgres)
    async with running_store(database.app) as store:
        await append_new(store)
    with psycopg.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        for statement in WRITES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    postgres.drop(database.owner)
