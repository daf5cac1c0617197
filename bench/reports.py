"""What reporting is asked most, on a store with 200,000 times help in one fiscal year: the form of a unit, and the totals of the
whole year, which are counted anew for everyone who asks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator

import uvloop

from bench.figures import Figure, percentile
from bench.http_client import Client
from bench.load import at_rate
from bench.nation import FISCAL_YEAR, LONG_MONTH, ROWS_OF_A_UNIT
from bench.national import National, national
from bench.stage import Stage
from deploy.local.say import step
from shared.places import PROVINCES

FORMS_PER_SECOND, TOTALS_PER_SECOND = 20, 4
ASKED_FORM_MS, ASKED_TOTALS_MS = 50.0, 100.0
ROUNDS = 3

Ask = Callable[[Client], Awaitable[None]]


def measure(stage: Stage) -> Iterator[Figure]:
    store = stage.shared(national)
    draw = random.Random()
    size = f"{store.assistances:,} assistances"

    async def form(http: Client) -> None:
        await _form(http, store, draw)

    async def totals(http: Client) -> None:
        await _totals(http, store)

    yield from _at_rate(stage, store, f"GET /reports/sp12.json, {size}", form, FORMS_PER_SECOND, ASKED_FORM_MS)
    yield from _at_rate(stage, store, f"GET /totals?fiscal_year=, {size}", totals, TOTALS_PER_SECOND, ASKED_TOTALS_MS)


async def _form(http: Client, store: National, draw: random.Random) -> None:
    """Of any unit: nobody's keys are still in memory from the last time."""
    params = {"unit_id": str(draw.choice(store.units)), "month": str(LONG_MONTH)}
    found = (await http.get(f"{store.url}/reports/sp12.json", params=params)).json()
    if len(found["rows"]) != ROWS_OF_A_UNIT or None in {row["citizen_id"] for row in found["rows"]}:
        raise RuntimeError("the form is not what was recorded")


async def _totals(http: Client, store: National) -> None:
    found = (await http.get(f"{store.url}/totals", params={"fiscal_year": str(FISCAL_YEAR)})).json()
    if found["national"]["assistances"] != store.assistances or len(found["by_province"]) != len(PROVINCES):
        raise RuntimeError("the totals are not what was recorded")


def _at_rate(stage: Stage, store: National, what: str, ask: Ask, per_second: int, asked_ms: float) -> Iterator[Figure]:
    """Half and nearly all of the requests; only the latter was asked for."""
    rounds, taken = stage.rounds(ROUNDS), []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_round(store.token, ask, per_second, 2))  # whatever is done once, at the first request
        for number in rounds:
            with step(f"{what}: round {number + 1} of {len(rounds)}"):
                taken.append(runner.run(_round(store.token, ask, per_second, stage.size(15, 4))))
    for name, share, asked in (("p50", 0.5, None), ("p95", 0.95, asked_ms)):
        yield Figure(f"{what}: {name}", [percentile(one, share) for one in taken], "ms", asked, at_most=True)


async def _round(token: str, ask: Ask, per_second: int, seconds: float) -> list[float]:
    async with Client(token) as http:

        async def one(_: int, at: float) -> float:
            await ask(http)
            return asyncio.get_running_loop().time() - at

        return await at_rate(per_second, seconds, one)
