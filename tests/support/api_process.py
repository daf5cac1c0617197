"""An api as a process of its own, which a test may kill."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

import httpx

from deploy.local.ports import free_ports
from shared.settings import Settings
from tests.support.callers import caller

SECONDS = 60.0


@contextlib.asynccontextmanager
async def api_process(
    service: str, settings: Settings, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """With the databases, keys and directories of these settings, and `more` of them by name. It answers already."""
    (port,) = free_ports(1)
    told = {
        "port": str(port),
        "database": settings.database.get_secret_value(),
        "vault": settings.vault.get_secret_value() if settings.vault else "",
        "master_key": settings.master_key.get_secret_value() if settings.master_key else "",
        "pepper": settings.pepper.get_secret_value(),
        "jwks": str(settings.jwks),
        "data_dir": str(settings.data_dir),
        "log_level": "ERROR",
        **more,
    }
    environment = {"ENV": "development"} | {f"SONGTOR_{name.upper()}": value for name, value in told.items()}
    command = (sys.executable, "-m", f"services.{service}", "api")
    running = await asyncio.create_subprocess_exec(*command, env=os.environ | environment)
    try:
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=address, timeout=SECONDS, headers=caller(), trust_env=False) as http:
            await _up(http)
            yield running, http
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()


async def _up(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
