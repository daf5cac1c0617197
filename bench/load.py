"""Load with a rate of its own: each request begins at its time, however slow the one before is, and its time counts from when it
should have begun."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from bench.figures import Figure, percentile
from bench.http_client import Answer, Client
from bench.stage import Stage
from deploy.local import tokens
from deploy.local.stack_file import StackFile
from shared.dev_issuer import TokenRequest

One = Callable[[int, float], Awaitable[float]]
"""From the number of the request, and when it should begin (by the loop's clock), to the seconds that it took since then."""


async def at_rate(per_second: float, seconds: float, one: One) -> list[float]:
    """The milliseconds of each."""
    loop = asyncio.get_running_loop()
    begun = loop.time() + 0.05
    running = []
    for number in range(math.ceil(per_second * seconds)):
        at = begun + number / per_second
        await asyncio.sleep(max(0.0, at - loop.time()))
        running.append(asyncio.create_task(_timed(one, number, at)))
    return [taken * 1000 for taken in await asyncio.gather(*running)]


async def _timed(one: One, number: int, at: float) -> float:
    return await one(number, at)


def office(stage: Stage) -> str:
    """The token of the officer of Chachoengsao, as whom the stack's benches ask."""
    return tokens.token(stage.layout, TokenRequest(sub="bench", roles=["province_officer"], provinces=["24"]))


async def posted(http: Client, stack: StackFile, service: str, path: str, body: Any, key: str) -> Answer:
    """A write that must succeed."""
    return await http.post(stack.services[service].url + path, body, {"Idempotency-Key": key})


def latencies(what: str, rounds: list[list[float]], p50: float, p95: float) -> Iterator[Figure]:
    """Two figures in ms, each asked to be at most so much."""
    for name, share, asked in (("p50", 0.5, p50), ("p95", 0.95, p95)):
        yield Figure(f"{what}: {name}", [percentile(taken, share) for taken in rounds], "ms", asked, at_most=True)
