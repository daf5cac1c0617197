"""The printing processes of an api: files are made in them, outside the event loop, each within a time. One that dies, hangs or
has grown too big is replaced; the document it was at is tried once more."""

import asyncio
import logging
import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request
from pebble import ProcessExpired, ProcessPool

from shared.errors import UnavailableError
from shared.files import making
from shared.files.making import Content, Drawn, Made, NotDrawnError, PaperOf, Tools
from shared.files.print import FONT_FILES
from shared.metrics import FILE_FAILURES, FILE_SECONDS
from shared.settings import Settings

logger = logging.getLogger(__name__)

TRIES = 2
RENEWED_AFTER = 200
"""Documents of one process."""
MOST_MB = 400
"""A process that has held more is replaced: typst gives nothing back."""
DOCUMENT_SECONDS = 60.0
WAITING_SECONDS = 30.0
GRACE_SECONDS = 5.0
"""Beyond a document's time until the process itself is taken for lost."""
BEGIN_AGAIN_SECONDS = 1.0
LOST = (ProcessExpired, BrokenProcessPool, TimeoutError, NotDrawnError, RuntimeError, OSError)
"""RuntimeError: of a pool that has been stopped."""


class Press:
    """As many documents at a time as there are processes; the others wait their turn."""

    def __init__(self, tools: Tools, processes: int, *, document_seconds: float = DOCUMENT_SECONDS) -> None:
        self._tools, self._processes, self._seconds = tools, processes, document_seconds
        # A process each to a pool of its own: what one leaves torn in its pipe when it is killed is nobody else's.
        self._free: asyncio.Queue[ProcessPool] = asyncio.Queue()
        self._all: set[ProcessPool] = set()
        self._replacing: set[asyncio.Task[None]] = set()
        self._closing = False

    async def open(self) -> None:
        for _ in range(self._processes):
            await self._add()

    async def close(self) -> None:
        """Ends the processes, at whatever they are."""
        self._closing = True
        while self._all or self._replacing:
            pools, self._all = self._all, set()
            await asyncio.gather(*(asyncio.to_thread(_end, pool) for pool in pools), *self._replacing)

    async def make(self, wanted: Drawn, paper_of: PaperOf, content: Content) -> bytes:
        """Raises UnavailableError (`printing_failed`) when it failed twice, or no process was free in time."""
        with FILE_SECONDS.labels(wanted).time():
            for _ in range(TRIES):
                made = await self._tried(wanted, paper_of, content)
                if made is not None:
                    return made
        raise UnavailableError("printing_failed", "the document could not be made; JSON and CSV can be had")

    async def _tried(self, wanted: Drawn, paper_of: PaperOf, content: Content) -> bytes | None:
        pool = await self._turn()
        spoilt = True
        try:
            made: Made = await self._result(pool, wanted, paper_of, content)
            spoilt = made.peak_mb > MOST_MB
            return made.body
        except LOST as error:
            # Not what it says: that may quote a document.
            reason = type(error).__name__
            FILE_FAILURES.labels(wanted, reason).inc()
            logger.warning("a document was not made", extra={"format": wanted, "reason": reason})
            return None
        finally:
            if spoilt:
                self._replace(pool)
            else:
                self._free.put_nowait(pool)

    async def _result(self, pool: ProcessPool, wanted: Drawn, paper_of: PaperOf, content: Content) -> Made:
        job = pool.schedule(making.make, (wanted, paper_of, content, self._tools), timeout=self._seconds)
        made: Made = await asyncio.wait_for(asyncio.wrap_future(job), self._seconds + GRACE_SECONDS)
        return made

    async def _turn(self) -> ProcessPool:
        try:
            return await asyncio.wait_for(self._free.get(), WAITING_SECONDS)
        except TimeoutError as error:
            raise UnavailableError("printing_failed", "too many documents wait") from error

    def _replace(self, pool: ProcessPool) -> None:
        """Beside what goes on: who asked need not wait, or has gone. A pool is ended once only."""
        if self._closing or pool not in self._all:
            return
        self._all.discard(pool)
        for work in (asyncio.to_thread(_end, pool), self._add()):
            task = asyncio.create_task(work)
            self._replacing.add(task)
            task.add_done_callback(self._replacing.discard)

    async def _add(self) -> None:
        while not self._closing:
            try:
                pool = await asyncio.to_thread(_begun, self._tools)
            except (OSError, BrokenProcessPool):
                logger.exception("no printing process could be begun; trying again")
                await asyncio.sleep(BEGIN_AGAIN_SECONDS)
                continue
            self._all.add(pool)
            self._free.put_nowait(pool)
            return


def _begun(tools: Tools) -> ProcessPool:
    """A forkserver: this process has threads and connections that no child may inherit."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([making.__name__])
    pool = ProcessPool(max_workers=1, max_tasks=RENEWED_AFTER, initializer=making.begin, initargs=(tools,), context=context)
    pool.schedule(making.ready)
    return pool


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # Pebble gives types to all but this
    pool.join()


def open_press(app: FastAPI, settings: Settings) -> AbstractAsyncContextManager[None]:
    """For the api's lifespan. Raises SystemExit without fonts: found out at the start, not by whoever prints first."""
    fonts = settings.fonts
    missing = [name for name in FONT_FILES if fonts is None or not (fonts / name).is_file()]
    if fonts is None or missing:
        raise SystemExit(f"this service prints: SONGTOR_FONTS must be the directory of {', '.join(missing)}")
    return _opened(app, Press(Tools(fonts, settings.sheet_font), settings.printers))


@asynccontextmanager
async def _opened(app: FastAPI, press: Press) -> AsyncIterator[None]:
    """Starts at once and warms up meanwhile: who asks for JSON need not wait for it."""
    app.state.press = press
    opening = asyncio.create_task(press.open(), name="press")
    try:
        yield
    finally:
        await opening
        await press.close()


def press_of(request: Request) -> Press:
    press = request.app.state.press
    assert isinstance(press, Press)
    return press
