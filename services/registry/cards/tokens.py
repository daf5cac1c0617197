"""The token in a card's QR code: which volunteer, which issue, signed. It says nothing by itself, and is short, for a code that
an old telephone reads."""

import base64
import hmac
import re
from typing import NamedTuple
from uuid import UUID

PATH = "/cards/verify/"
_PURPOSE = b"songtor card 1\n"
"""The key may sign other things one day: these are cards."""
_SIGNATURE = 18
"""Bytes of an HMAC-SHA-256: 144 bits. With what is signed, 36: so every token has one spelling only."""
_ISSUE = 2
_TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")


class Shown(NamedTuple):
    """What a token names."""

    volunteer_id: UUID
    issue: int


def signed(key: bytes, shown: Shown) -> str:
    what = shown.volunteer_id.bytes + shown.issue.to_bytes(_ISSUE)
    return base64.urlsafe_b64encode(what + _signature(key, what)).decode()


def named(key: bytes, token: str) -> Shown | None:
    """None for what we did not sign, whatever it is."""
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    what, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(key, what)):
        return None
    return Shown(UUID(bytes=what[:-_ISSUE]), int.from_bytes(what[-_ISSUE:]))


def address(url: str, token: str) -> str:
    """What the code holds. `url`: of SONGTOR_CARD_URL."""
    return f"{url}{PATH}{token}"


def _signature(key: bytes, what: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + what, "sha256")[:_SIGNATURE]
