"""The services of tests, held to their own OpenAPI documents: an answer whose status, code, media type or field the document does
not name fails the test that asked for it."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import httpx
import jsonschema_rs
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

Json = dict[str, Any]
MESSAGE_LENGTH = 300
_ASKED: ContextVar[Scope | None] = ContextVar("asked", default=None)
_DOCUMENTS: dict[tuple[str, bool, bool], "Document"] = {}
"""One is made for all apis of a service: that takes half a second."""


class Document:
    """What an api says that it answers, and nothing beside it."""

    def __init__(self, document: Json) -> None:
        self._paths: Json = document["paths"]
        self._components = closed(document["components"])
        self._validators: dict[tuple[str, ...], jsonschema_rs.Draft202012Validator] = {}

    def faults(self, method: str, path: str, answer: httpx.Response) -> Iterator[str]:
        """What of an answer is not as described. `path`: the route's template; of one that is not in the document nothing is
        said."""
        operation = self._paths.get(path.removesuffix(".{suffix}"), {}).get(method.lower())
        if operation is None:
            return
        described = operation["responses"].get(str(answer.status_code))
        if described is None:
            yield f"status {answer.status_code}"
            return
        found = _media_type(answer.headers.get("content-type", ""))
        contents = {_media_type(name): content for name, content in described.get("content", {}).items()}
        if found not in contents:
            yield f"media type {found}"
        elif found.endswith("json"):
            where = (method, path, str(answer.status_code), found)
            for error in self._validator(where, contents[found]["schema"]).iter_errors(answer.json()):
                yield f"/{'/'.join(map(str, error.instance_path))}: {error.message[:MESSAGE_LENGTH]}"

    def _validator(self, where: tuple[str, ...], schema: Json) -> jsonschema_rs.Draft202012Validator:
        if where not in self._validators:
            whole = {"components": self._components, "allOf": [closed(schema)]}
            self._validators[where] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[where]


def closed(schema: Any) -> Any:
    """With no field but those that are named."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: closed(part) for name, part in schema.items()}
    if found.get("type") == "object" and "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip()


class Held(httpx.ASGITransport):
    """Asks an api in this process. Raises AssertionError for an answer that is not as described."""

    def __init__(self, app: FastAPI, *, raise_app_exceptions: bool = True) -> None:
        super().__init__(self._asked, raise_app_exceptions=raise_app_exceptions)
        self.api = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        _ASKED.set(None)
        answer = await super().handle_async_request(request)
        body = await answer.aread()
        route = (_ASKED.get() or {}).get("route")
        if route is not None:
            faults = [*document_of(self.api).faults(request.method, route.path, answer)]
            assert not faults, f"{request.method} {route.path} answers what /openapi.json does not say: {faults}"
        # As one that nobody has read: the client takes the time until it has.
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        _ASKED.set(scope)
        await self.api(scope, receive, send)


def document_of(app: FastAPI) -> Document:
    settings = app.state.songtor.settings
    kind = (app.title, settings.development, settings.dev_issuer_key is not None)
    if kind not in _DOCUMENTS:
        _DOCUMENTS[kind] = Document(app.openapi())
    return _DOCUMENTS[kind]
