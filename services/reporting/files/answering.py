"""A report's content as an answer in the format that is wanted. Files that take long to make are made elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Response

from services.reporting.files.formats import MEDIA_TYPES, Format
from services.reporting.files.paper import Paper
from services.reporting.files.plain import as_csv, as_json
from shared.errors import UnavailableError
from shared.web import Edge

Content = dict[str, Any]
PaperOf = Callable[[Content], Paper]
"""It is called in another process: a function of a module, or a `partial` of one."""


async def answer(
    edge: Edge,
    wanted: Format,
    content: Content,
    *,
    name: str,
    paper: PaperOf,
    headings: Sequence[str],
    rows: Callable[[Content], Sequence[Mapping[str, Any]]] = lambda content: content["rows"],
) -> Response:
    """`content` in the format `wanted`. `name` is that of the file without its suffix: ASCII, form, place and period, nobody's
    name. `headings`: the columns of the CSV, fields of `rows(content)`.

    Raises RefusedError (406 `too_large_for_pdf`), UnavailableError (503 `printing_failed`)."""
    match wanted:
        case Format.JSON:
            return Response(as_json(content), media_type=MEDIA_TYPES[wanted], headers={"Vary": "Accept"})
        case Format.CSV:
            return file_response(wanted, name, as_csv(headings, rows(content)))
        case Format.XLSX | Format.PDF:
            raise UnavailableError("printing_failed", "this format is not made yet")


def file_response(wanted: Format, name: str, body: bytes) -> Response:
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
    return Response(body, media_type=MEDIA_TYPES[wanted], headers=headers)
