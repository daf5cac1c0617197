"""`python -m services.routing roster load|status|drop`: what people type, and what they are told."""

import argparse
import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TextIO

import psycopg

from services.routing.roster.loading import BadLines, Progress, found_all, load, try_out
from services.routing.roster.reading import RosterFile, RosterFileError
from shared.process import Command, Definition
from shared.roster.editions import Editions, ReadSoFar
from shared.settings import Settings

CONNECT_SECONDS = 5
FULL = "the vault's disk is full; what was read is kept: make room, and the same command goes on there"
AWAY = "the vault's database does not answer; what was read is kept: the same command goes on there"
INTERRUPTED = "interrupted; what was read is kept: the same command goes on there"
HELD = "somebody reads the vault for long, as a backup does; what was read is kept: the same command, later, puts it into use"


def add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    loading = actions.add_parser("load", help="add files of citizen IDs to an edition, and use it when all are read")
    loading.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV, also packed with gzip")
    loading.add_argument("--edition", required=True, type=_edition, help="Buddhist year, as 2563 or 2563-02")
    loading.add_argument("--dry-run", action="store_true", help="read and count only")
    loading.add_argument("--bad-lines", type=Path, metavar="FILE", help="where the numbers of all bad lines are written (CSV)")
    loading.set_defaults(act=_load)
    actions.add_parser("status", help="which editions there are").set_defaults(act=_status)
    dropping = actions.add_parser("drop", help="remove an edition; the newest that is left is used")
    dropping.add_argument("--edition", required=True, type=_edition)
    dropping.set_defaults(act=_drop)


def _edition(text: str) -> str:
    if not re.fullmatch(r"25[0-9]{2}(-[0-9]{2})?", text, re.ASCII):
        raise argparse.ArgumentTypeError("a Buddhist year as 2563, or with the number of its issue as 2563-02")
    return text


async def run(_: Definition, settings: Settings, given: argparse.Namespace) -> int:
    """1 when it could not be done, 130 after Ctrl-C; what was not done is gone on with the next time."""
    try:
        result: int = await given.act(settings, given)
    except RosterFileError as error:
        return _failed(str(error))
    except psycopg.errors.DiskFull:
        return _failed(FULL)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        return _failed(HELD)
    except psycopg.OperationalError:
        return _failed(AWAY)
    except psycopg.errors.UndefinedTable:
        return _failed("the vault has no tables for it yet: `migrate` comes first")
    except asyncio.CancelledError:  # Ctrl-C; nothing else cancels a command
        return _failed(INTERRUPTED, code=130)
    except OSError as error:
        return _failed(f"{error.filename or 'a file'}: {error.strerror}")
    return result


COMMAND = Command("roster", "the informal-worker database in the vault", add_to, run)


async def _load(settings: Settings, given: argparse.Namespace) -> int:
    if given.bad_lines is not None and given.bad_lines.resolve() in [path.resolve() for path in given.files]:
        return _failed("--bad-lines names one of the files to be read")
    files = found_all(given.files)
    with _bad_lines_file(given.bad_lines) as into:
        if given.dry_run:
            for file in files:
                _try_out(file, into)
            print("dry run: nothing was stored")
            return 0
        async with _editions(settings) as editions:
            await editions.alone(lambda: print("another load is under way: waiting for its end", file=sys.stderr, flush=True))
            for file in files:
                await _load_one(editions, file, given.edition, settings.pepper_bytes, into)
            print(f"edition {given.edition}: sorting and indexing", file=sys.stderr, flush=True)
            await editions.complete(given.edition)
            await _say_editions(editions)
    return 0


def _try_out(file: RosterFile, into: TextIO | None) -> None:
    progress, bad = Progress(file), BadLines(file.path.name, into)
    with _named(file):
        counted = try_out(file, progress, bad.add)
    progress.end()
    _say_file(file, counted, bad)


async def _load_one(editions: Editions, file: RosterFile, edition: str, pepper: bytes, into: TextIO | None) -> None:
    progress, bad = Progress(file), BadLines(file.path.name, into)
    with _named(file):
        so_far = await load(editions, file, edition=edition, pepper=pepper, tell=progress)
    progress.end()
    async for found in editions.bad_lines(so_far):
        bad.add([found])
    _say_file(file, so_far, bad)


@contextlib.contextmanager
def _named(file: RosterFile) -> Iterator[None]:
    try:
        yield
    except RosterFileError as error:
        raise RosterFileError(f"{file.path.name}: {error}; nothing of it is kept") from error


async def _status(settings: Settings, _: argparse.Namespace) -> int:
    async with _editions(settings) as editions:
        await _say_editions(editions)
    return 0


async def _drop(settings: Settings, given: argparse.Namespace) -> int:
    async with _editions(settings) as editions:
        await editions.alone(lambda: print("a load is under way: waiting for its end", file=sys.stderr, flush=True))
        if not await editions.drop(given.edition):
            return _failed(f"there is no edition {given.edition}")
        await _say_editions(editions)
    return 0


def _say_file(file: RosterFile, so_far: ReadSoFar, bad: BadLines) -> None:
    before = ", in use already" if so_far.state == "in use" else ""
    print(f"{file.path.name}: {so_far.lines:,} lines, {so_far.ids:,} citizen IDs, {so_far.bad:,} bad lines{before}")
    if so_far.bad:
        print(bad.said(so_far.bad), flush=True)


async def _say_editions(editions: Editions) -> None:
    listed = await editions.listed()
    newest = max((one.edition for one in listed if one.build), default=None)
    for one in listed:
        if one.build:
            used = ", used by look-ups" if one.edition == newest else ""
            twice = f"{one.ids - one.people:,} named more than once, {one.bad:,} bad lines"
            on = f"{one.completed_at:%Y-%m-%d}"
            print(f"edition {one.edition}: {one.people:,} people of {_files(one.files)} ({twice}), {on}{used}")
        if one.reading:
            print(f"edition {one.edition}: {_files(one.reading)} begun and not in use; `roster load` goes on with them")
    if not listed:
        print("no edition is loaded: nobody is found in the informal-worker database")


@contextlib.asynccontextmanager
async def _editions(settings: Settings) -> AsyncIterator[Editions]:
    if settings.vault_owner is None:
        raise SystemExit("SONGTOR_VAULT_OWNER is needed: this command runs as the owner of the vault's tables")
    dsn = settings.vault_owner.get_secret_value()
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        yield Editions(connection)


@contextlib.contextmanager
def _bad_lines_file(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as into:
        into.write("file,line,reason\n")
        yield into


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _failed(why: str, *, code: int = 1) -> int:
    print(f"✗ {why}", file=sys.stderr)
    return code
