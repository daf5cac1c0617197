"""The routes of an import, the same in every service that has one: take a file in, follow it, give it back marked; and an
empty one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from shared.errors import NotFoundError, RefusedError
from shared.fields import ProvinceCode
from shared.files.formats import MEDIA_TYPES, Format
from shared.imports import file, standing
from shared.imports.answers import ImportAnswer, ImportBegun, ImportShown, shown
from shared.imports.kind import ImportKind
from shared.imports.running import imports_of
from shared.imports.standing import Standing
from shared.imports.taking import take_in
from shared.imports.upload import SentFile, uploads
from shared.places import PROVINCES
from shared.sheets.marked import RowResult, marked
from shared.sheets.template import template
from shared.web import Edge, ReadEdge
from shared.web.refusals import refuses
from shared.web.requests import state_of

PART_BYTES = 256 * 1024
_TOLD = ("row", "result", "column", "code")
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {"file": {"type": "string", "format": "binary", "description": "CSV, XLSX, XLS or ODS."}},
                }
            }
        },
    }
}
_XLSX: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPES[Format.XLSX]: {"schema": {"type": "string", "format": "binary"}}}, "description": "XLSX"}
}


def import_routes(kind: ImportKind) -> APIRouter:
    routes = APIRouter()
    name = kind.path.strip("/")

    @routes.post(f"{kind.path}/import", response_model=ImportAnswer, responses={202: {"model": ImportBegun}}, openapi_extra=_FORM)
    @refuses(503, "reading_failed", "interrupted")
    async def taken(sent: SentFile, request: Request, dry_run: bool = False) -> Response:
        """Row by row: a bad one is named and does not stop the others, and one that is there already is `matched`: the same file
        may be sent again. With `Prefer: respond-async` the answer comes at once, and `/imports/{import_id}` tells the rest."""
        return await take_in(kind, sent, dry_run=dry_run, at_once=_respond_async(request))

    @routes.get(f"{kind.path}/template.xlsx", response_class=Response, responses=_XLSX)
    async def empty(
        edge: ReadEdge, province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None
    ) -> Response:
        """An empty table to fill in. Its drop-down of places has those of the province, or of all in the caller's token."""
        chosen = [province] if province is not None else sorted(edge.reach.provinces or PROVINCES)
        areas = [area for one in chosen for area in kind.areas(one)]
        made = await asyncio.to_thread(template, kind.columns, areas, title=kind.title)
        return Response(made, headers=_attached(f"{name}-template"), media_type=MEDIA_TYPES[Format.XLSX])

    @routes.get("/imports/{import_id}.xlsx", response_class=Response, responses=_XLSX)
    @refuses(409, "wrong_state")
    @refuses(410, "file_erased")
    @refuses(503, "reading_failed")
    async def given_back(edge: ReadEdge, import_id: UUID) -> Response:
        """The file as it was sent, with what became of each row, for a day."""
        one = await _own(edge, import_id)
        if one.state == "running":
            raise RefusedError("wrong_state", "it is not done yet")
        await edge.audited(details={"import_id": str(import_id), "rows": one.done})
        found = await _marked(kind, edge, one)
        return StreamingResponse(_parts(found), headers=_attached(f"{name}-{import_id}"), media_type=MEDIA_TYPES[Format.XLSX])

    @routes.get("/imports/{import_id}", response_model=ImportShown)
    async def progress(edge: ReadEdge, import_id: UUID) -> Response:
        """How an import stands that the caller has sent."""
        return await shown(edge.store, await _own(edge, import_id))

    return routes


async def _own(edge: Edge, import_id: UUID) -> Standing:
    """Raises NotFoundError for one that somebody else has sent."""
    one = await standing.by_id(edge.store, import_id)
    if one is None or one.actor != edge.principal.actor:
        raise NotFoundError
    return one


async def _marked(kind: ImportKind, edge: Edge, one: Standing) -> IO[bytes]:
    """Raises RefusedError 410 `file_erased`."""
    results = [
        RowResult(*map(row.get, _TOLD)) for chunk in await standing.rows_of(edge.store, one.id) for row in orjson.loads(chunk)
    ]
    with TemporaryDirectory(dir=uploads(state_of(edge.request).settings.data_dir)) as scratch:
        path = Path(scratch) / "sent"
        if not await file.give_back(edge.store, edge.vault, one, path):
            raise RefusedError("file_erased", "files are kept for a day; the results of the rows stay", status=410)
        async with imports_of(edge.request).reading:
            return await marked(path, kind.columns, results)


def _parts(found: IO[bytes]) -> Iterator[bytes]:
    with found:
        while part := found.read(PART_BYTES):
            yield part


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}


def _respond_async(request: Request) -> bool:
    """RFC 7240: preferences stand with commas between, in any number of headers."""
    told = ",".join(request.headers.getlist("prefer")).split(",")
    return any(one.partition(";")[0].strip().lower() == "respond-async" for one in told)
