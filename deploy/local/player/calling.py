"""Requests to the services: tokens of the development issuer, one key per step, and asking again when a service is away for a
while. What is asked is decided elsewhere."""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from deploy.local.player.story import StoryError

AT_ONCE = 16
PATIENCE = 60.0
_REQUEST_SECONDS = 30.0
_LIST_LIMIT = 200
_RENEW_BEFORE = 60.0
_AWAY = frozenset({429, 503, 504})
_NOT_KEPT = frozenset({404, 410})
_BACK_OFF_FIRST, _BACK_OFF_MOST = 0.1, 2.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token is for. Its `sub` stays the same for ever: idempotency keys are looked up by caller."""

    role: str
    sub: str
    province: str
    agency: str | None = None
    volunteer_id: str | None = None
    unit_id: str | None = None

    @property
    def claims(self) -> Json:
        named = {"agency": self.agency, "volunteer_id": self.volunteer_id, "unit_id": self.unit_id}
        given = {name: value for name, value in named.items() if value is not None}
        return {"sub": self.sub, "roles": [self.role], "provinces": [self.province], **given}


@dataclass(frozen=True, slots=True)
class Answer:
    """`replayed`: the service had done it before. `position` is for `Songtor-After`. `content`: in place of a body a file."""

    body: Json
    position: str | None
    replayed: bool
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent."""

    name: str
    content: bytes
    media_type: str


class Services:
    """The five services of one stack. Raises StoryError when one refuses, or stays away for a minute."""

    def __init__(self, client: httpx.AsyncClient, stack: Mapping[str, Any]) -> None:
        self._client = client
        self._urls = {name: str(service["url"]) for name, service in stack["services"].items()}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tokens: dict[Caller, tuple[str, float]] = {}
        self._token_turns = asyncio.Lock()

    async def post(
        self, service: str, path: str, body: Json, *, caller: Caller, key: str, at: datetime, after: str | None = None
    ) -> Answer:
        headers = {"Idempotency-Key": key, "Songtor-Now": at.isoformat(), **_after(after)}
        return _answer(await self._send("POST", service, path, caller=caller, headers=headers, body=body))

    async def upload(
        self, service: str, path: str, upload: Upload, *, caller: Caller, key: str, at: datetime, after: str | None = None
    ) -> Answer:
        """Does not wait until the file has been gone through, if the service lets it."""
        headers = {"Idempotency-Key": key, "Songtor-Now": at.isoformat(), "Prefer": "respond-async", **_after(after)}
        return _answer(await self._send("POST", service, path, caller=caller, headers=headers, upload=upload))

    async def get(
        self,
        service: str,
        path: str,
        params: Mapping[str, str],
        *,
        caller: Caller,
        after: str | None = None,
        at: datetime | None = None,
    ) -> Json:
        headers = _after(after) | ({} if at is None else {"Songtor-Now": at.isoformat()})
        found: Json = (await self._send("GET", service, path, caller=caller, headers=headers, params=params)).json()
        return found

    async def file(self, service: str, path: str, params: Mapping[str, str], *, caller: Caller) -> bytes:
        """The answer as it came."""
        return (await self._send("GET", service, path, caller=caller, headers={}, params=params)).content

    async def file_if_kept(self, service: str, path: str, *, caller: Caller) -> bytes | None:
        """The answer as it came, or None where the service does not have it any more."""
        response = await self._send("GET", service, path, caller=caller, headers={}, allowed=_NOT_KEPT)
        return None if response.status_code in _NOT_KEPT else response.content

    async def list(self, service: str, path: str, params: Mapping[str, str], *, caller: Caller) -> list[Json]:
        """All pages."""
        items: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(service, path, {**params, "limit": str(_LIST_LIMIT), **cursor}, caller=caller)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        body: Json | None = None,
        upload: Upload | None = None,
        params: Mapping[str, str] | None = None,
        allowed: Collection[int] = (),
    ) -> httpx.Response:
        """`allowed`: what is an answer, too, beside a success."""
        end, pause = time.monotonic() + PATIENCE, _BACK_OFF_FIRST
        while True:
            signed = {**headers, "Authorization": f"Bearer {await self._token(caller)}"}
            url = self._urls[service] + path
            response = await self._once(method, url, headers=signed, body=body, upload=upload, params=params)
            if response is not None and (response.is_success or response.status_code in allowed):
                return response
            away = response is None or response.status_code in _AWAY
            if not away or time.monotonic() > end:
                raise StoryError(f"{method} {path}: {service} {_said(response)}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _BACK_OFF_MOST)

    async def _once(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Json | None = None,
        upload: Upload | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response | None:
        """None when the service cannot be reached. Nobody knows then what came of it: the same key is sent again."""
        files = None if upload is None else {"file": (upload.name, upload.content, upload.media_type)}
        async with self._turns:
            try:
                return await self._client.request(method, url, headers=dict(headers), json=body, files=files, params=params)
            except httpx.TransportError:
                return None

    async def _token(self, caller: Caller) -> str:
        kept = self._tokens.get(caller)
        if kept is not None and time.monotonic() < kept[1]:
            return kept[0]
        end = time.monotonic() + PATIENCE
        async with self._token_turns:
            while (response := await self._once_token(caller)) is None or response.status_code in _AWAY:
                if time.monotonic() > end:
                    raise StoryError(f"POST /dev/tokens: registry {_said(response)}")
                await asyncio.sleep(_BACK_OFF_FIRST)
        if not response.is_success:
            raise StoryError(f"POST /dev/tokens: registry {_said(response)}")
        found = response.json()
        self._tokens[caller] = (found["access_token"], time.monotonic() + found["expires_in"] - _RENEW_BEFORE)
        return str(found["access_token"])

    async def _once_token(self, caller: Caller) -> httpx.Response | None:
        return await self._once("POST", f"{self._urls['registry']}/dev/tokens", headers={}, body=caller.claims)


def new_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=2 * AT_ONCE)
    # The services are on this machine: a proxy of the environment has no part in it.
    return httpx.AsyncClient(timeout=_REQUEST_SECONDS, limits=limits, trust_env=False)


def _after(position: str | None) -> dict[str, str]:
    return {} if position is None else {"Songtor-After": position}


def _answer(response: httpx.Response) -> Answer:
    position, replayed = response.headers.get("Songtor-Position"), "Idempotent-Replayed" in response.headers
    if "json" in response.headers.get("content-type", ""):
        return Answer(response.json(), position, replayed)
    return Answer({}, position, replayed, response.content)


def _said(response: httpx.Response | None) -> str:
    """What a problem says: status, code and the codes of its faults. Problems hold nothing personal."""
    if response is None:
        return "cannot be reached"
    try:
        problem = response.json()
        faults = ", ".join(f"{fault['pointer']} {fault['code']}" for fault in problem.get("errors", []))
        return f"answers {response.status_code} {problem.get('code', '')}" + (f" ({faults})" if faults else "")
    except (ValueError, AttributeError, KeyError, TypeError):
        return f"answers {response.status_code}"
