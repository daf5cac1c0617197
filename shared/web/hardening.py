"""What every answer tells a browser: guess no types, keep nothing, show it in no frame, run nothing. No other site is let in:
there are no CORS headers."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(
        f"{what} 'none'" for what in ("default-src", "object-src", "base-uri", "form-action", "frame-ancestors")
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_RAW_HSTS = (HSTS[0].lower().encode(), HSTS[1].encode())


class Hardened:
    """ASGI middleware. A route's own header of the same name stands: a page needs another Content-Security-Policy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                added = [(name, value) for name, value in _RAW if name not in names]
                if scope.get("scheme") == "https":
                    added.append(_RAW_HSTS)
                message = {**message, "headers": given + added}
            await send(message)

        await self._app(scope, receive, sending)
