"""Files of citizen IDs into an edition of the informal-worker database, and into what people are told of it meanwhile."""

import csv
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from services.routing.roster.reading import Batch, RosterFile, RosterFileError
from shared.roster.editions import BadLine, Editions, ReadSoFar, entry

SHOWN = 20
"""So many bad lines of a file are listed; all of them in the file of `--bad-lines`."""
_EVERY_S, _EVERY_ON_TERMINAL_S = 10.0, 0.5

Tell = Callable[[Batch], None]


class NothingInItError(RosterFileError):
    def __init__(self) -> None:
        super().__init__("holds no citizen ID")


async def load(editions: Editions, file: RosterFile, *, edition: str, pepper: bytes, tell: Tell) -> ReadSoFar:
    """Reads one file to its end, from where it was read to before. Raises RosterFileError; then nothing of it is kept."""
    so_far = await editions.begin(edition, file.sha256)
    if so_far.state != "reading":
        return so_far
    try:
        for batch in file.batches(after=so_far.lines):
            people = [entry(pepper, number) for number in batch.numbers]
            so_far = await editions.take(so_far, lines=batch.lines, people=people, bad=batch.bad)
            tell(batch)
        if not so_far.ids:
            raise NothingInItError
    except RosterFileError:
        await editions.give_up(so_far)
        raise
    await editions.read_to_end(so_far)
    return so_far


def try_out(file: RosterFile, tell: Tell, bad_lines: Callable[[Iterable[BadLine]], None]) -> ReadSoFar:
    """Reads and counts, and stores nothing. Raises RosterFileError."""
    lines = ids = bad = 0
    for batch in file.batches():
        lines, ids, bad = batch.lines, ids + len(batch.numbers), bad + len(batch.bad)
        bad_lines(batch.bad)
        tell(batch)
    if not ids:
        raise NothingInItError
    return ReadSoFar(file=0, lines=lines, ids=ids, bad=bad, state="read")


class Progress:
    """How far a file is read: one line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, file: RosterFile, stream: TextIO = sys.stderr) -> None:
        self._file = file
        self._stream = stream
        self._terminal = stream.isatty()
        self._begun = self._said = time.monotonic()
        self._first: int | None = None

    def __call__(self, batch: Batch) -> None:
        now = time.monotonic()
        if self._first is None:  # what was read before this start is none of its speed
            self._first = batch.lines
        if now - self._said < (_EVERY_ON_TERMINAL_S if self._terminal else _EVERY_S):
            return
        self._said = now
        rate = (batch.lines - self._first) / (now - self._begun)
        share = batch.at / self._file.size if self._file.size else 1.0
        words = f"{self._file.path.name}: {share:.0%}, {batch.lines:,} lines, {rate:,.0f} lines/s"
        print(f"\r{words}\033[K" if self._terminal else words, end="" if self._terminal else "\n", file=self._stream, flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=self._stream, flush=True)


@dataclass
class BadLines:
    """The first of a file's bad lines for the screen, and every one for a file, if there is one: by number, never by content."""

    name: str
    into: TextIO | None
    shown: list[str] = field(default_factory=list)

    def add(self, found: Iterable[BadLine]) -> None:
        for bad in found:
            if len(self.shown) < SHOWN:
                self.shown.append(f"{bad.line} ({bad.reason})")
            if self.into is not None:
                csv.writer(self.into, lineterminator="\n").writerow([self.name, bad.line, bad.reason])

    def said(self, count: int) -> str:
        more = f" and {count - len(self.shown):,} more" if count > len(self.shown) else ""
        return f"  bad lines: {', '.join(self.shown)}{more}"


def found_all(paths: Sequence[Path]) -> list[RosterFile]:
    """Raises RosterFileError, which names the file."""
    files = []
    for path in paths:
        try:
            files.append(RosterFile.found(path))
        except (OSError, RosterFileError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise RosterFileError(f"{path.name}: {why}") from error
    return files
