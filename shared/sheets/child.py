"""The process that reads one uploaded file, or writes it back marked, and ends. Whatever the file does to it, it takes no more
memory and time than it was given, and says nothing of what is in it."""

import os
import resource
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from shared.errors import InvalidError
from shared.sheets.columns import Column, Kind
from shared.sheets.marking import write_marked
from shared.sheets.parsing import parse
from shared.sheets.remarks import Remarks

MOST_BYTES = 1024**3
"""Of addresses. 50,000 rows of sixteen cells take a third of it."""
CPU_SECONDS = 50
MOST_WRITTEN = 1024**3


def main(output: int) -> None:
    """`output`: the descriptor of an open file to write to. The job comes as lines of JSON over the standard input, which stays
    open until the answer, one line of JSON over the standard output, has been heard."""
    _limit()
    sys.excepthook = _say_only_its_kind
    job = orjson.loads(sys.stdin.buffer.readline())
    results = [orjson.loads(sys.stdin.buffer.readline()) for _ in range(job["results"])]
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    columns = tuple(Column(**{**column, "kind": Kind(column["kind"])}) for column in job["columns"])
    try:
        path = Path(job["path"])
        head, rows = parse(path, columns, job["most"])
        with os.fdopen(output, "wb") as file:
            if job["do"] == "mark":
                remarks = Remarks(columns, head.headings, parse(path, columns, job["most"])[1])
                total = write_marked(file, head, rows, results, remarks)
            else:
                total = _write(file, ([row.number, row.values, row.faults] for row in rows))
        _say({"total": total})
    except InvalidError as error:
        _say({"faults": [(fault.code, fault.message) for fault in error.faults]})


def _write(file: BinaryIO, rows: Iterable[Any]) -> int:
    total = 0
    for row in rows:
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        total += 1
    return total


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))


def _leave_with_parent() -> None:
    # Not through the buffer, whose lock must be free when the process ends.
    os.read(0, 1)
    os._exit(0)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer))
    sys.stdout.buffer.flush()


def _say_only_its_kind(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Its words may quote a cell."""
    _say({"failed": kind.__name__})
