"""A TCP proxy before a server, to lose what a network loses: answers swallowed, connections cut."""

import asyncio
import contextlib
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Forwards both ways until told otherwise. `dsn` leads through it."""

    def __init__(self, dsn: str) -> None:
        self._target = conninfo_to_dict(dsn)
        self._swallowing = False
        self._swallowed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.dsn = ""

    @classmethod
    def to(cls, dsn: str) -> Self:
        return cls(dsn)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.dsn = make_conninfo("", **{**self._target, "host": "127.0.0.1", "port": port})
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def swallow_answers(self) -> None:
        """From now on what the server says does not arrive."""
        self._swallowing = True

    async def swallowed(self) -> None:
        """Returns when an answer was lost."""
        await asyncio.wait_for(self._swallowed.wait(), 10)

    def cut(self) -> None:
        """Ends all connections; new ones work again."""
        self._swallowing = False
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection(str(self._target["host"]), int(str(self._target["port"])))
        self._writers |= {writer, away}
        for source, sink, answers in ((reader, away, False), (there, writer, True)):
            task = asyncio.create_task(self._pipe(source, sink, answers))
            self._tasks.add(task)

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if answers and self._swallowing:
                    self._swallowed.set()
                    continue
                sink.write(data)
                await sink.drain()
            sink.close()
