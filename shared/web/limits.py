"""How many requests one address and one caller may send: counted by the library `limits` in moving windows of a second (for those
without a token of a minute), in this process alone. What is refused is answered elsewhere."""

import math
import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.storage.memory import Entry
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.auth import Authenticator, Principal
from shared.errors import TooManyRequestsError
from shared.logs import ACTOR
from shared.metrics import HTTP_REFUSED
from shared.settings import Settings
from shared.web.problems import too_many_requests

UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
FORGET_EVERY_S = 10.0
STRANGERS_A_MINUTE = 30
_IPV6_HOME = 64


class _Windows(MemoryStorage):
    """The library's own memory looks through every key in a thread of its own, up to a hundred times a second, and keeps the keys
    of those that are gone: with 20,000 volunteers that is half a core. Here a key is looked at when it is asked for, and all of
    them once in FORGET_EVERY_S. For one event loop: it is not safe for threads."""

    def __init__(self) -> None:
        super().__init__()
        self._forget_at = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = time.time()
        if now >= self._forget_at:
            self._forget_at = now + FORGET_EVERY_S
            for idle in [name for name, entries in self.events.items() if entries[0].expiry < now]:
                del self.events[idle]
        entries = self.events.setdefault(key, [])  # the newest first
        if len(entries) >= limit and entries[limit - amount].atime >= now - expiry:
            return False
        entries[:0] = [Entry(expiry)] * amount
        del entries[limit:]
        return True


class Limits:
    """`admit_…` raises TooManyRequestsError past the limit; what was refused does not count."""

    def __init__(self, *, per_subject: int, per_address: int, per_stranger: int = STRANGERS_A_MINUTE) -> None:
        self._windows = _Windows()
        self._limiter = MovingWindowRateLimiter(self._windows)
        self._per_subject = RateLimitItemPerSecond(per_subject, namespace="subject")
        self._per_address = RateLimitItemPerSecond(per_address, namespace="address")
        self._strangers = RateLimitItemPerMinute(per_stranger, namespace="stranger")

    @property
    def remembered(self) -> int:
        """How many callers and addresses are counted at the moment."""
        return len(self._windows.events)

    def admit_subject(self, actor: str) -> None:
        self._admit(self._per_subject, actor)

    def admit_address(self, address: str) -> None:
        self._admit(self._per_address, _place(address))

    def admit_stranger(self, address: str) -> None:
        """An address that shows no token, on the few routes that ask for none."""
        self._admit(self._strangers, _place(address))

    def _admit(self, limit: RateLimitItem, who: str) -> None:
        if self._limiter.hit(limit, who):
            return
        HTTP_REFUSED.labels(limit.namespace).inc()
        again = self._limiter.get_window_stats(limit, who).reset_time - time.time()
        raise TooManyRequestsError(retry_after=max(1, math.ceil(again)))


@lru_cache(maxsize=4096)
def _place(address: str) -> str:
    """An address; of IPv6 the network of 64 bits, all of which one household has to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _IPV6_HOME), strict=False)) if isinstance(found, IPv6Address) else address


def address_of(scope: Scope) -> str:
    """Who asks, as far as the server knows."""
    address: str = (scope.get("client") or ("unknown", 0))[0]
    return address


class LimitedByAddress:
    """ASGI middleware: before anything is looked at, a token least of all."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in UNCOUNTED:
            try:
                self._limits.admit_address(address_of(scope))
            except TooManyRequestsError as refused:
                await too_many_requests(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class LimitedBySubject(Authenticator):
    """Who has shown a token that holds is counted by it, wherever it came from; log lines name them from then on."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        super().__init__(settings)
        self._limits = limits

    async def authenticate(self, authorization: str | None) -> Principal:
        principal = await super().authenticate(authorization)
        ACTOR.set(principal.actor)
        self._limits.admit_subject(principal.actor)
        return principal
