"""The printing processes: killed in the middle of a document, hanging, idle when killed, with their parent gone."""

import asyncio
import base64
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # it has no types
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.local.font import find_fonts
from deploy.local.ports import free_ports
from shared.errors import UnavailableError
from shared.files.making import Tools
from shared.files.press import Press, open_press
from shared.settings import Settings
from tests.house.tree import ROOT
from tests.shared import drawn

WORDS = {"rows": ["นายณัฏฐ์ ผู้มีสิทธิ์"]}
API = """
import asyncio, base64, contextlib, sys
from fastapi import FastAPI, Request
from deploy.local.font import find_fonts
from shared.files.press import open_press, press_of
from shared.process.api import serve
from shared.settings import Settings
from tests.shared import drawn

pepper = base64.b64encode(bytes(range(0, 256, 8))).decode()
settings = Settings(ENV="test", database="", pepper=pepper, fonts=find_fonts())
app = FastAPI()
held = open_press(app, settings)

@contextlib.asynccontextmanager
async def lifespan(_):
    async with held:
        yield

app.router.lifespan_context = lifespan

@app.get("/{how}")
async def document(request: Request, how: str) -> None:
    await press_of(request).make("pdf", getattr(drawn, how), {"rows": [], "file": sys.argv[2]})

if __name__ == "__main__":
    asyncio.run(serve(app, "127.0.0.1", int(sys.argv[1])))
"""


def tools() -> Tools:
    return Tools(find_fonts(), "TH Sarabun New")


@dataclass(frozen=True)
class Api:
    """A process that is asked for a document which hangs, and says so in a file."""

    process: asyncio.subprocess.Process
    url: str
    pid_file: Path

    def family(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    program, pid_file = tmp_path / "api.py", tmp_path / "pid"
    program.write_text(API)
    (port,) = free_ports(1)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(sys.executable, str(program), str(port), str(pid_file), env=environment)
    try:
        yield Api(process, f"http://127.0.0.1:{port}", pid_file)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    found = Press(tools(), 1, document_seconds=20)
    await found.open()
    try:
        yield found
    finally:
        await found.close()


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def test_a_document_whose_process_is_killed_in_the_middle_is_made_by_the_next(press: Press, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    making = asyncio.create_task(press.make("pdf", drawn.says_where, WORDS | {"file": str(file)}))
    await until(lambda: file.exists() and file.read_text() != "")
    first = int(file.read_text())
    file.write_text("")
    os.kill(first, signal.SIGKILL)
    await until(lambda: file.read_text() != "")
    assert int(file.read_text()) != first
    file.unlink()
    assert (await making).startswith(b"%PDF")


async def test_a_document_that_kills_every_process_is_refused_and_the_next_one_is_made(press: Press) -> None:
    with pytest.raises(UnavailableError) as refused:
        await press.make("pdf", drawn.dies, WORDS)
    assert refused.value.code == "printing_failed"
    assert (await press.make("pdf", drawn.small, WORDS)).startswith(b"%PDF")


async def test_a_document_that_hangs_is_ended_and_the_next_one_is_made() -> None:
    press = Press(tools(), 1, document_seconds=1)
    await press.open()
    try:
        with pytest.raises(UnavailableError):
            await press.make("xlsx", drawn.hangs, WORDS)
        assert (await press.make("xlsx", drawn.small, WORDS)).startswith(b"PK")
    finally:
        await press.close()


async def test_a_process_that_is_killed_while_idle_is_replaced(press: Press, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    await press.make("pdf", drawn.who, WORDS | {"file": str(file)})
    first = int(file.read_text())
    os.kill(first, signal.SIGKILL)
    await until(lambda: _is_gone(first))
    assert (await press.make("pdf", drawn.who, WORDS | {"file": str(file)})).startswith(b"%PDF")
    assert int(file.read_text()) != first


async def test_who_waits_no_longer_leaves_the_process_to_others(press: Press, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    making = asyncio.create_task(press.make("pdf", drawn.says_where, WORDS | {"file": str(file)}))
    await until(file.exists)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert (await press.make("pdf", drawn.small, WORDS)).startswith(b"%PDF")


async def test_two_processes_make_the_same_bytes(tmp_path: Path) -> None:
    press = Press(tools(), 2)
    await press.open()
    try:
        files = [tmp_path / "one", tmp_path / "two"]
        slow = asyncio.create_task(press.make("pdf", drawn.says_where, WORDS | {"file": str(files[0])}))
        await until(files[0].exists)
        second = await press.make("pdf", drawn.who, WORDS | {"file": str(files[1])})
        assert files[0].read_text() != files[1].read_text()
        files[0].unlink()
        assert await slow == second
    finally:
        await press.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
async def test_an_api_leaves_in_time_and_no_process_outlives_it(api: Api, ending: signal.Signals) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        asked = asyncio.create_task(_asked(http, f"{api.url}/hangs"))
        await until(lambda: api.pid_file.exists() and len(api.family()) >= 3)
        family = api.family()
        api.process.send_signal(ending)
        await asyncio.wait_for(api.process.wait(), 10)
        await asked
    await until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))


def _is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def _asked(http: httpx.AsyncClient, url: str) -> None:
    """Until it answers or is gone; before it listens it is asked again."""
    while True:
        try:
            await http.get(url)
            return
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
        except httpx.TransportError:
            return


def test_an_api_without_fonts_refuses_to_begin(tmp_path: Path) -> None:
    settings = Settings(ENV="test", database=SecretStr(""), pepper=SecretStr(base64.b64encode(bytes(range(0, 256, 8))).decode()))
    for fonts in (None, tmp_path):
        with pytest.raises(SystemExit, match="SONGTOR_FONTS must be the directory of 400Regular"):
            open_press(FastAPI(), settings.model_copy(update={"fonts": fonts}))
