"""What is due and what is missing: completeness over all provinces, and the to-do list of one."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.reporting import completeness, due_views, network_views, todo
from services.reporting.answers.due import Calendar, Completeness
from services.reporting.api.reading import as_json, projected
from services.reporting.due_views import known_by
from services.reporting.questions import DueDaysParam, MonthParam, ProvinceParam, ReachedParam, ShownParam
from shared.access import EVERYTHING
from shared.buddhist_calendar import bangkok_day
from shared.errors import RefusedError
from shared.files.answering import file_response
from shared.files.formats import AS_TABLE, Format, FormatParam
from shared.files.plain import as_csv
from shared.web import ReadEdge
from shared.web.requests import state_of


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/completeness.{suffix}", include_in_schema=False)
    @routes.get("/completeness", response_model=Completeness, responses=AS_TABLE)
    async def completeness_of(
        edge: ReadEdge,
        wanted: FormatParam,
        month: MonthParam,
        shown: ShownParam,
        reached: ReachedParam,
        due_days: DueDaysParam,
    ) -> Response:
        """Which forms of a month were expected, submitted and on time."""
        known = known_by(due_days.sp12_due_on(month), edge.now)
        provinces = state_of(edge.request).settings.expected_provinces
        # The nation's counts are the same for everybody.
        units, own = await projected(
            edge,
            lambda connection: due_views.expected(connection, month, due_days=due_days, known=known, provinces=provinces),
            reach=EVERYTHING,
        )
        centres = await projected(edge, network_views.centres)
        found = completeness.completeness(month, units, own, due_days=due_days, shown=shown, named=reached, centres=centres)
        return _table(wanted, found, f"completeness-{month}", completeness.HEADINGS, completeness.as_rows(found))

    @routes.get("/reports/calendar.{suffix}", include_in_schema=False)
    @routes.get("/reports/calendar", response_model=Calendar, responses=AS_TABLE)
    async def calendar(
        edge: ReadEdge, wanted: FormatParam, province: ProvinceParam, month: MonthParam, due_days: DueDaysParam
    ) -> Response:
        """What is due when in a province, what was submitted, how many rows wait."""
        known = known_by(due_days.sp12_due_on(month), edge.now)
        own = province in state_of(edge.request).settings.expected_provinces
        # A unit may have helped in the province next door: rows wait for its form all the same.
        duties = await projected(
            edge,
            lambda connection: due_views.duties(connection, province, month, due_days=due_days, known=known, expected=own),
            reach=EVERYTHING,
        )
        found = todo.todo(province, month, duties, due_days=due_days, today=bangkok_day(edge.now.at))
        return _table(wanted, found, f"calendar-{province}-{month}", todo.HEADINGS, found["items"])

    return routes


def _table(
    wanted: Format, content: dict[str, Any], name: str, headings: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> Response:
    """As JSON, or as CSV with the name `name`. Raises RefusedError (406) for what is for paper: these are lists to work by."""
    match wanted:
        case Format.JSON:
            return as_json(content)
        case Format.CSV:
            return file_response(wanted, name, as_csv(headings, rows))
        case _:
            raise RefusedError("not_acceptable", "formats are json and csv", status=406)
