"""What a log line says of an exception: its kind and where it happened, and not its words, which may repeat what people sent."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from aiokafka.errors import KafkaError

from shared.errors import SongtorError

_ROOT = Path(__file__).parent.parent
_FRAMES = 12
_CAUSES = 5
_SPEAKING = (SongtorError, OSError, KafkaError, psycopg.OperationalError)
"""Whose words are our codes, or of the machine: an address, a file, a server that is away. Other words may hold values."""


def may_be_repeated(error: BaseException) -> bool:
    return isinstance(error, _SPEAKING)


def failure(error: BaseException) -> list[dict[str, Any]]:
    """The exception and, after it, what it came of. Of each: `type`, `at` (the last frames, outermost first), `sqlstate` where
    there is one, and `words` where they may be repeated."""
    return [_described(one) for one, _ in zip(_chain(error), range(_CAUSES), strict=False)]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _described(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    found: dict[str, Any] = {"type": kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"}
    if isinstance(error, psycopg.Error) and error.sqlstate:
        found["sqlstate"] = error.sqlstate
    if may_be_repeated(error):
        found["words"] = str(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return found | {"at": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]}


def _short(name: str) -> str:
    """From the repository or the package on: where it is installed is no business of a log."""
    _, found, package = name.rpartition("site-packages/")
    return package if found else name.removeprefix(f"{_ROOT}/")
