"""`/healthz`, `/readyz` and `/metrics`, the same for every process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.connecting import TimedConnection
from shared.metrics import UP

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else what is wrong, in a word."""
CHECK_SECONDS = 2.0


def database_check(pool: AsyncConnectionPool[TimedConnection]) -> Check:
    async def check() -> str | None:
        try:
            async with pool.connection(timeout=CHECK_SECONDS) as connection:
                connection.patience = CHECK_SECONDS
                await connection.execute("SELECT 1 FROM head")
        except (Error, PoolTimeout) as error:
            return type(error).__name__
        return None

    return check


def health_routes(service: str, checks: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive", "service": service}

    @router.get("/readyz")
    async def readyz() -> Response:
        found = {name: await _within(check) for name, check in checks.items()}
        for name, wrong in found.items():
            UP.labels(name).set(wrong is None)
        failing = {name: wrong for name, wrong in found.items() if wrong is not None}
        body = {"status": "ready" if not failing else "not ready", "service": service, "failing": failing}
        return Response(orjson.dumps(body), 200 if not failing else 503, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _within(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS + 1)
    except TimeoutError:
        return "timeout"
