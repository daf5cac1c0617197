"""A tip-off on a running stack, from its request until `CaseReferred` is on the agency's topic as the agency reads it: heard and
decided by screening, heard and referred by routing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.figures import Figure
from bench.http_client import Client
from bench.load import at_rate, latencies, office, posted
from bench.stage import PARTITIONS, Stage
from deploy.local.say import step
from deploy.local.stack_file import StackFile
from shared.broker import Broker

TOPIC = "referrals.doe"
PER_SECOND = 10
ASKED_MS = (100.0, 400.0)
ROUNDS = 3
PATIENCE = 30.0


def measure(stage: Stage) -> Iterator[Figure]:
    stack, rounds = stage.stack, stage.rounds(ROUNDS)
    token = office(stage)
    taken = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_round(stack, token, 2))
        for number in rounds:
            with step(f"tip-off → CaseReferred: round {number + 1} of {len(rounds)}"):
                taken.append(runner.run(_round(stack, token, stage.size(20, 4))))
    yield from latencies(f"tip-off → CaseReferred on {TOPIC}, {PER_SECOND}/s", taken, *ASKED_MS)


async def _round(stack: StackFile, token: str, seconds: float) -> list[float]:
    async with Client(token) as http, _referred(stack.broker()) as arrived:

        async def one(_: int, at: float) -> float:
            body = {"kind": "tipoff_job_scam", "area_code": "240409", "detail": "มีคนเก็บเงินแล้วหายไป"}
            answer = await posted(http, stack, "intake", "/needs", body, str(uuid4()))
            case_id = str(answer.json()["case_id"])
            return await asyncio.wait_for(arrived.setdefault(case_id, _future()), PATIENCE) - at

        return await at_rate(PER_SECOND, seconds, one)


def _future() -> asyncio.Future[float]:
    return asyncio.get_running_loop().create_future()


@contextlib.asynccontextmanager
async def _referred(kafka: Broker) -> AsyncIterator[dict[str, asyncio.Future[float]]]:
    """When each case's referral was read from the topic. It may be there before the answer to the tip-off is."""
    consumer = AIOKafkaConsumer(**kafka.for_aiokafka(), enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(TOPIC, number) for number in range(PARTITIONS)])
    await consumer.seek_to_end()
    arrived: dict[str, asyncio.Future[float]] = {}

    async def read() -> None:
        async for record in consumer:
            headers = dict(record.headers)
            if headers["ce_type"] == b"CaseReferred":
                future = arrived.setdefault(headers["ce_subject"].decode(), _future())
                if not future.done():
                    future.set_result(asyncio.get_running_loop().time())

    reading = asyncio.create_task(read())
    try:
        yield arrived
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await consumer.stop()
