"""What registry counts: how well a province is covered."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.registry import views
from services.registry.bodies import Coverage
from services.registry.coverage import coverage as coverage_of
from services.registry.projection import NAME
from shared.buddhist_calendar import bangkok_day
from shared.fields import ProvinceCode
from shared.web import ReadEdge
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/coverage")
    @refuses(404, "not_found")
    async def coverage(edge: ReadEdge, province: Annotated[ProvinceCode, Query(description="2-digit code.")]) -> Coverage:
        """The sub-districts and districts of a province with and without an active volunteer, today, and the villages, as far as
        they are known."""
        edge.must_reach(province)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            day = bangkok_day(edge.now.at)
            serving = await views.serving(connection, province=province, day=day)
            villages = await views.villages(connection, province=province, day=day)
        return coverage_of(province, serving, villages)

    return routes
