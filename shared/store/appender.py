"""One task per process that stores what many callers want stored, up to 500 groups in a call.

The lock and the flush are paid per call. There is no timer: a batch is what came in during the last call."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from shared.connecting import connect
from shared.errors import SongtorError, UnavailableError
from shared.metrics import APPEND_GROUPS, APPEND_OUTCOMES, APPEND_SECONDS
from shared.store.call import Loser, append_call, outcome_of
from shared.store.groups import Group, Outcome, Stored

logger = logging.getLogger(__name__)

_STORED = APPEND_OUTCOMES.labels("stored")
BATCH_GROUPS = 500
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
PATIENCE = 10.0
"""Longer than any caller waits: what hangs may still be stored, and is asked about on the next connection."""


@dataclass(slots=True, eq=False)
class _Waiting:
    group: Group
    future: asyncio.Future[Outcome]
    touches: frozenset[Hashable]
    sent: bool = field(default=False)
    """It was in a call whose end nobody saw: it may or may not be stored."""


class Appender:
    """Takes groups from any number of callers; `run` must be running. Outcomes are per group, see `append`."""

    def __init__(self, dsn: str, service: str) -> None:
        self._dsn = dsn
        self._service = service
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._stopping = False

    async def append(self, group: Group) -> Outcome:
        """Stores the group. Returns Stored or Repeated. Raises ConflictError (load and decide again), ClaimedError (with the
        holder), RefusedError `idempotency_key_reused` (as 422), PoisonError `fork`, UnavailableError (`database_unavailable`:
        not stored; `outcome_unknown`: ask again with the same key)."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(group, loop.create_future(), frozenset(group.touches()))
        self._queue.append(waiting)
        self._wake.set()
        if group.deadline is None:
            return await waiting.future
        done, _ = await asyncio.wait({waiting.future}, timeout=max(0.0, group.deadline - loop.time()))
        if done:
            return waiting.future.result()
        waiting.future.cancel()
        APPEND_OUTCOMES.labels("unknown" if waiting.sent else "expired").inc()
        raise UnavailableError("outcome_unknown" if waiting.sent else "database_unavailable")

    async def run(self) -> None:
        """Sends batches until `stop`. Survives everything the database does; a group without deadline waits for ever."""
        pause = FIRST_PAUSE
        while not (self._stopping and not self._queue):
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = self._next_batch()
            if not batch:
                continue
            try:
                await self._send(batch)
                pause = FIRST_PAUSE
            except psycopg.OperationalError as error:
                logger.warning("database away, appends wait", extra={"sqlstate": error.sqlstate, "groups": len(batch)})
                self._put_back(batch)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        await self._disconnect()

    async def stop(self) -> None:
        """Lets `run` end once the queue is empty."""
        self._stopping = True
        self._wake.set()

    def _next_batch(self) -> list[_Waiting]:
        """The next groups, none of which touches what an earlier one touches: those wait for the next call, in order."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        touched: set[Hashable] = set()
        while self._queue and len(batch) < BATCH_GROUPS:
            waiting = self._queue.popleft()
            if waiting.future.done():
                continue
            if touched.isdisjoint(waiting.touches):
                batch.append(waiting)
            else:
                left.append(waiting)
            touched |= waiting.touches
        self._queue.extendleft(reversed(left))
        return batch

    def _put_back(self, batch: list[_Waiting]) -> None:
        self._queue.extendleft(waiting for waiting in reversed(batch) if not waiting.future.done())

    async def _send(self, batch: list[_Waiting]) -> None:
        connection = await self._connected()
        if any(waiting.sent for waiting in batch):
            batch = await self._settle(connection, batch)
        if not batch:
            return
        for waiting in batch:
            waiting.sent = True
        try:
            began = time.perf_counter()
            head, losers = await append_call(connection, self._service, [waiting.group for waiting in batch])
            APPEND_SECONDS.observe(time.perf_counter() - began)
        except psycopg.OperationalError:
            if not connection.closed:  # the server answered with an error: nothing of this call is stored
                for waiting in batch:
                    waiting.sent = False
            raise
        except (psycopg.Error, ValueError) as error:
            for waiting in batch:
                waiting.sent = False
            await self._one_by_one(batch, error)
            return
        APPEND_GROUPS.observe(len(batch))
        _STORED.inc(len(batch) - len(losers))
        for loser in losers.values():
            APPEND_OUTCOMES.labels(loser.outcome).inc()
        for place, waiting in enumerate(batch):
            if not waiting.future.done():
                self._answer(waiting, head, losers.get(place))

    def _answer(self, waiting: _Waiting, head: int, loser: Loser | None) -> None:
        try:
            waiting.future.set_result(outcome_of(head, loser))
        except SongtorError as refused:
            waiting.future.set_exception(refused)

    async def _one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        """A call failed because of one group; the others must not suffer for it."""
        if len(batch) == 1:
            if not batch[0].future.done():
                batch[0].future.set_exception(error)
            return
        for waiting in batch:
            await self._send([waiting])

    async def _settle(self, connection: psycopg.AsyncConnection[Any], batch: list[_Waiting]) -> list[_Waiting]:
        """Answers those of an earlier, unseen call that are stored after all. Under the append lock: the lost call has either
        ended before or finds its groups stored by us and leaves them out."""
        marked = {waiting: mark for waiting in batch if (mark := waiting.group.mark(self._service)) is not None}
        if not marked:
            return batch
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('songtor.append'))")
            cursor = await connection.execute(
                "SELECT f.id, (SELECT position FROM head)"
                " FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::uuid[]) AS f(stream, source, version, id)"
                " JOIN events e ON e.stream_id = f.stream AND e.source = f.source AND e.version = f.version AND e.id = f.id",
                [list(column) for column in zip(*marked.values(), strict=True)],
            )
            stored = dict(await cursor.fetchall())
        left = []
        for waiting in batch:
            mark = marked.get(waiting)
            if mark is None or mark[3] not in stored:
                left.append(waiting)
            elif not waiting.future.done():
                waiting.future.set_result(Stored(stored[mark[3]]))
        return left

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await connect(self._dsn, name=f"{self._service} appender", patience=PATIENCE)
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
