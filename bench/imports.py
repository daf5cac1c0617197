"""Tables of people into a running stack: 50,000 volunteers of a roster, 50,000 needs of a survey sheet by 2,000 of them, and as
many needs by single posts. From the request to its answer, with all that the services do because of it meanwhile."""

import asyncio
import csv
import io
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil  # type: ignore[import-untyped]  # it has no types
import uvloop

from bench.figures import Figure
from bench.http_client import Answer, Client
from bench.load import office, posted
from bench.needs import KINDS
from bench.people import citizen
from bench.stage import Stage
from deploy.local.say import say, step
from deploy.local.stack_file import StackFile
from deploy.local.supervision import Supervisor
from shared.places import subdistricts_of

ROWS, QUICK_ROWS = 50_000, 1_000
REPORTERS = 2_000
CONNECTIONS = 64
TRIES = 10
ASKED_S, ASKED_MB = 60.0, 300.0
ANSWER_SECONDS = 900.0
QUIET_SECONDS = 600.0
LOOK_EVERY = 0.05
MB = 1e6
AREAS = subdistricts_of("24")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """`grown`: bytes that the api held more at its peak; `beside`: the most that the process held that read the file."""

    answer: Any
    seconds: float
    grown: int
    beside: int


def measure(stage: Stage) -> Iterator[Figure]:
    stack, token = stage.stack, office(stage)
    rows = stage.size(ROWS, QUICK_ROWS)
    pids = {name: state.pid for name, state in Supervisor(stage.layout).states().items()}
    draw = random.Random()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with step(f"imports: a roster of {rows:,} volunteers"):
            roster = runner.run(_sent(stack, token, "registry", "/volunteers", _roster(draw, rows), pids["registry-api"]))
        runner.run(_quiet(stack, token))
        yield from _figures("volunteers", rows, roster)
        volunteers = [one["volunteer_id"] for one in roster.answer["rows"][:REPORTERS]]
        sheet = _sheet(draw, rows, volunteers)
        with step(f"imports: a sheet of {rows:,} needs"):
            needs = runner.run(_sent(stack, token, "intake", "/needs", sheet, pids["intake-api"]))
        runner.run(_quiet(stack, token))
        yield from _figures("needs", rows, needs)
        with step("imports: the same sheet again"):
            again = runner.run(_sent(stack, token, "intake", "/needs", sheet, pids["intake-api"]))
        assert again.answer["matched"] == rows
        yield Figure(f"the same {rows:,} needs sent again", [again.seconds], "s")
        with step(f"imports: as many needs by single posts, {CONNECTIONS} connections"):
            seconds = runner.run(_by_single_posts(stack, token, _sheet(draw, rows, volunteers)))
        runner.run(_quiet(stack, token))
        yield Figure(
            f"{rows:,} needs by single posts, {CONNECTIONS} connections", [seconds], "s", note=f"{rows / seconds:,.0f}/s"
        )


def _figures(what: str, rows: int, sent: Sent) -> Iterator[Figure]:
    assert sent.answer["accepted"] == rows, {name: sent.answer[name] for name in ("accepted", "matched", "refused")}
    note = f"{rows / sent.seconds:,.0f} rows/s"
    yield Figure(f"import of {rows:,} {what}", [sent.seconds], "s", ASKED_S if rows == ROWS else None, at_most=True, note=note)
    beside = f"the process that reads the file: {sent.beside / MB:,.0f} MB"
    yield Figure(
        f"import of {rows:,} {what}: the api's memory grows", [sent.grown / MB], "MB", ASKED_MB, at_most=True, note=beside
    )


async def _sent(stack: StackFile, token: str, service: str, path: str, rows: Sequence[Row], pid: int) -> Sent:
    url = f"{stack.services[service].url}{path}/import"
    async with Client(token, answer_seconds=ANSWER_SECONDS) as http:
        content = await asyncio.to_thread(_as_csv, rows)
        watching = asyncio.create_task(_watched(pid))
        begun = time.perf_counter()
        answer: Answer = await http.upload(url, content, {"Idempotency-Key": str(uuid4())})
        seconds = time.perf_counter() - begun
        watching.cancel()
        (grown_beside,) = await asyncio.gather(watching)
    return Sent(answer.json(), seconds, *grown_beside)


async def _watched(pid: int) -> tuple[int, int]:
    """Until cancelled: how much an api grew, and the most that its youngest process held."""
    api = psutil.Process(pid)
    first = most = api.memory_info().rss
    beside = 0
    try:
        while True:
            most = max(most, api.memory_info().rss)
            beside = max([beside, *(_held(child) for child in api.children())])
            await asyncio.sleep(LOOK_EVERY)
    except asyncio.CancelledError:
        return most - first, beside


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


async def _by_single_posts(stack: StackFile, token: str, rows: Sequence[Row]) -> float:
    run, waiting = uuid4(), iter(enumerate(rows))

    async def one_after_another(http: Client) -> None:
        for number, row in waiting:
            await _patiently_posted(http, stack, _body(row), f"{run}-{number}")

    async with Client(token) as http:
        begun = time.perf_counter()
        await asyncio.gather(*(one_after_another(http) for _ in range(CONNECTIONS)))
        return time.perf_counter() - begun


async def _patiently_posted(http: Client, stack: StackFile, body: Any, key: str) -> None:
    """Asked again with its key when the service has too much to do, as a caller would."""
    for _ in range(TRIES):
        try:
            await posted(http, stack, "intake", "/needs", body, key)
            return
        except RuntimeError as error:
            if " 503 " not in str(error):
                raise
            await asyncio.sleep(1.0)
    raise RuntimeError("POST /needs: too busy for too long")


async def _quiet(stack: StackFile, token: str) -> None:
    """Returns when everything that was said has been taken in: the next one begins on a machine at rest."""
    async with Client(token) as http, asyncio.timeout(QUIET_SECONDS):
        still = 0
        while still < 3:
            await asyncio.sleep(1.0)
            position = (await http.get(f"{stack.services['reporting'].url}/position")).json()
            still = still + 1 if position["caught_up"] else 0
    say("  everything is taken in")


def _roster(draw: random.Random, rows: int) -> list[Row]:
    found: list[Row] = []
    for number in range(rows):
        who = citizen(draw)
        named = {name: who[name] for name in ("citizen_id", "title", "first_name", "last_name", "phone")}
        found.append(
            named | {"level": "village", "area_code": AREAS[number % len(AREAS)], "village_no": 3, "appointed_on": "2020-10-01"}
        )
    return found


def _sheet(draw: random.Random, rows: int, volunteers: Sequence[str]) -> list[Row]:
    return [
        {
            "volunteer_id": volunteers[number % len(volunteers)],
            "kind": draw.choice(KINDS),
            "area_code": AREAS[number % len(AREAS)],
            "village_no": 3,
            "reported_at": f"2021-05-{number % 28 + 1:02}",
            **citizen(draw),
            "worker_type": "informal",
            "consent": "ใช่",
            "detail": "อยากมีอาชีพเสริมใกล้บ้าน",
        }
        for number in range(rows)
    ]


def _body(row: Row) -> dict[str, Any]:
    """The same need as it would be reported alone."""
    names = ("id_kind", "citizen_id", "title", "first_name", "last_name", "birth_year", "phone")
    rest = {name: value for name, value in row.items() if name not in names}
    return rest | {
        "citizen": {name: row[name] for name in names},
        "consent": True,
        "reported_at": f"{row['reported_at']}T00:00:00+07:00",
    }


def _as_csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
