"""A process that hears service units and closes them again: `python -m tests.support.ear DSN KAFKA SUFFIX REPLICA`. For tests
that kill it, or run several."""

import asyncio
import sys
import tempfile
from datetime import date

import uvloop

from shared.broker import Broker
from shared.consume import Context, Reaction, Reactions
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened
from tests.support.stores import running_store

TOPIC = "registry.units"


async def on_service_unit_opened(event: ServiceUnitOpened, context: Context) -> Reaction:
    """A reaction that says something of its own: the unit is closed again."""
    stream = await context.store.load(event.unit_id)
    closed = ServiceUnitClosed(**event.model_dump(exclude={"closed_on"}), closed_on=date(2022, 1, 1))
    return Reaction(stream, [closed])


async def _main(dsn: str, kafka: str, suffix: str, replica: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        async with running_store(dsn, "intake") as store:
            await Reactions(
                store,
                kafka=Broker(kafka),
                topics=[TOPIC],
                handlers={ServiceUnitOpened: on_service_unit_opened},
                replica=replica,
                data_dir=scratch,
                session_timeout=6,
                topic_suffix=suffix,
            ).run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(*sys.argv[1:5]))
