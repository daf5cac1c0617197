"""Whether reporting says truly how far it is behind, on the real Kafka and PostgreSQL."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.app import DEFINITION
from shared.consume.hearing import Hearing
from tests.reporting.given import an_id, unit
from tests.reporting.running import empty_database, running, stop
from tests.support.kafka_records import at_offsets, message, recorded, send
from tests.support.servers import KafkaServer, PostgresServer
from tests.support.stores import Database
from tests.support.topics import make_topics

pytestmark = pytest.mark.integration


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return empty_database(postgres)


async def test_with_kafka_away_the_position_is_told_in_time_and_nothing_is_said_to_be_caught_up(
    database: Database, vault_dsn: str
) -> None:
    async with running(database, vault_dsn) as reporting:
        await reporting.tell(recorded(unit(an_id(1))))
        started = time.monotonic()
        found = await reporting.get("/position")
        assert time.monotonic() - started < 2
    assert found["caught_up"] is False
    assert found["partitions"] == [{"topic": "registry.units", "partition": 0, "offset": 1, "end_offset": None}]


async def test_the_position_tells_what_is_not_heard_or_not_projected(
    database: Database, vault_dsn: str, kafka: KafkaServer
) -> None:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix)
    units = [message(recorded(unit(an_id(number)))) for number in range(1, 6)]
    async with running(database, vault_dsn, kafka=kafka.bootstrap, topic_suffix=suffix, projecting=False) as reporting:
        found = await reporting.get("/position")
        assert (found["caught_up"], found["lag_seconds"]) == (True, 0)
        assert {(part["offset"], part["end_offset"]) for part in found["partitions"]} == {(0, 0)}
        assert len(found["partitions"]) == 4 * len(DEFINITION.hears)

        await send(kafka.bootstrap, at_offsets(units), suffix=suffix)
        end = time.monotonic() + 20
        while (found := await reporting.get("/position"))["lag_seconds"] < 0.1:  # the longer nobody hears, the more it is
            assert time.monotonic() < end, found
        assert (found["caught_up"], _units(found)) == (False, (0, 5))
        assert found["lag_seconds"] < 30

        ear = Hearing(reporting.state.store, database.app, kafka.broker, DEFINITION.hears, topic_suffix=suffix)
        hearing = asyncio.create_task(ear.run())
        end = time.monotonic() + 20
        while _units(found := await reporting.get("/position")) != (5, 5):
            assert time.monotonic() < end, found
            await asyncio.sleep(0.05)
        assert found["caught_up"] is False
        assert found["lag_seconds"] > 0
        await reporting.project_all(2)
        found = await reporting.get("/position")
        assert (found["caught_up"], found["lag_seconds"]) == (True, 0)
        await stop([hearing])


def _units(found: dict[str, Any]) -> tuple[int, int]:
    """(offset, end_offset) of the one partition that was written to."""
    part = next(part for part in found["partitions"] if (part["topic"], part["partition"]) == ("registry.units", 0))
    return part["offset"], part["end_offset"]


async def test_the_position_finds_kafka_again_after_an_outage(database: Database, vault_dsn: str, kafka: KafkaServer) -> None:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, ("registry.units",))
    async with running(database, vault_dsn, kafka=kafka.bootstrap, topic_suffix=suffix) as reporting:
        assert (await reporting.get("/position"))["caught_up"] is True
        await asyncio.to_thread(kafka.stop)
        started = time.monotonic()
        assert (await reporting.get("/position"))["caught_up"] is False
        assert time.monotonic() - started < 2
        await asyncio.to_thread(kafka.start)
        end = time.monotonic() + 20
        while not (await reporting.get("/position"))["caught_up"]:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
