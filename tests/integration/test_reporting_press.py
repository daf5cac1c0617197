"""The printing processes: killed in the middle of a document, hanging, idle when killed, with their parent gone."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from deploy.local.font import find_fonts
from services.reporting.files.making import Tools
from services.reporting.files.press import Press
from shared.errors import UnavailableError
from tests.house.tree import ROOT
from tests.reporting import drawn

TOOLS = Tools(find_fonts(), "TH Sarabun New")
WORDS = {"rows": ["นายณัฏฐ์ ผู้มีสิทธิ์"]}
PARENT = """
import asyncio, sys
from pathlib import Path
from deploy.local.font import find_fonts
from services.reporting.files.making import Tools
from services.reporting.files.press import Press
from tests.reporting import drawn

async def main():
    press = Press(Tools(find_fonts(), "Sarabun"), 2)
    await press.open()
    await press.make("pdf", drawn.says_where, {"rows": [], "file": sys.argv[1]})

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    found = Press(TOOLS, 1, document_seconds=20)
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
    press = Press(TOOLS, 1, document_seconds=1)
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
    await until(lambda: not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE)
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
    press = Press(TOOLS, 2)
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


async def test_no_process_outlives_the_api(tmp_path: Path) -> None:
    file, program = tmp_path / "pid", tmp_path / "parent.py"
    program.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = await asyncio.create_subprocess_exec(sys.executable, str(program), str(file), env=environment)
    try:
        await until(lambda: file.exists() and file.read_text() != "")
        family = psutil.Process(parent.pid).children(recursive=True)
        assert len(family) >= 3
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
