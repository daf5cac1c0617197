"""The worker process: relay and projections at once, reactions or the bulk ear once the broker answers."""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError
from fastapi import FastAPI

from shared.audit.heads import NAME as HEADS
from shared.audit.heads import Heads
from shared.broker import Broker
from shared.consume import Reactions
from shared.consume.hearing import Hearing
from shared.imports.file import SWEEP, FileSweep
from shared.process.api import BROKEN, harden, serve
from shared.process.definition import Definition, Parts
from shared.process.health import Check, database_check, health_routes
from shared.process.vaults import vault_for
from shared.projection import Projector
from shared.relay import Relay
from shared.settings import Settings
from shared.sight import EVERYTHING_SHOWN
from shared.store import Appender, Store
from shared.store.store import open_pool
from shared.vault import Vault, vault_pool
from shared.vault_sweep import Confirmations
from shared.web.problems import answer_problems

logger = logging.getLogger(__name__)

BROKER_LOOK_EVERY = 1.0
STOP_SECONDS = 5.0
LEAVE_SECONDS = 8.0


async def run_worker(definition: Definition, settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT, then finishes and commits within 10 s. A loop that ends by itself ends the process (70)."""
    dsn = settings.database.get_secret_value()
    appender = Appender(dsn, definition.name)
    pool = open_pool(dsn, name=f"{definition.name} worker", options=EVERYTHING_SHOWN)
    await pool.open(wait=False)
    store = Store(pool, appender, definition.name)
    vaults = vault_pool(settings.vault.get_secret_value(), size=2) if definition.enrols and settings.vault else None
    sealing = None
    if vaults is not None:
        await vaults.open(wait=False)
        sealing = vault_for(definition, settings, vaults)
    vault = sealing if isinstance(sealing, Vault) else None

    loops: dict[str, Coroutine[Any, Any, None]] = {
        "appender": appender.run(),
        "relay": Relay(dsn, definition.name, settings.broker).run(),
        HEADS: Heads(dsn, definition.name, settings.broker, every=settings.audit_head_every).run(),
        **{f"projection {p.name}": Projector(dsn, definition.name, p).run() for p in definition.projections},
    }
    if definition.hears:
        loops["ear"] = _ear(definition, settings, store, vault)
    if sealing is not None:
        loops["confirmations"] = Confirmations(dsn, definition.name, sealing).run()
    if definition.imports:
        loops[SWEEP] = FileSweep(dsn, definition.name).run()
    loops |= definition.loops(Parts(settings, store, vault))
    checks: dict[str, Check] = {"database": database_check(pool)}
    app = FastAPI(title=f"Songtor {definition.name} worker", docs_url=None, redoc_url=None, openapi_url=None)
    answer_problems(app)
    harden(app)
    app.include_router(health_routes(definition.name, checks))
    tasks = {asyncio.create_task(loop, name=name) for name, loop in loops.items()}
    health = asyncio.create_task(serve(app, settings.host, settings.worker_port), name="health")
    done, _ = await asyncio.wait({*tasks, health}, return_when=asyncio.FIRST_COMPLETED)
    if health not in done:
        for task in done:
            logger.critical("a loop ended by itself", extra={"loop": task.get_name()}, exc_info=task.exception())
        os._exit(BROKEN)
    _leave_in_the_end()
    await _stop(tasks, appender)
    await pool.close()
    if vaults is not None:
        await vaults.close()


async def _stop(tasks: set[asyncio.Task[None]], appender: Appender) -> None:
    """Everybody stops taking work; the appender goes last, with its queue empty."""
    appending = {task for task in tasks if task.get_name() == "appender"}
    for task in tasks - appending:
        task.cancel()
    await asyncio.wait(tasks - appending, timeout=STOP_SECONDS)
    await appender.stop()
    await asyncio.wait(appending, timeout=2)


def _leave_in_the_end() -> None:
    """Faust takes leave of a broker that is away, which has no end, and may block the event loop meanwhile: so a thread watches.
    What is stored is stored, and what was not committed is heard again."""

    def leave() -> None:
        logger.warning("left without waiting any longer")
        os._exit(0)

    timer = threading.Timer(LEAVE_SECONDS, leave)
    timer.daemon = True
    timer.start()


async def _ear(definition: Definition, settings: Settings, store: Store, vault: Vault | None) -> None:
    await _broker_answers(settings.broker)
    if definition.in_bulk:
        await Hearing(store, settings.database.get_secret_value(), settings.broker, definition.hears).run()
        return
    reactions = Reactions(
        store,
        kafka=settings.broker,
        topics=definition.hears,
        handlers=definition.handlers(Parts(settings, store, vault)),
        replica=settings.replica,
        data_dir=str(settings.data_dir),
        session_timeout=settings.broker_session_timeout,
    )
    await reactions.run()


async def _broker_answers(kafka: Broker) -> None:
    """Faust gives up when the broker is away at its start; so it is started when the broker answers."""
    while True:
        client = AIOKafkaClient(**kafka.for_aiokafka())
        try:
            await client.bootstrap()
            return
        except (KafkaError, OSError):
            logger.warning("waiting for the broker")
            await asyncio.sleep(BROKER_LOOK_EVERY)
        finally:
            with contextlib.suppress(KafkaError):
                await client.close()
