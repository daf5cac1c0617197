"""How processes log: one JSON object per line on stderr, by structlog, in words that repeat nothing of what people sent. Who logs
what is each module's own affair; redacting citizen IDs here is the net below that."""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO, cast
from uuid import UUID

import orjson
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.citizen_id import is_valid, without_valid_ids
from shared.failures import failure, may_be_repeated

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set by the HTTP edge, and by reactions to what caused them; appears in every line logged meanwhile."""
TRACE_ID: ContextVar[str | None] = ContextVar("trace_id", default=None)
"""The caller's, of its `traceparent`, or else the request id as 32 hexadecimal digits."""
ACTOR: ContextVar[str | None] = ContextVar("actor", default=None)
"""The opaque id of whoever asks (`shared/auth.py:Principal`), once that is known."""

PROBLEM: ContextVar[str | None] = ContextVar("problem", default=None)
"""The code of the problem that the request at hand is answered with."""

REDACTED = "[redacted]"
ID_DIGITS = 13
# Shapes of ids that machines make: a run of digits in them is chance.
_OPAQUE = re.compile(r"((?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9A-Za-z]))")
# Clients of Kafka and PostgreSQL that write dozens of lines a second while their server is away.
_TALKATIVE = ("aiokafka", "faust", "mode", "kafka", "psycopg")

ONCE_IN_S = 10.0
_TEMPLATES_AT_MOST = 1000


class OnceInAWhile(logging.Filter):
    """Lets a talkative library say the same thing once in ONCE_IN_S; the next line says how many were left out. The same
    thing: the same logger, level and message before its values are filled in."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _TALKATIVE:
            return True
        key, now = (record.name, record.levelno, str(record.msg)), self._monotonic()
        said_at, left_out = self._said.get(key, (-ONCE_IN_S, 0))
        if now < said_at + ONCE_IN_S:
            self._said[key] = (said_at, left_out + 1)
            return False
        if left_out:
            record.left_out = left_out
        if len(self._said) >= _TEMPLATES_AT_MOST:
            self._said.clear()  # messages with the values already in them: better to repeat than to grow
        self._said[key] = (now, 0)
        return True


class _NoWordsOfFailures(logging.Filter):
    """Libraries write exceptions into their messages, and those may repeat a name that somebody sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and any(isinstance(value, BaseException) for value in record.args):
            record.args = tuple(_named(value) for value in record.args)
        if isinstance(record.msg, BaseException):
            record.msg = _named(record.msg)
        if record.name == "asyncio" and isinstance(record.msg, str):
            record.msg = record.msg.partition("\n")[0]  # what follows is the repr of a task with its exception
        return True


def _named(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) and not may_be_repeated(value) else value


def redacted(value: Any) -> Any:
    """The value without valid citizen IDs; anything that JSON does not know becomes text first."""
    if isinstance(value, str):
        if len(value) < ID_DIGITS:
            return value
        parts = _OPAQUE.split(value)
        parts[::2] = [without_valid_ids(part, REDACTED) for part in parts[::2]]
        return "".join(parts)
    if isinstance(value, dict):
        return {redacted(str(name)): redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner) for inner in value]
    if isinstance(value, bool | float | datetime | UUID | None):
        return value
    return redacted(str(value)) if not isinstance(value, int) or is_valid(str(value)) or abs(value) >= 2**63 else value


def _shaped(service: str, process: str) -> Processor:
    """Gives a line its order: for the reader's eye the time comes first, what the call added last."""

    def shape(_: WrappedLogger, __: str, given: EventDict) -> EventDict:
        record: logging.LogRecord = given.pop("_record")
        del given["_from_structlog"]
        given.pop("color_message", None)  # uvicorn's own repetition of its message
        line: dict[str, Any] = {"level": record.levelname, "service": service, "process": process}
        line |= {"logger": record.name, "message": given.pop("event")}
        for name, variable in (("request_id", REQUEST_ID), ("trace_id", TRACE_ID), ("actor", ACTOR)):
            if (known := variable.get()) is not None:
                line[name] = known
        error = (given.pop("exc_info", None) or (None, None))[1]
        line |= given
        if error is not None:
            line["exception"] = failure(error)
        return line

    return shape


def _without_ids(_: WrappedLogger, __: str, given: EventDict) -> EventDict:
    return cast(EventDict, redacted(given))


def _timed(_: WrappedLogger, __: str, given: EventDict) -> EventDict:
    now = datetime.now(UTC).isoformat()
    return {"time": now, **given}


def _as_json(_: WrappedLogger, __: str, given: EventDict) -> str:
    try:
        return orjson.dumps(given, default=str).decode()
    except TypeError:  # half a character, which is no UTF-8
        return json.dumps(given, default=str)


def json_lines(service: str, process: str, stream: TextIO) -> logging.Handler:
    """A handler that writes `time` (UTC), `level`, `service`, `process`, `logger`, `message`, of the request at hand
    `request_id`, `trace_id` and `actor`, the extra fields of the call, and an exception without its words."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[ExtraAdder()], processors=[_shaped(service, process), _without_ids, _timed, _as_json]
        )
    )
    handler.addFilter(OnceInAWhile())
    handler.addFilter(_NoWordsOfFailures())
    return handler


@contextmanager
def within(request_id: str, *, trace_id: str | None = None, actor: str | None = None) -> Iterator[None]:
    """Lines logged meanwhile name what they belong to."""
    tokens = [
        (variable, variable.set(value))
        for variable, value in ((REQUEST_ID, request_id), (TRACE_ID, trace_id or _trace_of(request_id)), (ACTOR, actor))
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def _trace_of(request_id: str) -> str:
    return request_id.replace("-", "")


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id in a W3C `traceparent` that has the right form."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 and re.fullmatch(r"[0-9a-f]{32}", parts[1]) else None


def set_up(service: str, process: str, level: str) -> None:
    """To be called once, first of all. Whatever handlers there were are replaced."""
    logging.root.handlers[:] = [json_lines(service, process, sys.stderr)]
    logging.root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        # What they do each second is not worth a line at INFO; that they fail is.
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    # Its lines hold the whole address, and addresses hold ids.
    logging.getLogger("uvicorn.access").disabled = True
