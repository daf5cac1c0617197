"""Request bodies, problems, tokens and headers in /openapi.json. Routes check their bodies themselves, after looking for what the
path names, and the rest is seen to in one place; the document learns of all of it here."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

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
_AGAIN = {"Retry-After": {"description": "Seconds, with 429 and 503.", "schema": {"type": "integer"}}}
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


def _problems(words: str) -> dict[str, Any]:
    return {"description": words, "headers": _AGAIN, "content": {"application/problem+json": {"schema": _PROBLEM}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": _problems("The request is refused: 400, 401, 403, 404, 405, 409, 413, 415, 422, or 429 for too many of them."),
    "5XX": _problems("It could not be done, or not in time: 500, 503, 504. A write may be sent again with the same key."),
}
"""For every route of an api."""


def describe(app: FastAPI, *, key_needed: bool) -> None:
    """Adds to its document what every request and answer has. `key_needed`: whether a write must have a key."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            document.setdefault("components", {})["securitySchemes"] = {"bearer": _BEARER}
            for operations in document["paths"].values():
                for method, operation in operations.items():
                    _add(operation, write=method == "post", key_needed=key_needed)
        return made()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own documentation extends it


def _add(operation: dict[str, Any], *, write: bool, key_needed: bool) -> None:
    if operation.setdefault("security", [{"bearer": []}]) == ANYBODYS["security"]:
        return
    operation.setdefault("parameters", []).extend([_AFTER, *([_key(key_needed)] if write else [])])
    for status, answer in operation["responses"].items():
        if write and status.startswith("2"):
            answer["headers"] = _POSITION


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
