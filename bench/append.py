"""Appending one event per command, with 1, 8 and 64 callers, against PyPI `eventsourcing` on the same PostgreSQL: who is measured
changes within each round, and of the rounds' ratios the median counts."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from uuid import uuid4

import uvloop

from bench.figures import Figure
from bench.peer import Peer
from bench.stage import Stage
from deploy.local.say import step
from shared.events.registry import ServiceUnitOpened
from shared.ids import new_id
from shared.store import Appender, Claim, Command, Group, Meta, Store, Stream
from shared.store.groups import say
from shared.store.store import open_pool

ASKED = {1: 2.5, 8: 10.0, 64: 20.0}
ROUNDS = 7
META = Meta(actor="office-24", correlation="0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
ANSWER = '{"status":201,"body":{"unit_id":"0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01"},"location":null,"position":"W10"}'
OPENED_ON = date(2021, 5, 7)


def measure(stage: Stage) -> Iterator[Figure]:
    rates: dict[tuple[int, str], list[float]] = {(callers, who): [] for callers in ASKED for who in ("ours", "keyed", "peer")}
    seconds = 0.5 if stage.quick else 2.0
    rounds = stage.rounds(ROUNDS)
    with Peer(stage.postgres) as peer:
        for number in rounds:
            with step(f"append: round {number + 1} of {len(rounds)}"):
                for callers in ASKED:
                    rates[callers, "ours"].append(_ours(stage, callers, seconds, plain))
                    rates[callers, "peer"].append(peer.rate(callers, seconds))
                    rates[callers, "keyed"].append(_ours(stage, callers, seconds, with_key_and_claim))
    for callers, asked in ASKED.items():
        ours, keyed, peer_s = (rates[callers, who] for who in ("ours", "keyed", "peer"))
        name = f"append, {callers} caller{'s' * (callers > 1)}"
        for what, mine, goal in ((name, ours, asked), (f"{name}, command key and a claim", keyed, None)):
            ratios = [a / b for a, b in zip(mine, peer_s, strict=True)]
            note = f"{_median(mine):,.0f} to {_median(peer_s):,.0f} events/s"
            yield Figure(f"{what}, to eventsourcing", ratios, "×", goal, note=note)


def _median(values: list[float]) -> float:
    return Figure("", values, "").measured


Make = Callable[[], Group]


def plain() -> Group:
    """One event on a new stream."""
    stream = Stream(new_id(), "registry", ())
    opened = ServiceUnitOpened(unit_id=stream.id, name="บ้านคลองนิยม", province="24", area_code="240409", opened_on=OPENED_ON)
    return Group(said=say(stream, [opened], datetime.now(UTC)), meta=META, known=[(stream.id, 0)])


def with_key_and_claim() -> Group:
    """The same as a route does it."""
    group = plain()
    stream = group.said[0].stream
    return Group(
        said=group.said,
        meta=group.meta,
        known=group.known,
        claims=[Claim("take", "serving", str(stream), stream)],
        command=Command(str(uuid4()), b"0123456789abcdef0123456789abcdef", ANSWER),
    )


def _ours(stage: Stage, callers: int, seconds: float, make: Make) -> float:
    """Events a second."""
    database = stage.new_store()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_append(database.app, callers, seconds, make))
    finally:
        stage.drop(database.app)


async def _append(dsn: str, callers: int, seconds: float, make: Make) -> float:
    async with _store(dsn) as store:
        append: Callable[[], Awaitable[object]] = lambda: store.append(make())  # noqa: E731 a name for what is done again and again
        for _ in range(20):
            await append()
        begun = time.perf_counter()
        counts = await asyncio.gather(*(_repeat(append, begun + seconds) for _ in range(callers)))
        return sum(counts) / (time.perf_counter() - begun)


async def _repeat(append: Callable[[], Awaitable[object]], end: float) -> int:
    count = 0
    while time.perf_counter() < end:
        await append()
        count += 1
    return count


@contextlib.asynccontextmanager
async def _store(dsn: str) -> AsyncIterator[Store]:
    appender, pool = Appender(dsn, "registry"), open_pool(dsn, name="bench")
    running = asyncio.create_task(appender.run())
    try:
        yield Store(pool, appender, "registry")
    finally:
        await appender.stop()
        await running
