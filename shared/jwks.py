"""The issuer's public keys by their id (`kid`), from a file or over HTTP: fetched again when old or when a token names an
unknown one. What a token must say is in `auth.py`."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.exceptions import PyJWKClientError, PyJWTError

from shared.errors import UnauthorizedError, UnavailableError

ALGORITHMS = ("RS256", "ES256")
FRESH_S = 300.0
# An unknown kid costs a fetch: no more often than this, or anybody could make us hammer the issuer.
RETRY_S = 5.0
FETCH_TIMEOUT_S = 2

logger = logging.getLogger(__name__)


class KeySet:
    """Keys that are known stay good while the issuer cannot be reached; one that the issuer withdrew is gone at the next
    fetch. `address` is a file path or starts with http:// or https://."""

    def __init__(self, address: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._monotonic = monotonic
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._turn = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> PyJWK:
        """Raises UnauthorizedError for a kid that the issuer does not have, UnavailableError (`issuer_unavailable`) when
        the issuer could not be asked about it."""
        known = kid in self._keys
        if known and self._is_old() and self._failing():
            # In an outage nobody with a known key waits for the issuer.
            if self._background is None or self._background.done():
                self._background = asyncio.create_task(self._refresh(kid))
        elif not known or self._is_old():
            await self._refresh(kid)
        if (key := self._keys.get(kid)) is not None:
            return key
        if self._failing():
            raise UnavailableError("issuer_unavailable", "the token's key is not known and the issuer cannot be reached")
        raise UnauthorizedError("the token's key is not known")

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._monotonic() >= self._fetched_at + FRESH_S

    def _failing(self) -> bool:
        return self._tried_at != self._fetched_at

    async def _refresh(self, kid: str) -> None:
        async with self._turn:
            now = self._monotonic()
            fetched_by_another = kid in self._keys and not self._is_old()
            if fetched_by_another or (self._tried_at is not None and now < self._tried_at + RETRY_S):
                return
            self._tried_at = now
            try:
                async with asyncio.timeout(2 * FETCH_TIMEOUT_S):  # a name server may hang longer than any socket
                    self._keys = _usable(await asyncio.to_thread(self._fetch))
                self._fetched_at = now
            except (OSError, ValueError, PyJWTError) as error:
                logger.warning("the issuer's keys could not be fetched", extra={"error": type(error).__name__})

    def _fetch(self) -> Any:
        if self._address.startswith(("http://", "https://")):
            # Only for its careful fetching (no redirects, a timeout); its cache would drop known keys in an outage.
            return PyJWKClient(self._address, cache_jwk_set=False, timeout=FETCH_TIMEOUT_S).fetch_data()
        return json.loads(Path(self._address).read_bytes())


def _usable(document: Any) -> dict[str, PyJWK]:
    """Signing keys of our two algorithms. Symmetric and private ones have no place in a public set and are passed over."""
    if not isinstance(document, dict):
        raise PyJWKClientError("not a JWKS")
    offered = [jwk for jwk in document.get("keys", []) if isinstance(jwk, dict) and "d" not in jwk]
    keys = PyJWKSet([jwk for jwk in offered if jwk.get("use", "sig") == "sig"]).keys
    return {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ALGORITHMS}
