"""Survey sheets and what may happen meanwhile: broken off and sent again, by two at once, with a database that goes away. Nothing
is twice, and nothing is missing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import scalar_row

from services.intake.app import DEFINITION
from shared.imports.kind import CHUNK_ROWS
from shared.process.api import build_api
from tests.intake.running import Intake, another_api, running_intake
from tests.intake.survey import FIRST, as_csv, citizen_id, row, send, sent
from tests.support.api_process import api_process
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

SECONDS = 60.0
MANY = 6 * CHUNK_ROWS


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def shown(http: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(f"/imports/{import_id}", headers=caller())).json()
    return found


async def begun(http: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    """Some of it is done, and some not."""
    async with asyncio.timeout(SECONDS):
        while (found := await shown(http, import_id))["done"] == 0:
            await asyncio.sleep(0.01)
    assert found["done"] < found["total"], "it was too quick"
    return found


async def ended(http: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        while (found := await shown(http, import_id))["state"] == "running":
            await asyncio.sleep(0.05)
    return found


async def stored(intake: Intake) -> int:
    async with await psycopg.AsyncConnection.connect(intake.database.owner, row_factory=scalar_row) as owner:
        count = await (await owner.execute("SELECT count(*) FROM events WHERE type = 'NeedReported'")).fetchone()
    assert isinstance(count, int)
    return count


async def test_a_line_goes_on_from_one_chunk_to_the_next(intake: Intake) -> None:
    days = [f"{year}-{month:02}-{day:02}" for year in (2020,) for month in (10, 11, 12) for day in range(1, 11)]
    others = [row(number) for number in range(2, CHUNK_ROWS)]
    rows = [row(1, reported_at=days[0]), *others, *(row(1, reported_at=day) for day in days[1:])]
    answer = await sent(intake, rows)
    assert answer["accepted"] == len(rows)
    first, *later = [one["case_id"] for one in (answer["rows"][0], *answer["rows"][len(others) + 1 :])]
    assert {(await intake.case(case_id))["duplicate_of"] for case_id in later} == {first}


# Two at once


async def test_two_imports_of_one_file_at_once_take_each_row_once(intake: Intake) -> None:
    people = [row(number % 400, reported_at=f"2021-04-{number // 400 + 1:02}") for number in range(1200)]
    async with another_api(intake.settings) as other:
        answers = [
            one.json() for one in await asyncio.gather(send(intake, as_csv(people)), send(intake, as_csv(people), http=other))
        ]
    assert await stored(intake) == 1200
    for one, another in zip(*(answer["rows"] for answer in answers), strict=True):
        assert {one["result"], another["result"]} == {"accepted", "matched"}
        assert one["case_id"] == another["case_id"]
    cases = [await intake.case(answers[0]["rows"][number]["case_id"]) for number in (7, 407, 807)]
    assert sorted(case["duplicate"] for case in cases) == [False, True, True]
    assert len({case["duplicate_of"] for case in cases if case["duplicate"]}) == 1


async def test_a_report_alone_and_an_import_of_the_same_person_at_once_agree(intake: Intake) -> None:
    rows = [row(1, reported_at=f"2021-04-{day:02}") for day in range(1, 21)]
    citizen = {"id_kind": "thai", "citizen_id": citizen_id(1), "first_name": "ส", "last_name": "จ"}
    answer, *alone = await asyncio.gather(sent(intake, rows), *(intake.reported(citizen=citizen) for _ in range(10)))
    cases = [await intake.case(one["case_id"]) for one in (*answer["rows"], *alone)]
    assert len(cases) == 30
    originals = [case["case_id"] for case in cases if not case["duplicate"]]
    assert {case["duplicate_of"] for case in cases if case["duplicate"]} == {*originals}
    assert len(originals) == 1


# Broken off


async def test_killed_in_the_middle_and_sent_again_nothing_is_twice_and_the_rest_is_added(intake: Intake) -> None:
    content = as_csv([row(number) for number in range(MANY)])
    async with api_process("intake", intake.settings) as (running, http):
        import_id = (await send(intake, content, key="k", prefer="respond-async", http=http)).json()["import_id"]
        await begun(http, import_id)
        running.kill()
        await running.wait()
    left = await stored(intake)
    assert 0 < left < MANY
    assert (await shown(intake.http, import_id))["state"] == "running", "nobody knows yet"
    async with await psycopg.AsyncConnection.connect(intake.database.owner, autocommit=True) as owner:
        await owner.execute("UPDATE imports SET heartbeat_at = heartbeat_at - interval '31 seconds'")
    silent = await shown(intake.http, import_id)
    assert (silent["state"], silent["code"], len(silent["rows"])) == ("failed", "interrupted", silent["done"])
    again = await send(intake, content, key="k", prefer="respond-async")
    assert (again.json(), "Idempotent-Replayed" in again.headers) == ({"import_id": import_id}, False)
    whole = await ended(intake.http, import_id)
    assert (whole["state"], whole["matched"], whole["accepted"]) == ("done", left, MANY - left)
    assert [one["row"] for one in whole["rows"]] == list(range(FIRST, FIRST + MANY))
    assert await stored(intake) == MANY


async def test_told_to_go_it_ends_with_the_chunk_and_says_so(intake: Intake) -> None:
    content = as_csv([row(number) for number in range(MANY)])
    async with api_process("intake", intake.settings) as (running, http):
        waiting = asyncio.create_task(send(intake, content, key="k", http=http))
        async with asyncio.timeout(SECONDS):
            while await stored(intake) == 0:
                await asyncio.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        answer = await waiting
        assert (answer.status_code, answer.json()["code"]) == (503, "interrupted")
        assert await asyncio.wait_for(running.wait(), 10) in (0, -signal.SIGTERM)
    left = await stored(intake)
    assert left % CHUNK_ROWS == 0
    assert 0 < left < MANY
    again = (await send(intake, content, key="k")).json()
    assert (again["matched"], again["accepted"]) == (left, MANY - left)


async def test_a_database_that_goes_away_is_waited_for(intake: Intake, postgres: PostgresServer) -> None:
    content = as_csv([row(number) for number in range(MANY)])
    import_id = (await send(intake, content, prefer="respond-async")).json()["import_id"]
    await begun(intake.http, import_id)
    await asyncio.to_thread(postgres.kill)
    await asyncio.to_thread(postgres.start)

    async def asked() -> dict[str, Any]:
        answer = await intake.http.get(f"/imports/{import_id}")
        return {"state": "running"} if answer.status_code == 503 else answer.json()

    async with asyncio.timeout(SECONDS):
        while (found := await asked())["state"] == "running":
            await asyncio.sleep(0.05)
    assert (found["state"], found["accepted"], found["matched"]) == ("done", MANY, 0)
    assert await stored(intake) == MANY


async def test_more_imports_than_a_process_takes_on_are_sent_away(intake: Intake) -> None:
    app = build_api(DEFINITION, intake.settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake", headers=caller()) as http,
        intake.store.connection() as connection,
        connection.transaction(),
    ):
        app.state.imports.most = 1
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('songtor.append'))")  # and none gets on
        first = await send(intake, as_csv([row(1)]), prefer="respond-async", http=http)
        second = await send(intake, as_csv([row(2)]), prefer="respond-async", http=http)
    assert (first.status_code, second.status_code, second.json()["code"]) == (202, 503, "busy")
    assert (await shown(intake.http, first.json()["import_id"]))["state"] in ("done", "failed")
