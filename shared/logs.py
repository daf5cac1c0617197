"""How processes log: one JSON object per line on stderr. Who logs what is each module's own affair; that nothing personal is
logged is everybody's, and redacting citizen IDs here is the net below that."""

import logging
import re
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from shared.citizen_id import is_valid

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set by the HTTP edge, and by reactions to what caused them; appears in every line logged meanwhile."""

REDACTED = "[redacted]"
# 13 digits of any script in one run, or grouped as on the card (1-2345-67890-12-3).
_ID = re.compile(r"(?<!\d)(?:\d{13}|\d([- ])\d{4}\1\d{5}\1\d{2}\1\d)(?!\d)")
# Clients of Kafka and PostgreSQL that write dozens of lines a second while their server is away.
_TALKATIVE = ("aiokafka", "faust", "mode", "kafka", "psycopg")
ONCE_IN_S = 10.0
_TEMPLATES_AT_MOST = 1000


class _Formatter(JsonFormatter):
    """Redacts before serialising: message, extra fields and tracebacks alike, and the line stays JSON."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        first = {"time": log_data["time"]}  # for the reader's eye
        return {redacted(name): redacted(value) for name, value in (first | log_data).items()}


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if (request_id := REQUEST_ID.get()) is not None:
            record.request_id = request_id
        return True


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


def redacted(value: Any) -> Any:
    """The value without valid citizen IDs; anything that JSON does not know becomes text first."""
    if isinstance(value, str):
        return _ID.sub(lambda found: REDACTED if is_valid(found.group()) else found.group(), value)
    if isinstance(value, dict):
        return {redacted(name): redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner) for inner in value]
    if isinstance(value, bool | float | datetime | None):
        return value
    return redacted(str(value)) if not isinstance(value, int) or is_valid(str(value)) else value


def json_lines(service: str, process: str, stream: TextIO) -> logging.Handler:
    """A handler that writes `time` (UTC), `level`, `service`, `process`, `logger`, `message`, `request_id` if there is one,
    and the extra fields of the call."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _Formatter(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            static_fields={"service": service, "process": process},
            timestamp="time",
            json_ensure_ascii=False,
        )
    )
    handler.addFilter(OnceInAWhile())
    handler.addFilter(_RequestId())
    return handler


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
