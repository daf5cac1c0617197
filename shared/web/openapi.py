"""Request bodies in /openapi.json. Routes check their bodies themselves, after looking for what the path names; the document
learns of them here."""

from typing import Any

from pydantic import BaseModel

_REFS = "#/$defs/"


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
