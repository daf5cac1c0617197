"""Reporting's HTTP edge: forms, totals, funnel, progress, lineage, position. All of it reads."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Response

from services.reporting import figures, views
from services.reporting.files.formats import FormatParam
from services.reporting.files.official import answer_form
from services.reporting.forms import Form, Snb2, Sp12
from services.reporting.lineage import lineage
from services.reporting.position import position
from services.reporting.projection import NAME
from services.reporting.questions import FiscalYearParam, LiveOnly, MonthParam, PeriodParam, ProvinceParam, ShownParam
from services.reporting.report import live_report
from shared.buddhist_calendar import bangkok_day, fiscal_year_bounds
from shared.errors import NotFoundError
from shared.sealed import Sealed
from shared.store.store import Connection
from shared.web import Edge, ReadEdge
from shared.web.requests import state_of

Found = TypeVar("Found")
Look = Callable[[Connection], Awaitable[Found | None]]


def router() -> APIRouter:
    """All routes."""
    routes = APIRouter()

    @routes.get("/reports/sp12.{suffix}", include_in_schema=False, dependencies=[LiveOnly])
    @routes.get("/reports/sp12", dependencies=[LiveOnly])
    async def sp12(edge: ReadEdge, wanted: FormatParam, unit_id: UUID, month: MonthParam) -> Response:
        """แบบ สป-๑๒ of a service unit and month."""
        unit = await _known_soon(edge, lambda connection: views.unit(connection, unit_id))
        form = Sp12(unit, month)
        return await answer_form(edge, wanted, form, await _live(edge, form))

    @routes.get("/reports/snb2.{suffix}", include_in_schema=False, dependencies=[LiveOnly])
    @routes.get("/reports/snb2", dependencies=[LiveOnly])
    async def snb2(edge: ReadEdge, wanted: FormatParam, province: ProvinceParam, month: MonthParam) -> Response:
        """แบบ สนบ.๒ of a province and month."""
        form = Snb2(province, month)
        return await answer_form(edge, wanted, form, await _live(edge, form))

    @routes.get("/totals")
    async def totals(edge: ReadEdge, period: PeriodParam, shown: ShownParam) -> Response:
        """Help of a month or a fiscal year, by province and for the nation."""
        name, first_day, last_day = period
        helped = await _projected(edge, lambda connection: views.helped(connection, first_day, last_day))
        return _json(figures.totals(name, helped, shown=shown))

    @routes.get("/funnel")
    async def funnel(edge: ReadEdge, fiscal_year: FiscalYearParam, shown: ShownParam) -> Response:
        """From needs to help, against what volunteers are to reach."""
        day = min(fiscal_year_bounds(fiscal_year)[1], bangkok_day(edge.now.at))
        cases = await _projected(edge, lambda connection: views.cases_by_province(connection, fiscal_year))
        volunteers = await _projected(edge, lambda connection: views.volunteers_in_service(connection, day))
        return _json(figures.funnel(fiscal_year, volunteers, cases, shown=shown))

    @routes.get("/volunteers/{volunteer_id}/progress")
    async def progress(edge: ReadEdge, volunteer_id: UUID, fiscal_year: FiscalYearParam) -> Response:
        """What became of the needs that a volunteer reported in a fiscal year."""
        await _known_soon(edge, lambda connection: views.volunteer(connection, volunteer_id))
        cases = await _projected(edge, lambda connection: views.cases_by_kind(connection, volunteer_id, fiscal_year))
        return _json({"volunteer_id": volunteer_id, **figures.progress(cases)})

    @routes.get("/lineage/{assistance_id}")
    async def lineage_of(edge: ReadEdge, assistance_id: UUID) -> Response:
        """Every event that a row of a form rests on."""
        stream = await _known_soon(edge, lambda connection: views.stream_of(connection, assistance_id))
        return _json(lineage(assistance_id, (await edge.store.load(stream)).records))

    @routes.get("/position")
    async def position_now(edge: ReadEdge) -> Response:
        """How far reporting is with what the others said."""
        async with edge.store.connection() as connection:
            before = await views.taken(connection)
        ends = state_of(edge.request).ends
        reach = None if ends is None else await ends.reach(before.offsets)
        # Asked again after the ends are known: what Kafka held then must be in now, or it is not caught up.
        async with edge.store.connection() as connection:
            return _json(position(await views.taken(connection), reach))

    return routes


async def _live(edge: Edge, form: Form) -> dict[str, Any]:
    async with edge.store.connection() as connection:
        as_of = await views.known_until(connection)
    lines = await _projected(edge, lambda connection: views.lines(connection, form))
    people = await edge.vault.open_many([Sealed.model_validate_json(line.person) for line in lines])
    return live_report(form, lines, people, as_of=as_of, today=bangkok_day(edge.now.at))


async def _projected(edge: Edge, read: Callable[[Connection], Awaitable[Found]]) -> Found:
    """What the tables say once they show all that the store held when this was asked."""
    await edge.projected(NAME)
    async with edge.store.connection() as connection:
        return await read(connection)


async def _known_soon(edge: Edge, look: Look[Found]) -> Found:
    """Raises NotFoundError for what is not known within a second: another service's word may be on its way."""
    found = await edge.soon(lambda: _projected(edge, look))
    if found is None:
        raise NotFoundError
    return found


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
