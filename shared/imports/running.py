"""The imports of one api process: a few at once, chunk by chunk, whether or not whoever sent them still waits. How they stand
is in the database (`standing.py`); what a row means is the importer's."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from fastapi import FastAPI, Request

from shared.audit.entry import by_code
from shared.errors import SongtorError, UnavailableError
from shared.imports import standing
from shared.imports.kind import CHUNK_ROWS, Importer, ImportKind
from shared.imports.results import Counts, RowResult, as_json, refused
from shared.imports.standing import INTERRUPTED, Standing
from shared.imports.upload import sweep, uploads
from shared.metrics import IMPORT_ROWS, IMPORT_SECONDS, IMPORTS_RUNNING
from shared.settings import Settings
from shared.sheets.reading import Row, Sheet
from shared.web import Edge

logger = logging.getLogger(__name__)

AT_ONCE = 2
MOST = 20
"""Running and waiting ones of one process."""
BEAT_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""For so long what an import needs may be away."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
LEAVE_SECONDS = 1.5
"""For a chunk to be finished when the process is told to go."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Job:
    """An import that has begun. Whoever runs it closes `sheet`."""

    one: Standing
    kind: ImportKind
    edge: Edge
    sheet: Sheet
    importer: Importer


class Imports:
    def __init__(self, *, at_once: int = AT_ONCE, most: int = MOST) -> None:
        self.most = most
        self.reading = asyncio.Semaphore(at_once)
        """For who reads a file: that takes a process and its memory."""
        self._turns = asyncio.Semaphore(at_once)
        self._jobs: dict[UUID, tuple[Job, asyncio.Task[None]]] = {}
        self._leaving = asyncio.Event()

    def must_have_room(self) -> None:
        """Raises UnavailableError `busy`."""
        if len(self._jobs) >= self.most or self._leaving.is_set():
            raise UnavailableError("busy", "too many imports are under way; try again later")

    def start(self, job: Job) -> asyncio.Task[None]:
        """It runs to its end even if nobody waits for it. Who does learns what ended it, as SongtorError."""
        task = asyncio.create_task(self._run(job), name=f"import {job.one.id}")
        self._jobs[job.one.id] = (job, task)
        IMPORTS_RUNNING.inc()
        task.add_done_callback(lambda done: self._gone(job, done))
        return task

    async def beat(self) -> None:
        """Until cancelled: says of those that wait for their turn, or for a database, that they are alive."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            jobs = [job for job, _ in self._jobs.values()]
            if jobs:
                with contextlib.suppress(UnavailableError):
                    await standing.beat(jobs[0].edge.store, [job.one.id for job in jobs])

    def leave(self) -> None:
        """From now on nothing begins, and what runs ends with its chunk."""
        self._leaving.set()

    async def close(self) -> None:
        """What does not end in time is left where it is: its silence tells."""
        self.leave()
        tasks = [task for _, task in self._jobs.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=LEAVE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _gone(self, job: Job, task: asyncio.Task[None]) -> None:
        self._jobs.pop(job.one.id, None)
        IMPORTS_RUNNING.dec()
        job.sheet.close()
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, SongtorError):
            logger.error("an import ended unexpectedly", exc_info=error, extra={"import_id": str(job.one.id)})

    async def _run(self, job: Job) -> None:
        began, state, code = time.monotonic(), "failed", "internal_error"
        try:
            async with self._turn():
                await self._take(job)
            await self._patiently(lambda: standing.end(job.edge.store, job.one, "done"))
            state = "done"
        except asyncio.CancelledError:
            code = INTERRUPTED
            raise
        except UnavailableError as error:
            code = error.code
            raise
        finally:
            IMPORT_SECONDS.labels(state).observe(time.monotonic() - began)
            if state != "done":
                with contextlib.suppress(UnavailableError):  # then its silence tells
                    await standing.end(job.edge.store, job.one, state, code)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Raises UnavailableError `interrupted` for who would have to begin when the process goes."""
        async with self._turns:
            self._must_stay()
            yield

    async def _take(self, job: Job) -> None:
        done, counts, codes = 0, Counts(), Counter[str]()
        for number, chunk in enumerate(job.sheet.chunks(CHUNK_ROWS)):
            self._must_stay()
            found, last = await self._patiently(partial(_taken, job.importer, chunk))
            done += len(chunk)
            counts += Counts.of(found)
            codes.update(one.code for one in found if one.code is not None)
            rows = as_json(found, job.kind.id_name)
            await self._go_on(job, number, done, counts, last, rows)
            if not job.one.dry_run:
                for one in found:
                    IMPORT_ROWS.labels(one.result).inc()
        details = {
            "import_id": str(job.one.id),
            "rows": done,
            "accepted": counts.accepted,
            "matched": counts.matched,
            "dry_run": job.one.dry_run,
            **by_code(codes.elements()),
        }
        await self._patiently(lambda: job.edge.audited(details=details))

    async def _go_on(self, job: Job, number: int, done: int, counts: Counts, last: str | None, rows: str) -> None:
        """Raises UnavailableError `interrupted` where the same command has begun it again somewhere."""

        async def so_far() -> bool:
            return await standing.go_on(job.edge.store, job.one, number, done=done, counts=counts, last=last, rows=rows)

        if not await self._patiently(so_far):
            raise UnavailableError(INTERRUPTED, "it was begun again elsewhere")

    def _must_stay(self) -> None:
        if self._leaving.is_set():
            raise UnavailableError(INTERRUPTED, "the service stops; send the file again")

    async def _patiently(self, call: Callable[[], Awaitable[Found]]) -> Found:
        """What `call` gives, tried again while something is away."""
        end, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
        while True:
            try:
                return await call()
            except UnavailableError as error:
                if time.monotonic() > end:
                    raise
                logger.warning("an import waits", extra={"code": error.code})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), pause)
            self._must_stay()
            pause = min(pause * 2, LONGEST_PAUSE)


async def _taken(importer: Importer, chunk: list[Row]) -> tuple[list[RowResult], str | None]:
    """Rows that could not even be read are refused here."""
    good = [row for row in chunk if not row.faults]
    bad = [refused(row, row.faults[0].column, row.faults[0].code) for row in chunk if row.faults]
    taken = await importer.take(good)
    return [*bad, *taken.results], taken.position


def open_imports(app: FastAPI, settings: Settings) -> AbstractAsyncContextManager[None]:
    """For the api's lifespan."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        imports = app.state.imports = Imports()
        sweep(uploads(settings.data_dir))
        beating = asyncio.create_task(imports.beat(), name="heartbeats of imports")
        try:
            yield
        finally:
            await imports.close()
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    return opened()


def imports_of(request: Request) -> Imports:
    imports = request.app.state.imports
    assert isinstance(imports, Imports)
    return imports
