"""Answers to commands as they are kept to be given again: what makes two bodies the same, and a kept answer as a response."""

from typing import Any

import orjson
from fastapi import Response

from shared.store import Outcome, Repeated
from shared.web.position import POSITION

REPLAYED = "Idempotent-Replayed"
EXACT = 2**53


def first_told(kept: dict[str, Any], outcome: Outcome) -> tuple[dict[str, Any], bool]:
    """The answer to give, and whether it is an earlier one."""
    if isinstance(outcome, Repeated) and outcome.answer is not None:
        return orjson.loads(outcome.answer), True
    return kept, False


def plain(value: Any) -> Any:
    """JSON with equal numbers written equally: 1.0 is 1. Beyond 2^53 a float stays one: it stands for many whole numbers, and
    JSON is written with 64 bits at most."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


def response(kept: dict[str, Any], *, replayed: bool) -> Response:
    headers = {POSITION: kept["position"]} if kept["position"] is not None else {}
    if kept["location"] is not None:
        headers["Location"] = kept["location"]
    if replayed:
        headers[REPLAYED] = "true"
    return Response(orjson.dumps(kept["body"]), kept["status"], headers=headers, media_type="application/json")
