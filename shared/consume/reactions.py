"""Hearing event by event: Faust agents that store each event they hear, with what the service decides because of it, as one
group. Decoding, order, retries and parking are done here; a handler only loads and decides."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import faust
from faust.types import TP, EventT, StreamT

from shared.broker import Broker
from shared.cloudevents import heard_from
from shared.consume import parking
from shared.consume.parking import Message
from shared.consume.telling import handling
from shared.errors import ConflictError, PoisonError, UnavailableError
from shared.events.catalogue import decode
from shared.events.contract import Event
from shared.ids import derived_id
from shared.metrics import HEARD, LOOP_TURN, PARKED, REACTION_SECONDS, REACTIONS_PAUSED
from shared.store.groups import Claim, Group, Heard, Meta, say
from shared.store.records import Stream
from shared.store.store import Store

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
PARKED_KEYS_A_MINUTE = 20
RETRY_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may use: the store to load from, and the time of what it decides (the cause's own when that was played)."""

    store: Store
    heard: Heard
    at: datetime

    def derived(self, role: str) -> UUID:
        """An id for something this event causes, the same on every try."""
        return derived_id(self.heard.id, role)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service says because of what it heard: events on one stream, decided on that stream as loaded."""

    stream: Stream
    events: Sequence[Event] = ()
    claims: Sequence[Claim] = ()


Handler = Callable[[Any, Context], Awaitable[Reaction | None]]
"""`on_<event>(event, context)`: loads, decides, and returns what to say. None, or no handler: the event is only stored."""


@dataclass(slots=True)
class _Partition:
    """What is remembered of an assigned partition. The lock keeps retries and new records apart."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    parked: set[str] | None = None
    """Keys with open rows; None until looked up."""
    fresh: bool = True
    """Newly ours: what is parked is tried once more, by what may be a newer release."""


