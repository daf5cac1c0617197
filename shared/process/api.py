"""The api process: FastAPI on uvicorn, with its pool, its appender and its vault."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from types import FrameType

import uvicorn
from fastapi import FastAPI

from shared.consume.ends import Ends
from shared.imports.running import Imports, open_imports
from shared.process.audit_list import audit_routes
from shared.process.definition import Definition
from shared.process.digest import digest_routes
from shared.process.health import Check, database_check, health_routes
from shared.process.vaults import vault_for
from shared.rights import Rules
from shared.settings import Settings
from shared.sight import DECIDING
from shared.store import Appender, Store
from shared.store.store import open_pool
from shared.vault import vault_pool
from shared.web.deadline import Deadline
from shared.web.hardening import Hardened
from shared.web.limits import LimitedByAddress, LimitedBySubject, Limits
from shared.web.measured import Measured
from shared.web.openapi import describe
from shared.web.problems import answer_problems
from shared.web.state import ApiState

logger = logging.getLogger(__name__)

BROKEN = 70
KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep an idle connection: who hangs up first must not be the one who is about to be asked."""


def build_api(definition: Definition, settings: Settings) -> FastAPI:
    """The application; its connections live as long as its lifespan. It starts without a database, and says so in /readyz."""
    appender = Appender(settings.database.get_secret_value(), definition.name)
    pool = open_pool(settings.database.get_secret_value(), name=f"{definition.name} api", options=DECIDING)
    store = Store(pool, appender, definition.name)
    vaults = vault_pool(settings.vault.get_secret_value()) if definition.uses_vault and settings.vault is not None else None
    ends = Ends(settings.broker, definition.hears) if definition.in_bulk else None
    app = FastAPI(title=f"Songtor {definition.name}", docs_url=None, redoc_url=None)
    held = definition.opens(app, settings) if definition.opens is not None else contextlib.nullcontext()
    importing = open_imports(app, settings) if definition.imports else contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.open(wait=False)
        if vaults is not None:
            await vaults.open(wait=False)
        appending = asyncio.create_task(appender.run(), name="appender")
        appending.add_done_callback(_must_not_fail)
        try:
            async with held, importing:
                yield
        finally:
            await appender.stop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(appending, 5)
            await pool.close()
            if vaults is not None:
                await vaults.close()
            if ends is not None:
                await ends.close()

    app.router.lifespan_context = lifespan
    vault = None if vaults is None else vault_for(definition, settings, vaults)
    limits = Limits(per_subject=settings.limit_subject, per_address=settings.limit_address, per_stranger=settings.limit_stranger)
    authenticator = LimitedBySubject(settings, limits)
    app.state.songtor = ApiState(
        settings, store, vault, authenticator, frozenset(definition.hears), Rules.of(definition.name), ends, limits
    )
    answer_problems(app)
    app.add_middleware(LimitedByAddress, limits=limits)
    harden(app)
    checks: dict[str, Check] = {"database": database_check(pool)}
    app.include_router(health_routes(definition.name, checks))
    app.include_router(audit_routes())
    app.include_router(digest_routes(definition.name, definition.hears))
    app.include_router(definition.router())
    if settings.development and definition.development is not None:
        app.include_router(definition.development(settings))
    describe(app, development=settings.development)
    return app


def harden(app: FastAPI) -> None:
    """What every process puts around its routes. The last named is the outermost."""
    app.add_middleware(Deadline)
    app.add_middleware(Measured)
    app.add_middleware(Hardened)


def _must_not_fail(appending: asyncio.Task[None]) -> None:
    """Without its appender an api can take no write: it ends, and is started again."""
    if not appending.cancelled() and (error := appending.exception()) is not None:
        logger.critical("the appender ended by itself", exc_info=error)
        os._exit(BROKEN)


def _already_heeded(_: int, __: FrameType | None) -> None:
    """uvicorn has shut down because of it."""


async def serve(app: FastAPI, host: str, port: int, *, proxies: str = "") -> None:
    """Serves until SIGTERM or SIGINT; requests under way are finished within 8 s. Then returns, so that the caller can finish,
    too: uvicorn raises the signal again when it has shut down, and by itself that would end the process there."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_heeded)
    await _Server(configured(app, host, port, proxies=proxies), app).serve()


class _Server(uvicorn.Server):
    """Says that the process goes before it waits for requests: of those that take long some can be broken off."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if isinstance(imports := getattr(self._app.state, "imports", None), Imports):
            imports.leave()
        await super().shutdown(sockets)


def configured(app: FastAPI, host: str, port: int, *, proxies: str) -> uvicorn.Config:
    """`proxies`: whose word for a caller's address is taken; by itself uvicorn would take that of anybody on this machine."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=8,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
