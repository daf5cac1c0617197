"""No request lasts for ever: 12 s until its answer begins, and then no 30 s without a byte. Shorter waits are their makers'."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import HTTP_REFUSED
from shared.web.problems import problem

ANSWER_SECONDS = 12.0
IDLE_SECONDS = 30.0
_LONG = ("/import", "/digest")
"""Ends of paths where a long body is taken, or a whole store is read: for them only silence counts."""
_MARKED = "/imports/"
"""There large tables are given back."""
IMPORT_SECONDS = 900.0
"""From the last byte of a table of people to its answer; what is taken in goes on after it."""


class Deadline:
    """ASGI middleware. What was begun is cancelled; of a write nobody can say then whether it was stored."""

    def __init__(self, app: ASGIApp, *, answer_seconds: float = ANSWER_SECONDS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._app, self._answer_seconds, self._idle_seconds = app, answer_seconds, idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time
        path, begun = scope["path"], False
        long, importing = path.endswith(_LONG) or path.startswith(_MARKED), path.endswith(_LONG[0])
        limit = asyncio.timeout(self._idle_seconds if long else self._answer_seconds)

        async def receiving() -> Message:
            message = await receive()
            if long and not begun:
                whole = importing and not message.get("more_body", False)
                limit.reschedule(now() + (IMPORT_SECONDS if whole else self._idle_seconds))
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(now() + self._idle_seconds)
            await send(message)
            if not message.get("more_body", message["type"] == "http.response.start"):
                limit.reschedule(None)

        try:
            async with limit:
                await self._app(scope, receiving, sending)
        except TimeoutError:
            if not limit.expired():
                raise
            HTTP_REFUSED.labels("deadline").inc()
            if not begun:  # else the server sees that the answer has no end, and closes the connection
                await problem(504, "deadline_exceeded", "a write may still have been stored: ask again with the same key")(
                    scope, receive, send
                )
