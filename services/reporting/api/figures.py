"""Totals, funnel, progress, lineage, position. All of it reads."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.reporting import figures, form_views, views
from services.reporting.answers.figures import Funnel, Lineage, Position, Progress, Totals
from services.reporting.api.reading import as_json, known_soon, projected
from services.reporting.lineage import lineage
from services.reporting.position import position
from services.reporting.questions import FiscalYearParam, PeriodParam, ShownParam
from shared.access import EVERYTHING, Reach
from shared.buddhist_calendar import bangkok_day, fiscal_year_bounds
from shared.store.store import Connection
from shared.web import ReadEdge
from shared.web.requests import state_of


def router() -> APIRouter:
    """All routes."""
    routes = APIRouter()

    @routes.get("/totals", response_model=Totals)
    async def totals(edge: ReadEdge, period: PeriodParam, shown: ShownParam) -> Response:
        """Help of a month or a fiscal year, by province and for the nation."""
        name, first_day, last_day = period
        # The nation's figures are the same for everybody, and a person helped in two provinces is one in them.
        helped = await projected(edge, lambda connection: views.helped(connection, first_day, last_day), reach=EVERYTHING)
        return as_json(figures.totals(name, helped, shown=shown))

    @routes.get("/funnel", response_model=Funnel)
    async def funnel(edge: ReadEdge, fiscal_year: FiscalYearParam, shown: ShownParam) -> Response:
        """From needs to help, against what volunteers are to reach."""
        day = min(fiscal_year_bounds(fiscal_year)[1], bangkok_day(edge.now.at))
        # The nation's figures are the same for everybody.
        cases = await projected(edge, lambda connection: views.cases_by_province(connection, fiscal_year), reach=EVERYTHING)
        volunteers = await projected(edge, lambda connection: views.volunteers_in_service(connection, day), reach=EVERYTHING)
        return as_json(figures.funnel(fiscal_year, volunteers, cases, shown=shown))

    @routes.get("/volunteers/{volunteer_id}/progress", response_model=Progress)
    async def progress(edge: ReadEdge, volunteer_id: UUID, fiscal_year: FiscalYearParam) -> Response:
        """What became of the needs that a volunteer reported in a fiscal year."""

        async def look(connection: Connection) -> str | None:
            province = await views.province_of_volunteer(connection, volunteer_id)
            return province if province is not None and edge.reach.has(province, volunteer_id=volunteer_id) else None

        await known_soon(edge, look)
        # His own, wherever he reported them: the same number for all who may see him.
        cases = await projected(
            edge,
            lambda connection: views.cases_by_kind(connection, volunteer_id, fiscal_year),
            reach=Reach(provinces=None, volunteer_id=volunteer_id),
        )
        return as_json({"volunteer_id": volunteer_id, **figures.progress(cases)})

    @routes.get("/lineage/{assistance_id}", response_model=Lineage)
    async def lineage_of(edge: ReadEdge, assistance_id: UUID) -> Response:
        """Every event that a row of a form rests on."""

        async def look(connection: Connection) -> views.Help | None:
            found = await views.help_of(connection, assistance_id)
            return found if found is not None and edge.reach.has(found.province) else None

        # All of it, whoever asks: a case may have been reported in another province than the help that the caller may see.
        stream = (await known_soon(edge, look)).stream
        reports = await projected(edge, lambda connection: form_views.reports_with(connection, assistance_id))
        return as_json(lineage(assistance_id, (await edge.store.seen(None).load(stream)).records, reports))

    @routes.get("/position", response_model=Position)
    async def position_now(edge: ReadEdge) -> Response:
        """How far reporting is with what the others said."""
        async with edge.reading() as connection:
            before = await views.taken(connection)
        ends = state_of(edge.request).ends
        reach = None if ends is None else await ends.reach(before.offsets)
        # Asked again after the ends are known: what Kafka held then must be in now, or it is not caught up.
        async with edge.reading() as connection:
            return as_json(position(await views.taken(connection), reach))

    return routes
