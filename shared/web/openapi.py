"""Request bodies, problems, tokens and headers in /openapi.json. Routes check their bodies themselves, after looking for what the
path names, and the rest is seen to in one place; the document learns of all of it here."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from shared.web.refusals import Refusals, together, told_by

Operation = dict[str, Any]
_REFS = "#/$defs/"
_TEXT = {"type": "string"}
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; nothing of the request is repeated.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        **dict.fromkeys(("type", "title", "code", "detail"), _TEXT),
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": dict.fromkeys(("pointer", "code", "message"), _TEXT),
            },
        },
    },
}
_EVERYBODYS: Refusals = {429: ["too_many_requests"], 500: ["internal_error"], 504: ["deadline_exceeded"]}
_UNKNOWN: Refusals = {404: ["not_found"]}
_FAULTY: Refusals = {422: []}
_WORDS = {
    400: "It is no request: its key, its JSON or its form is not as it must be.",
    401: "No token, or none that holds.",
    403: "No role of the token may do this.",
    404: "There is no such thing, or none that the caller may see.",
    406: "It cannot be had in that format.",
    409: "As things stand it cannot be done.",
    410: "It was there, and is gone for good.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "The request has faults, all of them in `errors`: `code` is that of the only one, or `invalid`. With a body, also"
    " `idempotency_key_reused`.",
    429: "More requests than are taken of one caller or one address.",
    500: "It failed, and is being looked into.",
    503: "Something that is needed is away. A write may be sent again with the same key.",
    504: "Not in time. A write may be sent again with the same key.",
}
_ONLY_IN_DEVELOPMENT, _NEVER_IN_DEVELOPMENT = {"invalid_now"}, {"idempotency_key_missing"}
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""Shapes of faults that nobody is answered with here."""
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    **{status: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}} for status in (429, 503)},
}
_BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_AFTER = {
    "name": "Songtor-After",
    "in": "header",
    "required": False,
    "description": "A `Songtor-Position`: the answer waits until what it names is known here.",
    "schema": {"type": "string"},
}
_POSITION = {"Songtor-Position": {"description": "Of what was stored, for `Songtor-After`.", "schema": {"type": "string"}}}
ANYBODYS = {"security": list[Any]()}
"""For a route's `openapi_extra`: it asks for no token."""


def _key(required: bool) -> dict[str, Any]:
    words = "The same key and body again give the first answer."
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": "Idempotency-Key", "in": "header", "required": required, "description": words, "schema": schema}


def describe(app: FastAPI, *, development: bool) -> None:
    """Adds to its document what every request and answer has, and how each operation may refuse. In `development` a write needs
    no key, and a request may say what time it is."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            _complete(document, _told_by_routes(app), development=development)
        return made()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own documentation extends it


def _told_by_routes(app: FastAPI) -> dict[tuple[str, str], Refusals]:
    """By method and path, what a route and all that it depends on say of themselves."""
    found: dict[tuple[str, str], Refusals] = {}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.path_format is not None:
            told = together(told_by(call) for call in _calls(route.dependant))
            found.update({(method.lower(), route.path_format): told for method in route.methods or ()})
    return found


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)


def _complete(document: dict[str, Any], told: dict[tuple[str, str], Refusals], *, development: bool) -> None:
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": _BEARER}
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    never = _NEVER_IN_DEVELOPMENT if development else _ONLY_IN_DEVELOPMENT
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.setdefault("security", [{"bearer": []}]) != ANYBODYS["security"]:
                _add_headers(operation, write=method == "post", key_needed=not development)
            operation["responses"].pop("422", None)
            operation["responses"] |= _problems(_refusals(operation, told[method, path]), never)


def _add_headers(operation: Operation, *, write: bool, key_needed: bool) -> None:
    operation.setdefault("parameters", []).extend([_AFTER, *([_key(key_needed)] if write else [])])
    for status, answer in operation["responses"].items():
        if write and status.startswith("2"):
            answer["headers"] = _POSITION


def _refusals(operation: Operation, told: Refusals) -> Refusals:
    """What follows from what it takes, beside what was said of it."""
    parameters = operation.get("parameters", [])
    named = any(one["in"] == "path" and _can_be_wrong(one["schema"]) for one in parameters)
    asked = "requestBody" in operation or any(one["in"] != "path" for one in parameters)
    return together([_EVERYBODYS, told, _UNKNOWN if named else {}, _FAULTY if asked else {}])


def _can_be_wrong(schema: dict[str, Any]) -> bool:
    """A text that may be any is none that nobody knows: what it is worth is the answer."""
    return schema.get("type") != "string" or bool(schema.keys() & {"format", "pattern"})


def _problems(refusals: Refusals, never: set[str]) -> dict[str, Any]:
    """Of statuses all of whose codes are `never` answered here, nothing."""
    found = {}
    for status, codes in refusals.items():
        left = [code for code in codes if code not in never]
        if left or not codes:
            found[str(status)] = _problem(status, left)
    return found


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    exact = {"status": {"const": status}, **({"code": {"enum": codes}} if codes else {})}
    schema = {"title": HTTPStatus(status).phrase, "allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": exact}]}
    answer: dict[str, Any] = {"description": _WORDS[status], "content": {"application/problem+json": {"schema": schema}}}
    return answer | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """For a route's `openapi_extra`: it takes this body. Definitions are written in place, for their names are local to it."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    content = {"application/json": {"schema": _in_place(schema, definitions)}}
    return {"requestBody": {"required": bool(schema.get("required")), "content": content}}


def _in_place(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_in_place(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref", "")
    if reference.startswith(_REFS):
        rest = {name: part for name, part in schema.items() if name != "$ref"}
        return {**_in_place(definitions[reference.removeprefix(_REFS)], definitions), **rest}
    return {name: _in_place(part, definitions) for name, part in schema.items()}
