"""Many files as one ZIP that is sent while it is made, never whole in memory, nor on a disk. The same files give the same
bytes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

Item = TypeVar("Item")
AHEAD = 3
"""Files that are made at a time: one is sent, two are on their way."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first instant that a ZIP can name; a file's own date would change its bytes."""
PACKED = (".pdf", ".xlsx")
"""They are compressed in themselves."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the ZIP."""

    name: str
    body: bytes


class _Outlet:
    """What a ZIP is written to: it cannot go back, and holds what has not been taken. No file, which would be closed under an
    archive that is given up and writes its end when it is collected."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, part: bytes) -> int:
        self._held += part
        return len(part)

    def flush(self) -> None:
        """Nothing waits behind it."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


async def zipped(entries: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
    """The ZIP in parts. What breaks off leaves out the directory at its end, without which no ZIP is one."""
    outlet = _Outlet()
    archive = ZipFile(outlet, "w")
    async for entry in entries:
        about = ZipInfo(entry.name, LONG_AGO)
        about.external_attr = 0o644 << 16
        about.compress_type = ZIP_STORED if entry.name.endswith(PACKED) else ZIP_DEFLATED
        archive.writestr(about, entry.body)
        yield outlet.taken()
    archive.close()
    yield outlet.taken()


async def in_order(items: Iterable[Item], make: Callable[[Item], Awaitable[Entry | None]]) -> AsyncIterator[Entry]:
    """What `make` makes of the items, in their order; some are made ahead. One that fails fails the whole: the others are given
    up."""
    waiting: deque[asyncio.Task[Entry | None]] = deque()
    try:
        for item in items:
            waiting.append(asyncio.ensure_future(_made(make, item)))
            if len(waiting) == AHEAD and (entry := await waiting.popleft()) is not None:
                yield entry
        while waiting:
            if (entry := await waiting.popleft()) is not None:
                yield entry
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _made(make: Callable[[Item], Awaitable[Entry | None]], item: Item) -> Entry | None:
    return await make(item)
