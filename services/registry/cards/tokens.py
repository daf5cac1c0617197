"""The token in a card's QR code: which volunteer, which issue, signed. It says nothing by itself, and is short, for a code that
an old telephone reads."""

import base64
import hmac
import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

PATH = "/cards/verify/"
_PURPOSE, _PURPOSE_BEFORE = b"songtor card 2\n", b"songtor card 1\n"
"""The key may sign other things one day: these are cards."""
_NAME_OF_KEY = b"songtor card key 1\n"
_SIGNATURE = 18
"""Bytes of an HMAC-SHA-256: 144 bits. With what is signed, 39: so every token has one spelling only."""
_KEY, _ISSUE = 3, 2
_TOKEN = re.compile(r"[A-Za-z0-9_-]{52}")
_TOKEN_BEFORE = re.compile(r"[A-Za-z0-9_-]{48}")
"""Of cards from when there was one key: it does not say which."""


class Shown(NamedTuple):
    """What a token names."""

    volunteer_id: UUID
    issue: int


def signed(key: bytes, shown: Shown) -> str:
    what = _key_id(key) + shown.volunteer_id.bytes + shown.issue.to_bytes(_ISSUE)
    return base64.urlsafe_b64encode(what + _signature(key, _PURPOSE, what)).decode()


def named(keys: Sequence[bytes], token: str) -> Shown | None:
    """`keys`: all that may have signed it. None for what we did not sign, whatever it is."""
    if _TOKEN.fullmatch(token):
        raw = base64.urlsafe_b64decode(token)
        return _named([key for key in keys if raw[:_KEY] == _key_id(key)], _PURPOSE, raw, _KEY)
    if _TOKEN_BEFORE.fullmatch(token):
        return _named(keys, _PURPOSE_BEFORE, base64.urlsafe_b64decode(token), 0)
    return None


def address(url: str, token: str) -> str:
    """What the code holds. `url`: of SONGTOR_CARD_URL."""
    return f"{url}{PATH}{token}"


def _named(keys: Sequence[bytes], purpose: bytes, raw: bytes, begin: int) -> Shown | None:
    what, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if not any(hmac.compare_digest(signature, _signature(key, purpose, what)) for key in keys):
        return None
    return Shown(UUID(bytes=what[begin:-_ISSUE]), int.from_bytes(what[-_ISSUE:]))


def _key_id(key: bytes) -> bytes:
    """By it a key is found among others; it tells nothing of the key."""
    return hmac.digest(key, _NAME_OF_KEY, "sha256")[:_KEY]


def _signature(key: bytes, purpose: bytes, what: bytes) -> bytes:
    return hmac.digest(key, purpose + what, "sha256")[:_SIGNATURE]
