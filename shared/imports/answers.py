"""What is answered about imports."""

from typing import Any, Literal
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import BaseModel

from shared.imports import standing
from shared.imports.results import Result
from shared.imports.standing import Standing
from shared.store import Store
from shared.web.kept import REPLAYED
from shared.web.position import POSITION


class RowAnswer(BaseModel):
    """What became of a row, by its number in the sheet: mostly 1 is the headings. `column` and `code` of what was wrong with it
    first, where it was refused; `case_id` (intake) or `volunteer_id` (registry) where there is such a thing now."""

    row: int
    result: Result
    column: str | None = None
    code: str | None = None
    case_id: UUID | None = None
    volunteer_id: UUID | None = None


class ImportAnswer(BaseModel):
    import_id: UUID
    accepted: int
    matched: int
    refused: int
    rows: list[RowAnswer]


class ImportBegun(BaseModel):
    """The answer to `Prefer: respond-async`."""

    import_id: UUID


class ImportShown(BaseModel):
    """`rows`: when it has ended; of one that failed those that were done. `code`: why it failed; `interrupted`: sending the file
    again adds the rest."""

    import_id: UUID
    state: Literal["running", "done", "failed"]
    code: str | None
    dry_run: bool
    done: int
    total: int
    accepted: int
    matched: int
    refused: int
    rows: list[RowAnswer]


def begun(one: Standing, *, replayed: bool) -> Response:
    headers = {"Location": f"/imports/{one.id}", "Preference-Applied": "respond-async"} | _replayed(replayed)
    return _response(orjson.dumps({"import_id": one.id}), 202, headers)


async def whole(store: Store, one: Standing, *, replayed: bool) -> Response:
    """Of one that is done."""
    head = {"import_id": one.id, "accepted": one.accepted, "matched": one.matched, "refused": one.refused}
    body = _with_rows(head, await standing.rows_of(store, one.id))
    return _response(body, 200, _position(one) | _replayed(replayed))


async def shown(store: Store, one: Standing) -> Response:
    head: dict[str, Any] = {"import_id": one.id}
    for name in ("state", "code", "dry_run", "done", "total", "accepted", "matched", "refused"):
        head[name] = getattr(one, name)
    rows = [] if one.state == "running" else await standing.rows_of(store, one.id)
    return _response(_with_rows(head, rows), 200, _position(one) if one.state == "done" else {})


def _with_rows(head: dict[str, Any], chunks: list[str]) -> bytes:
    """The results go from the database to the caller as they are: there may be 50,000 of them."""
    rows = ",".join(inner for chunk in chunks if (inner := chunk.strip()[1:-1]))
    return orjson.dumps(head)[:-1] + b',"rows":[' + rows.encode() + b"]}"


def _position(one: Standing) -> dict[str, str]:
    return {} if one.last is None else {POSITION: one.last}


def _replayed(replayed: bool) -> dict[str, str]:
    return {REPLAYED: "true"} if replayed else {}


def _response(body: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers=headers, media_type="application/json")
