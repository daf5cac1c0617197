"""Load with a rate of its own: each request begins at its time, however slow the one before is, and its time counts from when it
should have begun."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx

from bench.figures import Figure, percentile
from deploy.local.stack_file import StackFile

ANSWER_SECONDS = 30.0
CONNECTIONS = 64

One = Callable[[int, float], Awaitable[float]]
"""From the number of the request, and when it should begin (by the loop's clock), to the seconds that it took since then."""


def client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits, trust_env=False)


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


async def posted(http: httpx.AsyncClient, stack: StackFile, service: str, path: str, body: Any, key: str) -> httpx.Response:
    """A write that must succeed."""
    url = stack.services[service].url + path
    answer = await http.post(url, json=body, headers={"Idempotency-Key": key})
    if answer.is_error:
        raise RuntimeError(f"POST {path}: {answer.status_code} {answer.text}")
    return answer


def latencies(what: str, rounds: list[list[float]], p50: float, p95: float) -> Iterator[Figure]:
    """Two figures in ms, each asked to be at most so much."""
    for name, share, asked in (("p50", 0.5, p50), ("p95", 0.95, p95)):
        yield Figure(f"{what}: {name}", [percentile(taken, share) for taken in rounds], "ms", asked, at_most=True)
