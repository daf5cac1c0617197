"""From a request to an `Edge`: the checks that come before any route, in the contract's order (401, 403, 400, 413, 415)."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

import orjson
from fastapi import Depends, Request

from shared.access import Right, right
from shared.auth import Principal
from shared.clock import Now, now_of
from shared.errors import ForbiddenError, MalformedError, NotFoundError, NotYetVisibleError
from shared.logs import REQUEST_ID
from shared.settings import Settings
from shared.store import Store
from shared.web.audited import REFUSALS, note, refusal, told
from shared.web.edge import Edge
from shared.web.limits import address_of
from shared.web.position import AFTER, marks_of
from shared.web.refusals import Refusals, refuses, refuses_all, together
from shared.web.state import ApiState

KEY = "Idempotency-Key"
KEY_LENGTH = 200
BODY_BYTES = 64 * 1024
BULK_BODY_BYTES = 1024 * 1024
AFTER_SECONDS = 10.0
AFTER_STEP = 0.005
_READING: Refusals = {
    400: ["invalid_now"],
    401: ["unauthorized"],
    403: ["forbidden"],
    503: ["database_unavailable", "audit_unavailable", "issuer_unavailable"],
    504: ["not_yet_visible"],
}
_COMMANDS: Refusals = {
    400: ["idempotency_key_missing", "idempotency_key_too_long"],
    503: ["outcome_unknown", "busy"],
}
TAKING = together([_READING, _COMMANDS])
"""What `taking` refuses, whatever the body is."""
_JSON: Refusals = {400: ["invalid_json"], 413: ["body_too_large"], 415: ["unsupported_media_type"]}


@dataclass(frozen=True, slots=True)
class Stranger:
    """What a request without a token works with."""

    settings: Settings
    store: Store
    now: Now


def state_of(request: Request) -> ApiState:
    state = request.app.state.songtor
    assert isinstance(state, ApiState)
    return state


@refuses_all(_READING)
async def reading(request: Request) -> AsyncIterator[Edge]:
    """For GET routes. Who asks in vain for what is nobody's, or others', is written down, the one as the other."""
    state = state_of(request)
    principal, granted = await _admitted(request, state)
    edge = await _edge(request, state, principal, granted, b"", None, state.store.seen(granted.things.sight))
    try:
        yield edge
    except NotFoundError as refused:
        await edge.audit_refused(refused)
        raise


def writing(limit: int) -> Callable[[Request], AsyncIterator[Edge]]:
    """For POST routes with bodies up to `limit` bytes. An absent body is an empty object."""

    return refuses_all(_JSON)(taking(lambda request: _body(request, limit)))


def taking(read: Callable[[Request], Awaitable[bytes]]) -> Callable[[Request], AsyncIterator[Edge]]:
    """For POST routes whose body `read` takes. It is asked only after who may send nothing was sent away. What is refused after
    that is written down."""

    @refuses_all(TAKING)
    async def taken(request: Request) -> AsyncIterator[Edge]:
        state = state_of(request)
        principal, granted = await _admitted(request, state)
        key = _command_key(request, principal, state)
        raw = await read(request)
        edge = await _edge(request, state, principal, granted, raw, key, state.store)
        try:
            yield edge
        except REFUSALS as refused:
            await edge.audit_refused(refused)
            raise

    return taken


@refuses(400, "invalid_now")
@refuses(503, "database_unavailable")
async def strangers(request: Request) -> "Stranger":
    """For GET routes that need no token. Raises TooManyRequestsError."""
    state = state_of(request)
    if state.limits is not None:
        state.limits.admit_stranger(address_of(request.scope))
    return Stranger(state.settings, state.store, now_of(request.headers.get("songtor-now"), state.settings.development))


@refuses_all(_JSON)
async def anybodys(request: Request) -> bytes:
    """The body of a request that needs no token, JSON of any kind."""
    return await _body(request, BODY_BYTES)


async def _admitted(request: Request, state: ApiState) -> tuple[Principal, Right]:
    """Who asks, and what the route's rule gives them. Raises UnauthorizedError, ForbiddenError."""
    principal = await state.authenticator.authenticate(request.headers.get("authorization"))
    rule = state.rules.rule(request.method, request.scope["route"].path)
    try:
        return principal, right(principal, rule)
    except ForbiddenError as refused:
        entry = told(principal, rule, REQUEST_ID.get() or str(uuid4()))
        await note(state.store, refusal(entry, refused, request.path_params))
        raise


async def _edge(
    request: Request, state: ApiState, principal: Principal, granted: Right, raw: bytes, key: str | None, store: Store
) -> Edge:
    now = now_of(request.headers.get("songtor-now"), state.settings.development)
    await _after(request, state)
    told = state.settings
    return Edge(request, principal, granted, now, store, state.vault, told.pepper_bytes, told.unknown_seconds, raw, key)


def _command_key(request: Request, principal: Principal, state: ApiState) -> str | None:
    """Scoped by caller, method and path. Keyed, as callers make keys of what they have at hand, such as a citizen's ID."""
    given = request.headers.get(KEY)
    if given is None or not given.strip():
        if state.settings.development:
            return None
        raise MalformedError("idempotency_key_missing", f"the header {KEY} is needed")
    if len(given) > KEY_LENGTH:
        raise MalformedError("idempotency_key_too_long", f"the header {KEY} has at most {KEY_LENGTH} characters")
    scoped = f"{principal.actor} {request.method} {request.url.path} {given}"
    return hmac.new(state.settings.pepper_bytes, scoped.encode(), hashlib.sha256).hexdigest()


async def _body(request: Request, limit: int) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise MalformedError("body_too_large", f"at most {limit} bytes", status=413)
    if not raw:
        return b"{}"
    try:
        # Written again too: what is nested deeper than JSON can be written here (254 levels) is nobody's request.
        orjson.dumps(orjson.loads(raw))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise MalformedError("invalid_json", "the body is not JSON in UTF-8, or nested too deeply") from error
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise MalformedError("unsupported_media_type", "the body must be application/json", status=415)
    return bytes(raw)


async def _after(request: Request, state: ApiState) -> None:
    """Waits until the events of `Songtor-After` are in this service's store, those of them that it reads."""
    token = request.headers.get(AFTER)
    if token is None:
        return
    wanted = [
        (stream, source, version)
        for topic, source, stream, version in marks_of(token)
        if source == state.store.service or topic in state.hears
    ]
    end = asyncio.get_running_loop().time() + AFTER_SECONDS
    while not await state.store.knows(wanted):
        if asyncio.get_running_loop().time() > end:
            raise NotYetVisibleError
        await asyncio.sleep(AFTER_STEP)


ReadEdge = Annotated[Edge, Depends(reading)]
WriteEdge = Annotated[Edge, Depends(writing(BODY_BYTES))]
StrangersRead = Annotated[Stranger, Depends(strangers)]
AnybodysBody = Annotated[bytes, Depends(anybodys)]
BulkEdge = Annotated[Edge, Depends(writing(BULK_BODY_BYTES))]
