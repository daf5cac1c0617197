"""The figures of a province's network, and where mobile service units are wanted in it. All of it reads."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.reporting import mobile_unit_views, network_views
from services.reporting.answers.network import NetworkShown, Suggestions
from services.reporting.api.reading import as_json, projected
from services.reporting.mobile_units import SINCE_DAYS, item, rank
from services.reporting.network import network
from services.reporting.questions import FiscalYearParam, ProvinceParam
from shared.access import EVERYTHING
from shared.buddhist_calendar import bangkok_day, fiscal_year_bounds
from shared.errors import Fault, InvalidError
from shared.fields import Day
from shared.web import PageParam, ReadEdge

SinceText = Annotated[Day | None, Query(alias="from", description="Needs reported from this day on; a year ago if not given.")]


def since_of(edge: ReadEdge, since: SinceText = None) -> date:
    """Raises InvalidError for a day to come."""
    today = bangkok_day(edge.now.at)
    if since is not None and since > today:
        raise InvalidError([Fault("/query/from", "in_future", "lies in the future")])
    return today - timedelta(days=SINCE_DAYS) if since is None else since


SinceParam = Annotated[date, Depends(since_of)]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/network", response_model=NetworkShown)
    async def network_of(edge: ReadEdge, province: ProvinceParam, fiscal_year: FiscalYearParam) -> Response:
        """One page of figures for the yearly evaluation: as of the year's last day, or today."""
        day = min(fiscal_year_bounds(fiscal_year)[1], bangkok_day(edge.now.at))
        # What the province's volunteers reported next door is theirs, too: their progress is the same whoever asks.
        found = await projected(
            edge, lambda connection: network_views.network(connection, province, fiscal_year, day), reach=EVERYTHING
        )
        return as_json(network(province, fiscal_year, day, found))

    @routes.get("/mobile-units/suggestions", response_model=Suggestions)
    async def suggestions(edge: ReadEdge, page: PageParam, province: ProvinceParam, since: SinceParam) -> Response:
        """Sub-districts in which needs wait, the one first where a mobile service unit is wanted most, with the reasons."""
        day = bangkok_day(edge.now.at)
        after = _place_of(page.after)
        found = await projected(edge, lambda connection: mobile_unit_views.places(connection, province, since=since, day=day))
        ranked = [one for one in rank(found, day) if after is None or one.order > after]
        listed = page.listed(ranked[: page.fetch], lambda one: one.order, lambda one: item(one, day))
        return as_json({"province": province, "from": since.isoformat(), "as_of": day.isoformat(), **listed})

    return routes


def _place_of(cursor: list[Any] | None) -> tuple[int, str] | None:
    """What a cursor of this list says. Raises InvalidError for any other."""
    match cursor:
        case None:
            return None
        case [int(points), str(area_code)]:
            return points, area_code
        case _:
            raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])
