"""`POST /assistance` on a running stack, 20 a second, until its row stands in `GET /reports/sp12` of its unit: through two
databases and Kafka. The units are so many that their forms stay as long as real ones."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import uvloop

from bench.figures import Figure
from bench.http_client import Answer, Client
from bench.load import at_rate, latencies, office, posted
from bench.people import citizen
from bench.stage import Stage
from deploy.local.say import step
from deploy.local.stack_file import StackFile
from shared.buddhist_calendar import Month, bangkok_day, sp12_period

PER_SECOND = 20
ASKED_MS = (50.0, 150.0)
ROUNDS = 3
UNITS = 40


def measure(stage: Stage) -> Iterator[Figure]:
    stack, rounds = stage.stack, stage.rounds(ROUNDS)
    token = office(stage)
    taken = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_round(stack, token, runner.run(_open_units(stack, token)), 2))
        for number in rounds:
            units = runner.run(_open_units(stack, token))
            with step(f"POST /assistance → GET /reports/sp12: round {number + 1} of {len(rounds)}"):
                taken.append(runner.run(_round(stack, token, units, stage.size(20, 4))))
    yield from latencies(f"POST /assistance → its row in sp12, {PER_SECOND}/s", taken, *ASKED_MS)


async def _open_units(stack: StackFile, token: str) -> list[str]:
    """Returns when routing and reporting know them."""
    async with Client(token) as http:
        units = []
        for _ in range(UNITS):
            body = {"name": "บ้านคลองนิยม", "area_code": "240409", "village_no": 3, "opened_on": "2021-05-07"}
            opened = await posted(http, stack, "registry", "/service-units", body, str(uuid4()))
            units.append(str(opened.json()["unit_id"]))
        for service, path in (("routing", "/referrals"), ("reporting", "/position")):
            after = {"Songtor-After": opened.headers["songtor-position"]}
            await http.get(stack.services[service].url + path, headers=after)
        return units


async def _round(stack: StackFile, token: str, units: Sequence[str], seconds: float) -> list[float]:
    draw, today = random.Random(), bangkok_day(datetime.now(UTC))
    async with Client(token) as http:

        async def one(number: int, at: float) -> float:
            unit_id = units[number % len(units)]
            body = _assistance(draw, unit_id, today)
            given = await posted(http, stack, "routing", "/assistance", body, str(uuid4()))
            await _see(http, stack, unit_id, _month_of(today), given)
            return asyncio.get_running_loop().time() - at

        return await at_rate(PER_SECOND, seconds, one)


def _assistance(draw: random.Random, unit_id: str, today: date) -> dict[str, Any]:
    return {
        "assistance_type": "promote",
        "project_name": "อบรมอาชีพเสริม",
        "service_date": today.isoformat(),
        "unit_id": unit_id,
        "citizen": citizen(draw),
        "worker_type": "informal",
        "consent": True,
    }


async def _see(http: Client, stack: StackFile, unit_id: str, month: Month, given: Answer) -> None:
    """The form, asked for with the position that the write answered."""
    shown = await http.get(
        f"{stack.services['reporting'].url}/reports/sp12",
        params={"unit_id": unit_id, "month": str(month)},
        headers={"Songtor-After": given.headers["songtor-position"]},
    )
    rows = shown.json()["rows"]
    if given.json()["assistance_id"] not in {row["assistance_id"] for row in rows}:
        raise RuntimeError("the row is not on its form")


def _month_of(day: date) -> Month:
    """The month on whose form that day stands."""
    month = Month.of(day)
    return month if day <= sp12_period(month)[1] else month.plus(1)
