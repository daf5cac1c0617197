"""`POST /needs` on a running stack, 50 a second: named needs of people that nobody knew, from the request to its answer."""

import asyncio
import random
from collections.abc import Iterator
from uuid import uuid4

import uvloop

from bench.figures import Figure
from bench.http_client import Client
from bench.load import at_rate, latencies, office, posted
from bench.people import citizen
from bench.stage import Stage
from deploy.local.say import step
from deploy.local.stack_file import StackFile

PER_SECOND = 50
ASKED_MS = (10.0, 30.0)
ROUNDS = 3
KINDS = ("job_domestic", "skill_training", "welfare", "social_security_s40")


def measure(stage: Stage) -> Iterator[Figure]:
    stack, rounds = stage.stack, stage.rounds(ROUNDS)
    token = office(stage)
    taken = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_round(stack, token, 2))  # whatever is done once, at the first request
        for number in rounds:
            with step(f"POST /needs: round {number + 1} of {len(rounds)}"):
                taken.append(runner.run(_round(stack, token, stage.size(20, 4))))
    yield from latencies(f"POST /needs at {PER_SECOND}/s", taken, *ASKED_MS)


async def _round(stack: StackFile, token: str, seconds: float) -> list[float]:
    draw, run = random.Random(), uuid4()
    async with Client(token) as http:

        async def one(number: int, at: float) -> float:
            body = {
                "kind": draw.choice(KINDS),
                "area_code": "240409",
                "village_no": 3,
                "citizen": citizen(draw),
                "worker_type": "informal",
                "consent": True,
                "detail": "อยากมีอาชีพเสริมใกล้บ้าน",
            }
            await posted(http, stack, "intake", "/needs", body, f"{run}-{number}")
            return asyncio.get_running_loop().time() - at

        return await at_rate(PER_SECOND, seconds, one)
