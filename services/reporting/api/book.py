"""The สนบ.๒ of all provinces of a month that the caller may see as one ZIP, sent while it is made."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from services.reporting.api.forms import content_of
from services.reporting.book import Entry, in_order, zipped
from services.reporting.files.official import HEADINGS, file_name, paper_of
from services.reporting.forms import Snb2
from services.reporting.questions import DueDaysParam, MonthParam, ReachedParam, Wanted, WantedParam
from shared import places
from shared.buddhist_calendar import Month
from shared.errors import NotFoundError, RefusedError
from shared.files.answering import MOST_PDF_ROWS
from shared.files.formats import Format, chosen
from shared.files.plain import as_csv
from shared.files.press import press_of
from shared.web import Edge, ReadEdge
from shared.web.refusals import refuses

FormatText = Annotated[str, Query(description="`pdf`, `xlsx` or `csv`.")]
LIST = "contents.csv"
LIST_HEADINGS = ("province", "name", "file", "revision", "persons", "rows", "hash", "remark")
_AS_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}
NOT_SUBMITTED = "no such submission"
TOO_LARGE = f"more than {MOST_PDF_ROWS} rows: as XLSX"


@refuses(406, "not_acceptable")
def file_format_of(format: FormatText = "pdf") -> Format:
    """Raises RefusedError (406 `not_acceptable`)."""
    wanted = chosen(format, None)
    if wanted is Format.JSON:
        raise RefusedError("not_acceptable", "a book is of pdf, xlsx or csv", status=406)
    return wanted


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/reports/snb2-book", response_class=StreamingResponse, responses=_AS_ZIP)
    @refuses(503, "printing_failed")
    async def snb2_book(
        edge: ReadEdge,
        file: Annotated[Format, Depends(file_format_of)],
        month: MonthParam,
        wanted: WantedParam,
        days: DueDaysParam,
        provinces: ReachedParam,
    ) -> Response:
        """แบบ สนบ.๒ of every province of the caller's in a month, and a list of what is in the ZIP."""
        book = _Book(edge, file, month, wanted, days, provinces)
        parts = zipped(book.entries())
        # Asked for before anything is answered: what cannot begin at all is refused in the ordinary way.
        first = await anext(parts)
        headers = {"Content-Disposition": f'attachment; filename="snb2-book-{month}.zip"'}
        return StreamingResponse(_following(first, parts), media_type="application/zip", headers=headers)

    return routes


async def _following(first: bytes, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in parts:
        yield part


@dataclass(frozen=True, slots=True)
class _Book:
    """One request for a book."""

    edge: Edge
    file: Format
    month: Month
    wanted: Wanted
    days: DueDaysParam
    provinces: tuple[str, ...]
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def entries(self) -> AsyncIterator[Entry]:
        """A file for each province, then the list."""
        async for entry in in_order(self.provinces, self._form):
            yield entry
        rows = [self.listed[province] for province in self.provinces]
        yield Entry(LIST, as_csv(LIST_HEADINGS, rows))

    async def _form(self, province: str) -> Entry | None:
        form = Snb2(province, self.month, self.days)
        line: dict[str, Any] = {"province": province, "name": places.label(province)}
        self.listed[province] = line
        try:
            content = await content_of(self.edge, form, self.wanted)
        except NotFoundError:
            line["remark"] = NOT_SUBMITTED
            return None
        file = self.file
        if file is Format.PDF and len(content["rows"]) > MOST_PDF_ROWS:
            file, line["remark"] = Format.XLSX, TOO_LARGE
        name = f"{file_name(form, content)}.{file}"
        line |= {"file": name, "rows": len(content["rows"]), **{key: content[key] for key in ("revision", "persons", "hash")}}
        return Entry(name, await self._body(file, form, content))

    async def _body(self, file: Format, form: Snb2, content: dict[str, Any]) -> bytes:
        if file is Format.CSV:
            return as_csv(HEADINGS, content["rows"])
        return await press_of(self.edge.request).make("pdf" if file is Format.PDF else "xlsx", paper_of(form, content), content)
