"""Around every request: an id for its log lines and events, its line in the log, and its time in the metrics. Routes and answers
are untouched."""

import logging
import time
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.logs import PROBLEM, trace_id_of, within
from shared.metrics import HTTP_SECONDS

logger = logging.getLogger(__name__)

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds: a line only when they say no."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAILED = 500


class Measured:
    """ASGI middleware. Requests are counted and logged under their route's template: an address may hold ids, a query more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Whoever leaves without an answer has failed: the server says 500 for them.
        started, status = time.perf_counter(), _FAILED

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # For the answer to an unexpected failure, which is made outside of everything else.
        scope["request_id"] = request_id = str(uuid4())
        PROBLEM.set(None)
        with within(request_id, trace_id=trace_id_of(Headers(scope=scope).get("traceparent"))):
            try:
                await self._app(scope, receive, sending)
            finally:
                self._say(scope, status, time.perf_counter() - started)

    def _say(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "unknown")
        HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
        level = logging.DEBUG if route in PROBES and status < 400 else logging.INFO
        if logger.isEnabledFor(level):
            ms = round(seconds * 1000, 2)
            told = {"method": method, "route": route, "status": status, "ms": ms}
            if status >= 400 and (code := PROBLEM.get()) is not None:
                told["code"] = code
            logger.log(level, "request", extra=told)