class Reactions:
    """One service's ear. `start` once the broker answers; `stop` finishes the record at hand."""

    def __init__(
        self,
        store: Store,
        *,
        kafka: Broker,
        topics: Sequence[str],
        handlers: Mapping[type[Event], Handler],
        replica: str,
        data_dir: str,
        session_timeout: int = 30,
        topic_suffix: str = "",
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._suffix = topic_suffix
        self._partitions: dict[tuple[str, int], _Partition] = {}
        self._parked_lately: dict[tuple[str, str | None], float] = {}
        group = store.service + topic_suffix
        self.app = faust.App(
            group,
            **kafka.for_faust(),
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_group_instance_id=f"{group}-{replica}",
            broker_session_timeout=session_timeout,
            broker_heartbeat_interval=1,
            broker_commit_interval=0.5,
            broker_max_poll_interval=86_400,
            consumer_auto_offset_reset="earliest",
            stream_wait_empty=False,
            web_enabled=False,
            datadir=f"{data_dir}/faust-{group}-{replica}",
        )
        channel = self.app.topic(
            *(topic + topic_suffix for topic in topics),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        self.app.agent(channel, name=f"{store.service}.reactions", isolated_partitions=True, concurrency=1)(self._listen)
        self.app.on_partitions_revoked.connect(cast(Any, self._revoked))
        self.app.on_partitions_assigned.connect(cast(Any, self._assigned))

    async def run(self) -> None:
        """Hears until cancelled. If Faust ends by itself the process ends too (70): a supervisor starts it again."""
        self.app.finalize()
        await self.app.start()
        try:
            while not (self.app.should_stop or self.app.crashed):
                LOOP_TURN.labels("reactions").set(time.time())
                await self.retry_parked()
                await asyncio.sleep(RETRY_EVERY)
            logger.critical("faust ended by itself", extra={"reason": type(self.app.crash_reason).__name__})
            os._exit(70)
        finally:
            await self.app.stop()

    async def _assigned(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        for tp in assigned:
            self._partitions[tp.topic.removesuffix(self._suffix), tp.partition] = _Partition()

    async def _revoked(self, _app: Any, revoked: set[TP], **_: Any) -> None:
        """What is parked there is another process's to work off now."""
        for tp in revoked:
            self._partitions.pop((tp.topic.removesuffix(self._suffix), tp.partition), None)

    async def _listen(self, stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            await self.take(self._message(event))

    def _message(self, event: EventT[bytes]) -> Message:
        raw = event.message
        headers = raw.headers.items() if isinstance(raw.headers, Mapping) else raw.headers
        topic = raw.topic.removesuffix(self._suffix)
        return Message(topic, raw.partition, raw.offset, raw.key, raw.value, tuple(headers or ()))

    async def take(self, message: Message) -> None:
        """One record, to its end: stored, dropped as known, or parked. Returns only then; never raises but when cancelled."""
        partition = self._partitions.setdefault((message.topic, message.partition), _Partition())
        async with partition.lock:
            await self._patiently(lambda: self._take_new(message, partition))

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        """What is away is waited for in place: order and offsets stay as they are."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await step()
            except UnavailableError as error:
                logger.warning("waiting in place", extra={"code": error.code})
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _take_new(self, message: Message, partition: _Partition) -> None:
        if partition.parked is None:
            async with self._store.connection() as connection:
                partition.parked = await parking.open_keys(connection, message.topic, message.partition)
        if message.key_text in partition.parked:
            await self._park(message, parking.BEHIND, partition)
            return
        reason = await self._handle(message)
        if reason is not None:
            await self._wait_while_too_much_is_parked(message)
            await self._park(message, reason, partition)

    async def _handle(self, message: Message) -> str | None:
        """Stores the event with its reaction. Returns why it must be parked, or None."""
        started = time.perf_counter()
        try:
            heard = heard_from(
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                key=message.key,
                value=message.value,
                headers=message.headers,
            )
            with handling(heard):
                await self._react(heard, decode(heard.type, heard.schema, heard.data))
        except PoisonError as error:
            return error.reason
        except UnavailableError:
            raise
        except Exception as error:
            logger.exception("a reaction failed", extra={"topic": message.topic, "offset": message.offset})
            return f"failed_{type(error).__name__}"
        HEARD.labels(message.topic).inc()
        REACTION_SECONDS.labels(heard.type).observe(time.perf_counter() - started)
        return None

    async def _react(self, heard: Heard, event: Event) -> None:
        """Loads, decides and appends; when something else came in between, again on what is known then."""
        handler = self._handlers.get(type(event))
        while True:
            at = heard.recorded_at if heard.played else datetime.now(UTC)
            reaction = await handler(event, Context(self._store, heard, at)) if handler is not None else None
            try:
                await self._store.append(_group(self._store.service, heard, reaction, at))
            except ConflictError:
                continue
            return

    async def _park(self, message: Message, reason: str, partition: _Partition) -> None:
        async with self._store.connection() as connection:
            await parking.park(connection, message, reason)
        if message.key_text is not None and partition.parked is not None:
            partition.parked.add(message.key_text)
        PARKED.labels(message.topic, reason).inc()
        logger.error("parked", extra={"topic": message.topic, "offset": message.offset, "reason": reason})

    async def _wait_while_too_much_is_parked(self, message: Message) -> None:
        """More than 20 keys in a minute cannot be their fault: stand still and alarm rather than park the whole topic."""
        self._parked_lately[message.topic, message.key_text] = time.monotonic()
        while len(self._parked_lately) > PARKED_KEYS_A_MINUTE:
            REACTIONS_PAUSED.set(1)
            await asyncio.sleep(1)
            since = time.monotonic() - 60
            self._parked_lately = {key: at for key, at in self._parked_lately.items() if at > since}
        REACTIONS_PAUSED.set(0)

    async def retry_parked(self) -> None:
        """Works off, in order, what people marked for another try, and what only waited behind something now done."""
        try:
            async with self._store.connection() as connection:
                waiting = await parking.open_partitions(connection)
            for (topic, number), partition in list(self._partitions.items()):
                if (topic, number) in waiting or partition.parked:
                    async with partition.lock:
                        await self._retry_partition(topic, number, partition)
                else:
                    partition.fresh = False
        except UnavailableError as error:
            logger.warning("parked records wait", extra={"code": error.code})

    async def _retry_partition(self, topic: str, number: int, partition: _Partition) -> None:
        async with self._store.connection() as connection:
            rows = await parking.open_rows(connection, topic, number)
        blocked: set[str | None] = set()
        for row in rows:
            key = row.message.key_text
            due = partition.fresh or row.state == "retry" or row.reason == parking.BEHIND
            if key in blocked or not due:
                blocked.add(key)
                continue
            reason = await self._handle(row.message)
            async with self._store.connection() as connection:
                await parking.settle(connection, row.message, "done" if reason is None else "parked", reason)
            if reason is not None:
                blocked.add(key)
        partition.parked = {key for key in blocked if key is not None}
        partition.fresh = False


def _group(service: str, heard: Heard, reaction: Reaction | None, at: datetime) -> Group:
    meta = Meta(actor=f"system:{service}", correlation=heard.correlation, causation=heard.id, played=heard.played)
    if reaction is None:
        return Group(said=(), meta=meta, heard=heard)
    said = [
        replace(said, id=derived_id(heard.id, f"{said.event.TYPE} {number}"))
        for number, said in enumerate(say(reaction.stream, reaction.events, at))
    ]
    return Group(said=said, meta=meta, heard=heard, known=[(reaction.stream.id, reaction.stream.known)], claims=reaction.claims)
