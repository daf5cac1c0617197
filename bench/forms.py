"""The official forms as files, over HTTP: from the question to the last byte, with names opened and printing processes that have
printed before."""

import asyncio
import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from time import perf_counter

import uvloop

from bench.figures import Figure
from bench.http_client import Answer, Client
from bench.load import at_rate, latencies
from bench.nation import BOOK_MONTH, BOOK_ROWS, COUNTRY, LONG_MONTH, LONG_PROVINCE, LONG_ROWS, ROWS_OF_A_UNIT
from bench.national import National, national
from bench.stage import Stage
from deploy.local.say import step
from shared.places import PROVINCES

PER_SECOND = 4
ASKED_UNIT_MS = (60.0, 150.0)
ASKED_LONG_S = {"pdf": 2.0, "xlsx": 1.0}
ASKED_BOOK_S = 60.0
ROUNDS, LONG_ROUNDS, BOOK_ROUNDS = 3, 5, 2
BOOK_PATIENCE = 300.0
BEGINNINGS = {"pdf": b"%PDF-", "xlsx": b"PK\3\4"}


def measure(stage: Stage) -> Iterator[Figure]:
    store = stage.shared(national)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from latencies(f"สป-๑๒ of {ROWS_OF_A_UNIT} rows as PDF", _units(stage, store, runner), *ASKED_UNIT_MS)
        for suffix, asked in ASKED_LONG_S.items():
            taken = []
            with step(f"สนบ.๒ of {LONG_ROWS:,} rows as {suffix.upper()}"):
                runner.run(_long(store, suffix))
                for _ in stage.rounds(LONG_ROUNDS):
                    taken.append(runner.run(_long(store, suffix)))
            yield Figure(f"สนบ.๒ of {LONG_ROWS:,} rows as {suffix.upper()}", taken, "s", asked, at_most=True)
        taken = []
        for number in (rounds := stage.rounds(BOOK_ROUNDS)):
            with step(f"a book of สนบ.๒: round {number + 1} of {len(rounds)}"):
                taken.append(runner.run(_book(store)))
        what = f"a book of สนบ.๒: {len(COUNTRY)} provinces × {BOOK_ROWS} rows, PDF"
        yield Figure(what, taken, "s", ASKED_BOOK_S, at_most=True)


def _units(stage: Stage, store: National, runner: asyncio.Runner) -> list[list[float]]:
    """The milliseconds of each form, in each round."""
    rounds = stage.rounds(ROUNDS)
    runner.run(_round(store, 3))
    taken = []
    for number in rounds:
        with step(f"สป-๑๒ as PDF: round {number + 1} of {len(rounds)}"):
            taken.append(runner.run(_round(store, stage.size(20, 4))))
    return taken


async def _round(store: National, seconds: float) -> list[float]:
    draw = random.Random()
    async with Client(store.token) as http:

        async def one(_: int, at: float) -> float:
            params = {"unit_id": str(draw.choice(store.units)), "month": str(LONG_MONTH)}
            _must_be("pdf", await http.get(f"{store.url}/reports/sp12.pdf", params=params))
            return asyncio.get_running_loop().time() - at

        return await at_rate(PER_SECOND, seconds, one)


async def _long(store: National, suffix: str) -> float:
    """Seconds."""
    params = {"province": LONG_PROVINCE, "month": str(LONG_MONTH)}
    async with Client(store.token) as http:
        form = (await http.get(f"{store.url}/reports/snb2.json", params=params)).json()
        if len(form["rows"]) != LONG_ROWS:
            raise RuntimeError("the form is not what was recorded")
        seconds, answer = await _timed(http, f"{store.url}/reports/snb2.{suffix}", params)
    _must_be(suffix, answer)
    return seconds


async def _book(store: National) -> float:
    """Seconds."""
    async with Client(store.token, answer_seconds=BOOK_PATIENCE) as http:
        seconds, answer = await _timed(http, f"{store.url}/reports/snb2-book", {"month": str(BOOK_MONTH)})
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        forms = [name for name in book.namelist() if name.endswith(".pdf")]
        listed = book.read("contents.csv").decode("utf-8-sig")
    if len(forms) != len(PROVINCES) or listed.count(f",{BOOK_ROWS},") != len(COUNTRY):
        raise RuntimeError("the book is not whole")
    return seconds


async def _timed(http: Client, url: str, params: Mapping[str, str]) -> tuple[float, Answer]:
    begun = perf_counter()
    answer = await http.get(url, params=params)
    return perf_counter() - begun, answer


def _must_be(suffix: str, answer: Answer) -> None:
    if not answer.body.startswith(BEGINNINGS[suffix]):
        raise RuntimeError(f"this is no {suffix}")
