"""What the log says of events that were heard: one line each, with the request that they go back to. Of a long backlog only how
much of it was taken."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from shared.logs import trace_id_of, within
from shared.store.groups import Heard

logger = logging.getLogger(__name__)

EACH_UP_TO = 50
"""Events of one batch: as they come in during the day. A rebuild or an outage brings thousands, and a line costs as much as the
event."""


@contextmanager
def handling(heard: Heard) -> Iterator[None]:
    """Lines meanwhile carry the ids of the request, the trace and the actor that the event goes back to; the last one says that
    it is done. Nothing is said of one that fails: whoever parks it does."""
    with _of_its_request(heard):
        began = time.perf_counter()
        yield
        logger.info("handled", extra=_named(heard) | {"ms": round((time.perf_counter() - began) * 1000, 2)})


def say_taken(batch: Sequence[Heard]) -> None:
    """For the bulk ear, once a batch is stored."""
    if len(batch) > EACH_UP_TO:
        logger.info("handled", extra={"events": len(batch), "topics": dict(Counter(heard.topic for heard in batch))})
        return
    for heard in batch:
        with _of_its_request(heard):
            logger.info("handled", extra=_named(heard))


@contextmanager
def _of_its_request(heard: Heard) -> Iterator[None]:
    meta = orjson.loads(heard.meta)
    with within(meta["correlation"], trace_id=trace_id_of(meta.get("traceparent")), actor=meta.get("actor")):
        yield


def _named(heard: Heard) -> dict[str, object]:
    return {
        "event_id": str(heard.id),
        "type": heard.type,
        "source": heard.source,
        "topic": heard.topic,
        "partition": heard.partition,
        "offset": heard.offset,
    }
