"""Around every request: an id for its log lines and events, and its time in the metrics. Routes and answers are untouched."""

import time
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.logs import REQUEST_ID
from shared.metrics import HTTP_SECONDS


class Measured:
    """ASGI middleware. Requests are counted under their route's template: an address may hold ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), "none"
        token = REQUEST_ID.set(str(uuid4()))

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            REQUEST_ID.reset(token)
            route = getattr(scope.get("route"), "path", "unknown")
            HTTP_SECONDS.labels(scope["method"], route, status).observe(time.perf_counter() - started)
