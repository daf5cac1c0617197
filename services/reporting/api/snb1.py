"""แบบ สนบ.๑ over HTTP, and the targets that it measures against."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from services.reporting import snb1_views
from services.reporting.answers.summaries import Snb1Shown
from services.reporting.api.reading import projected
from services.reporting.bodies import TargetAnswer, TargetBody
from services.reporting.files.snb1 import paper
from services.reporting.questions import DueDaysParam, LiveOnly, MonthParam, ProvinceParam, fiscal_year_fault, must_reach_named
from services.reporting.snb1 import HEADINGS, snb1, title
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault
from shared.events.reporting import ProjectTargetSet, target_id_of
from shared.files.answering import answer, answering
from shared.files.formats import AS_REPORT, FormatParam
from shared.web import Change, Edge, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/reports/snb1.{suffix}", include_in_schema=False, dependencies=[LiveOnly])
    @routes.get("/reports/snb1", response_model=Snb1Shown, dependencies=[LiveOnly], responses=AS_REPORT)
    @answering
    async def snb1_of(
        edge: ReadEdge, wanted: FormatParam, province: ProvinceParam, month: MonthParam, due_days: DueDaysParam
    ) -> Response:
        """แบบ สนบ.๑ of a province and month."""
        today = bangkok_day(edge.now.at)
        progress = await projected(edge, lambda connection: snb1_views.progress(connection, province, month, today=today))
        content = snb1(province, month, progress, due_days=due_days)
        drawn = partial(paper, title=title(province, month))
        return await answer(edge, wanted, content, name=f"snb1-{province}-{month}", paper=drawn, headings=HEADINGS)

    @routes.post("/reports/snb1/targets", response_model=TargetAnswer, openapi_extra=takes(TargetBody))
    @refuses(404, "not_found")
    async def set_target(edge: WriteEdge) -> Response:
        """How many people a project is to help in a fiscal year; 0 takes the target back."""
        return await edge.write(lambda: _set_target(edge))

    return routes


async def _set_target(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_named(edge, raw)
        return fiscal_year_fault(raw)

    body = await edge.body(TargetBody, also=also)
    edge.must_reach(body.province)
    stream = await edge.store.load(target_id_of(body.province, body.fiscal_year, body.project_name))
    event = ProjectTargetSet(target_id=stream.id, set_at=edge.now.at, **body.model_dump())
    return Change(stream, [event], body.model_dump(mode="json"))
