"""A report's content as an answer in the format that is wanted. Files that take long to make are made elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Response

from shared.errors import RefusedError
from shared.files.formats import MEDIA_TYPES, Format
from shared.files.making import Content, PaperOf
from shared.files.plain import as_csv, as_json
from shared.files.press import press_of
from shared.web import Edge
from shared.web.refusals import refuses_all

MOST_PDF_ROWS = 5000
answering = refuses_all({406: ["too_large_for_pdf"], 503: ["printing_failed"]})
"""For routes that end with `answer`."""


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
        case Format.XLSX:
            return file_response(wanted, name, await press_of(edge.request).make("xlsx", paper, content))
        case Format.PDF:
            if len(rows(content)) > MOST_PDF_ROWS:
                raise RefusedError("too_large_for_pdf", f"more than {MOST_PDF_ROWS} rows: {_xlsx_address(edge)} has them", 406)
            return file_response(wanted, name, await press_of(edge.request).make("pdf", paper, content))


def file_response(wanted: Format, name: str, body: bytes) -> Response:
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
    return Response(body, media_type=MEDIA_TYPES[wanted], headers=headers)


def _xlsx_address(edge: Edge) -> str:
    """Without its query: that was given by the caller, and answers repeat nothing."""
    template: str = edge.request.scope["route"].path
    return template.removesuffix(".{suffix}") + ".xlsx"
