"""Many files as one ZIP: in order, the same bytes, and no ZIP at all when one of them fails."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from services.reporting.book import AHEAD, Entry, in_order, zipped

NAMES = [f"snb2-{number:02}.{suffix}" for number in range(6) for suffix in ("pdf", "csv")]


async def made(name: str) -> Entry | None:
    return Entry(name, name.encode() * 100)


async def parts_of(entries: AsyncIterator[Entry]) -> list[bytes]:
    return [part async for part in zipped(entries)]


async def test_a_book_has_every_file_in_order_and_always_the_same_bytes() -> None:
    first, second = [await parts_of(in_order(NAMES, made)) for _ in range(2)]
    assert first == second
    with zipfile.ZipFile(io.BytesIO(b"".join(first))) as book:
        assert book.testzip() is None
        assert book.namelist() == NAMES
        assert book.read(NAMES[3]) == NAMES[3].encode() * 100


async def test_a_file_is_sent_before_the_last_one_is_made() -> None:
    asked = []

    async def make(name: str) -> Entry | None:
        asked.append(name)
        return await made(name)

    parts = zipped(in_order(NAMES, make))
    assert await anext(parts)
    assert len(asked) <= AHEAD
    assert len([part async for part in parts]) == len(NAMES)


async def test_what_is_not_there_is_left_out() -> None:
    async def make(name: str) -> Entry | None:
        return None if name.endswith("csv") else await made(name)

    with zipfile.ZipFile(io.BytesIO(b"".join(await parts_of(in_order(NAMES, make))))) as book:
        assert book.namelist() == [name for name in NAMES if name.endswith("pdf")]


async def test_one_that_fails_breaks_the_book_off_and_gives_the_others_up() -> None:
    given_up = []

    async def make(name: str) -> Entry | None:
        if name == NAMES[2]:
            await asyncio.sleep(0)  # until the others have begun
            raise ConnectionError("the press is gone")
        if name in NAMES[3:]:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                given_up.append(name)
                raise
        return await made(name)

    sent: list[bytes] = []

    async def send() -> None:
        async for part in zipped(in_order(NAMES, make)):
            sent.append(part)

    with pytest.raises(ConnectionError):
        await send()
    assert given_up == NAMES[3:5]
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))
