"""The audit trail on the real PostgreSQL: its chain under many writers, together with events or not at all, and shut to the role
that the services log in as."""

import asyncio
import sys
from argparse import ArgumentParser
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from secrets import token_bytes
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from services.registry.app import DEFINITION
from shared.audit import trail
from shared.audit.chain import Finding, Head, Link, Verification, Wrong, hash_of
from shared.audit.entry import Entry
from shared.audit.trail import record
from shared.errors import ConflictError, UnavailableError
from shared.process import audit_command
from shared.settings import Settings
from shared.sight import EVERYTHING_SHOWN
from shared.store import Command, Repeated, Store
from shared.store.alone import alone
from tests.support.audit_writer import entry
from tests.support.servers import PostgresServer
from tests.support.stores import Database, append_new, group, new_stream, running_store

pytestmark = pytest.mark.integration

WRITER = "tests.support.audit_writer"
PERSON = UUID("0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
PEPPER = b64encode(token_bytes(32)).decode()


async def links_of(database: Database) -> tuple[list[Link], Head]:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        head = await trail.head(connection)
        return await trail.links_after(connection, 0, through=2**62, limit=100_000), head


async def findings(database: Database, *published: Link) -> list[Finding]:
    links, head = await links_of(database)
    verification = Verification({link.number: frozenset({link.hash}) for link in published})
    return [found for link in links for found in verification.take(link)] + verification.end(head)


async def as_owner(database: Database, *statements: str) -> None:
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def count_of_events(database: Database) -> int:
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        row = await (await connection.execute("SELECT count(*) FROM events")).fetchone()
        assert row is not None
        return int(row[0])


# The chain


@pytest.mark.parametrize(
    "said",
    [
        Entry("a", frozenset(), "x", "r"),
        Entry("ผู้ตรวจ", frozenset({"auditor", "admin"}), "needs.read", "r-1", PERSON, {"form": "sp12", "rows": 3}),
        Entry('"\\1:', frozenset({"admin"}), "-", "", None, {"จังหวัด": ['"', "\\", "\n", 1.5, None]}, "forbidden", 403),
    ],
)
async def test_the_database_makes_the_hashes_that_are_worked_out_again(store: Store, database: Database, said: Entry) -> None:
    for _ in range(3):
        await record(store, said)
    links, head = await links_of(database)
    assert [link.number for link in links] == [1, 2, 3]
    assert [link.hash for link in links] == [hash_of(link) for link in links]
    assert head == Head(3, links[-1].hash)
    assert links[0][2:10] == (said.actor, tuple(sorted(said.roles)), *said.values()[2:])
    assert await findings(database) == []


async def _writer(database: Database, how: str, count: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", WRITER, database.app, how, str(count))


async def test_processes_at_once_keep_one_chain_without_holes(database: Database) -> None:
    """Two read, one writes, one rolls every second transaction back, and two are killed on their way."""
    steady = [await _writer(database, "reads", 60) for _ in range(2)]
    steady += [await _writer(database, "writes", 80), await _writer(database, "slow", 40)]
    doomed = [await _writer(database, "slow", 100_000), await _writer(database, "reads", 100_000)]
    assert [await writer.wait() for writer in steady] == [0, 0, 0, 0]
    for writer in doomed:
        writer.kill()
        await writer.wait()
    async with running_store(database.app) as store:
        await record(store, entry())  # whoever was killed holds nobody up
    links, head = await links_of(database)
    assert [link.number for link in links] == list(range(1, head.number + 1))
    assert len(links) > 2 * 60 + 80 + 20
    assert await findings(database) == []


# Together with events


async def test_an_entry_is_stored_with_the_events_of_its_group(store: Store, database: Database) -> None:
    about = replace(entry("units.open"), person_ref=PERSON, status=201)
    await store.append(replace(group(new_stream()), audit=about))
    links, _ = await links_of(database)
    assert [(link.action, link.person_ref, link.outcome, link.status) for link in links] == [("units.open", PERSON, "ok", 201)]
    assert await count_of_events(database) == 1


async def test_of_many_groups_those_that_lose_leave_no_entry(store: Store, database: Database) -> None:
    taken = new_stream()
    await store.append(group(taken))
    stale = replace(group(taken), audit=entry("stale"))
    good = [replace(group(new_stream()), audit=entry(f"good {number}")) for number in range(5)]
    outcomes = await asyncio.gather(*map(store.append, [*good[:2], stale, *good[2:]]), return_exceptions=True)
    assert [isinstance(outcome, ConflictError) for outcome in outcomes] == [False, False, True, False, False, False]
    links, _ = await links_of(database)
    assert sorted(link.action for link in links) == [f"good {number}" for number in range(5)]
    assert await findings(database) == []


async def test_a_command_that_is_repeated_leaves_one_entry(store: Store, database: Database) -> None:
    outcomes = [
        await store.append(replace(group(new_stream(), command=Command("k", b"hash", "{}")), audit=entry())) for _ in range(3)
    ]
    assert [isinstance(outcome, Repeated) for outcome in outcomes] == [False, True, True]
    assert len((await links_of(database))[0]) == 1


async def test_events_whose_entry_cannot_be_written_are_not_stored(store: Store, database: Database) -> None:
    await append_new(store)
    await as_owner(database, "DELETE FROM audit_head")
    with pytest.raises(psycopg.Error):
        await store.append(replace(group(new_stream()), audit=entry()))
    assert await count_of_events(database) == 1
    await append_new(store)  # the appender is as well as before
    assert await count_of_events(database) == 2


async def test_what_is_decided_alone_is_written_down_too(store: Store, database: Database) -> None:
    async with alone(store) as by_itself:
        await record(store, entry("read meanwhile"))
        await by_itself.append(replace(group(new_stream()), audit=entry("reports.submit")))
    links, _ = await links_of(database)
    assert [link.action for link in links] == ["read meanwhile", "reports.submit"]


# Who may


async def test_the_services_own_role_can_change_no_entry(store: Store, database: Database) -> None:
    await record(store, entry())
    async with await psycopg.AsyncConnection.connect(database.app, autocommit=True, options=EVERYTHING_SHOWN) as connection:
        for statement in (
            "DELETE FROM audit",
            "UPDATE audit SET actor = 'x'",
            "INSERT INTO audit SELECT 2, at, actor, roles, action, person_ref, details, outcome, status, request_id, before, hash"
            " FROM audit",
            "TRUNCATE audit",
            "UPDATE audit_head SET number = 0",
            "DROP TABLE audit",
            "SELECT audit_field('x')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.encode())
    assert await findings(database) == []


async def test_an_entry_that_cannot_be_written_is_said_whatever_the_reason(store: Store, database: Database) -> None:
    await as_owner(database, "DELETE FROM audit_head")
    with pytest.raises(UnavailableError) as unavailable:
        await record(store, entry())
    assert unavailable.value.code == "audit_unavailable"


async def test_a_database_that_is_away_is_an_audit_that_is_away(store: Store, postgres: PostgresServer) -> None:
    await record(store, entry())
    await asyncio.to_thread(postgres.stop)
    with pytest.raises(UnavailableError) as unavailable:
        await record(store, entry())
    assert unavailable.value.code == "audit_unavailable"


# Verifying


async def verify(database: Database, *arguments: str) -> int:
    parser = ArgumentParser()
    audit_command.COMMAND.add_to(parser)
    settings = Settings(ENV="test", database=SecretStr(database.app), pepper=SecretStr(PEPPER), jwks="nowhere")
    return await audit_command.run(DEFINITION, settings, parser.parse_args(["verify", *arguments]))


def as_argument(link: Link) -> str:
    return f"--head={link.number}:{link.hash.hex()}"


async def test_a_sound_trail_is_said_to_be_so(store: Store, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert await verify(database, "--without-topic") == 0
    for _ in range(3):
        await record(store, entry())
    links, _ = await links_of(database)
    assert await verify(database, "--without-topic", as_argument(links[1])) == 0
    said = capsys.readouterr()
    assert f"registry: 3 entries, last 3:{links[2].hash.hex()}\n1 heads from elsewhere, the newest of entry 2\n" in said.out
    assert said.out.endswith("all that is there fits together\n")
    assert "no head covers what is after entry 2" in said.err


NEWLY_LINKED = (
    "UPDATE audit SET action = 'harmless' WHERE number = 2",
    *(
        "UPDATE audit a SET before = b.hash, hash = sha256(b.hash || convert_to("
        " audit_field(a.number::text) || audit_field((extract(epoch FROM a.at) * 1000000)::bigint::text) || audit_field(a.actor)"
        " || audit_field(array_to_json(a.roles)::text) || audit_field(a.action) || audit_field(a.person_ref::text)"
        " || audit_field(a.details::text) || audit_field(a.outcome) || audit_field(a.status::text)"
        " || audit_field(a.request_id), 'UTF8'))"
        f" FROM audit b WHERE a.number = {number} AND b.number = {number - 1}"
        for number in (2, 3, 4, 5)
    ),
    "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE number = 5)",
)
CUT = (
    "DELETE FROM audit WHERE number > 3",
    "UPDATE audit_head SET (number, hash) = (SELECT number, hash FROM audit WHERE number = 3)",
)


@pytest.mark.parametrize(
    ("done", "wrong"),
    [
        (("UPDATE audit SET person_ref = NULL WHERE number = 2",), [Finding(2, 2, Wrong.ALTERED)]),
        (("UPDATE audit SET at = at + interval '1 microsecond' WHERE number = 4",), [Finding(4, 4, Wrong.ALTERED)]),
        (("DELETE FROM audit WHERE number IN (2, 3)",), [Finding(2, 3, Wrong.MISSING)]),
        (CUT, [Finding(4, 5, Wrong.CUT_OFF)]),
        (NEWLY_LINKED, [Finding(5, 5, Wrong.NOT_AS_PUBLISHED)]),
    ],
    ids=["person taken out", "another time", "removed", "cut off", "written anew"],
)
async def test_what_its_owner_does_to_the_trail_is_found(
    store: Store, database: Database, capsys: pytest.CaptureFixture[str], done: Iterable[str], wrong: list[Finding]
) -> None:
    for _ in range(5):
        await record(store, replace(entry(), person_ref=PERSON))
    links, _ = await links_of(database)
    await as_owner(database, *done)
    assert await findings(database, links[-1]) == wrong
    assert await verify(database, "--without-topic", as_argument(links[-1])) == 1
    assert f"✗ entr{'y' if wrong[0].first == wrong[0].last else 'ies'} {wrong[0].first}" in capsys.readouterr().out


async def test_a_trail_that_cannot_be_read_is_not_said_to_be_sound(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await as_owner(database, "DROP TABLE audit")
    assert await verify(database, "--without-topic") == 1
    nowhere: dict[str, Any] = {"kafka": "127.0.0.1:9"}
    settings = Settings(ENV="test", database=SecretStr(database.app), pepper=SecretStr(PEPPER), jwks="nowhere", **nowhere)
    parser = ArgumentParser()
    audit_command.COMMAND.add_to(parser)
    assert await audit_command.run(DEFINITION, settings, parser.parse_args(["verify"])) == 1
    assert "the published heads cannot be read" in capsys.readouterr().err
