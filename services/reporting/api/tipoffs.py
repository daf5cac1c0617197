"""Summaries of tip-offs for the two departments whose business they are."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.reporting import tipoff_views
from services.reporting.answers.summaries import TipoffsShown
from services.reporting.api.reading import projected
from services.reporting.files.tipoffs import paper
from services.reporting.questions import MonthParam, ProvinceText, province_of
from services.reporting.tipoffs import HEADINGS, KINDS, summary, title
from shared import places
from shared.access import Reach
from shared.buddhist_calendar import Month
from shared.errors import NotFoundError
from shared.events.codes import Agency
from shared.files.answering import answer, answering
from shared.files.formats import AS_REPORT, Format, FormatParam
from shared.web import Edge, ReadEdge
from shared.web.refusals import refuses


def _one_or_all(province: ProvinceText | None = None) -> str | None:
    return None if province is None else province_of(province)


OneOrAll = Annotated[str | None, Depends(_one_or_all)]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/reports/doe-tipoffs.{suffix}", include_in_schema=False)
    @routes.get("/reports/doe-tipoffs", response_model=TipoffsShown, responses=AS_REPORT)
    @refuses(404, "not_found")
    @answering
    async def doe(edge: ReadEdge, wanted: FormatParam, month: MonthParam, province: OneOrAll) -> Response:
        """Job scams and illegal foreign workers, for the Department of Employment."""
        return await _summary(edge, wanted, Agency.DOE, month, province)

    @routes.get("/reports/dlpw-tipoffs.{suffix}", include_in_schema=False)
    @routes.get("/reports/dlpw-tipoffs", response_model=TipoffsShown, responses=AS_REPORT)
    @refuses(404, "not_found")
    @answering
    async def dlpw(edge: ReadEdge, wanted: FormatParam, month: MonthParam, province: OneOrAll) -> Response:
        """Child labour, women labour and unfair labour, for the Department of Labour Protection and Welfare."""
        return await _summary(edge, wanted, Agency.DLPW, month, province)

    return routes


def _reached(edge: Edge, agency: Agency, asked: str | None) -> Sequence[str] | None:
    """The one that is asked for, or all of the caller's: None for the nation. Raises NotFoundError for one of others, and for the
    officer of another agency."""
    looked_at = places.PROVINCES if asked is None else (asked,)
    found = [province for province in looked_at if edge.reach.has(province, agency=agency.value)]
    if not found:
        raise NotFoundError
    return None if len(found) == len(places.PROVINCES) else found


async def _summary(edge: Edge, wanted: Format, agency: Agency, month: Month, province: str | None) -> Response:
    provinces = _reached(edge, agency, province)
    counts = await projected(
        edge,
        lambda connection: tipoff_views.tipoffs(
            connection, KINDS[agency], first_day=month.first_day, last_day=month.last_day, provinces=provinces
        ),
        # A department hears of every tip-off of its kinds, also of those that were sent to another agency.
        reach=Reach(provinces=edge.reach.provinces, whole=True),
    )
    content = summary(agency, month, provinces, counts)
    drawn = partial(paper, title=title(agency, month, provinces, content["sum"]["total"]))
    where = "all" if provinces is None else content["province"] or "own"
    name = f"{content['report']}-{where}-{month}"
    return await answer(edge, wanted, content, name=name, paper=drawn, headings=HEADINGS)
