"""HTTP/1.1 over kept connections, as little of it as the benches need: a client that does everything would take as much of the
machine as the services that it measures."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import orjson

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Any number of requests at once, each on a connection of its own, all by whom the token names. Raises RuntimeError for an
    answer that is no success, TimeoutError for one that is not whole after `answer_seconds`."""

    def __init__(self, token: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._signed = f"Authorization: Bearer {token}"
        self._patience = answer_seconds
        self._idle: dict[str, list[Streams]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        for connections in self._idle.values():
            for _reader, writer in connections:
                writer.close()

    async def post(self, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        return await self._send(url, orjson.dumps(body), "application/json", headers)

    async def upload(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """A form with one file."""
        head = b'--form\r\nContent-Disposition: form-data; name="file"; filename="sheet.csv"\r\n\r\n'
        return await self._send(url, head + content + b"\r\n--form--\r\n", "multipart/form-data; boundary=form", headers)

    async def get(self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        return await self._ask("GET", url + (f"?{urlencode(params)}" if params else ""), headers or {}, b"")

    async def _send(self, url: str, content: bytes, kind: str, headers: Mapping[str, str]) -> Answer:
        given = {**headers, "Content-Type": kind, "Content-Length": str(len(content))}
        return await self._ask("POST", url, given, content)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", self._signed]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        reader, writer = await self._connection(parts.netloc)
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        async with asyncio.timeout(self._patience):
            answer = await _answer(reader)
        self._idle[parts.netloc].append((reader, writer))
        if answer.status >= 400:
            raise RuntimeError(f"{method} {parts.path}: {answer.status} {answer.body.decode()}")
        return answer

    async def _connection(self, place: str) -> Streams:
        idle = self._idle.setdefault(place, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof():  # else the server closed it, because it was idle for long
                return reader, writer
        host, _, port = place.partition(":")
        return await asyncio.open_connection(host, int(port))


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(status.split(" ")[1]), headers, await _body(reader, headers))


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """Of a length that was said, or in chunks (RFC 9112, 7.1) without trailers."""
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers["content-length"]))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(len(b"\r\n"))
    await reader.readexactly(len(b"\r\n"))
    return b"".join(parts)
