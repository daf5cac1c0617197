"""Files that came from outside are opened by a process of their own, one for each: a file that crashes its reader, or makes it
take all memory or never end, is refused and nothing else happens."""

import asyncio
import contextlib
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from shared.errors import Fault, InvalidError, UnavailableError
from shared.sheets.columns import Columns

logger = logging.getLogger(__name__)

SECONDS = 60.0
_OF_THE_MACHINE = -signal.SIGKILL
"""How a process ends that the machine has no memory for. What ends by its own limits ends otherwise."""


@dataclass(frozen=True, slots=True)
class Job:
    """`results`: of rows, when the file is to be marked."""

    do: Literal["read", "mark"]
    path: Path
    columns: Columns
    most: int
    results: Sequence[Any] = ()


async def done(job: Job, *, seconds: float = SECONDS) -> tuple[int, IO[bytes]]:
    """How many rows there are, and what the process wrote: a file without a name, at its beginning.

    Raises InvalidError as the process does, or `unreadable_file` if the file was too much for it. Raises UnavailableError
    `reading_failed` if it was killed or could not be started."""
    with contextlib.ExitStack() as closing:
        output = closing.enter_context(tempfile.TemporaryFile())
        answer = await _answer(job, output, seconds)
        if "faults" in answer:
            raise InvalidError([Fault("/file", code, message) for code, message in answer["faults"]])
        output.seek(0)
        closing.pop_all()  # from here on it is the caller's to close
        return answer["total"], output


async def _answer(job: Job, output: IO[bytes], seconds: float) -> dict[str, Any]:
    try:
        process = await _begun(output.fileno())
    except OSError as error:
        raise UnavailableError("reading_failed", "no process could be begun") from error
    try:
        said = await asyncio.wait_for(_asked(process, _lines(job)), seconds)
    except TimeoutError:
        raise _unreadable("TimeoutError") from None
    finally:
        await _ended(process)
    answer = orjson.loads(said) if said else {"failed": f"ended with {process.returncode}"}
    assert isinstance(answer, dict)
    if not said and process.returncode == _OF_THE_MACHINE:
        raise UnavailableError("reading_failed", "the process that reads files was killed")
    if "failed" in answer:
        raise _unreadable(answer["failed"])
    return answer


async def _begun(output: int) -> asyncio.subprocess.Process:
    # With this one's path, wherever it came from: it finds the same modules.
    code = f"import sys; sys.path[:] = {sys.path!r}; from shared.sheets.child import main; main({output})"
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, pass_fds=(output,)
    )


async def _asked(process: asyncio.subprocess.Process, lines: bytes) -> bytes:
    """Its answer, empty if it ended without one. The standard input stays open until then: it tells of this process's end."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(lines)
        await process.stdin.drain()
    return await process.stdout.read()


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None and process.stdout is not None and not process.stdout.at_eof():
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await asyncio.shield(process.wait())


def _lines(job: Job) -> bytes:
    said = {
        "do": job.do,
        "path": str(job.path),
        "most": job.most,
        "columns": job.columns,
        "results": len(job.results),
    }
    return b"".join(
        orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS) for line in (said, *job.results)
    )


def _unreadable(reason: str) -> InvalidError:
    logger.warning("a file could not be read", extra={"reason": reason})
    return InvalidError([Fault("/file", "unreadable_file", "the file cannot be read in the time and memory that there is")])
