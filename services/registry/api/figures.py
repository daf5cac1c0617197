"""What registry counts: how well a province is covered."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.registry import views
from services.registry.bodies import Coverage
from services.registry.projection import NAME
from shared.buddhist_calendar import bangkok_day
from shared.events.codes import Level
from shared.fields import ProvinceCode
from shared.places import subdistricts_of
from shared.web import ReadEdge


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/coverage")
    async def coverage(edge: ReadEdge, province: Annotated[ProvinceCode, Query(description="2-digit code.")]) -> Coverage:
        """The sub-districts of a province with and without an active sub-district volunteer, today."""
        edge.must_reach(province)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            serving = await views.serving(connection, province=province, day=bangkok_day(edge.now.at))
        return _coverage(province, serving)

    return routes


def _coverage(province: str, serving: list[views.Serving]) -> Coverage:
    subdistricts = subdistricts_of(province)
    covered = {row.area_code for row in serving if row.level == Level.SUBDISTRICT} & set(subdistricts)
    by_level = dict.fromkeys(Level, 0)
    for row in serving:
        by_level[Level(row.level)] += row.volunteers
    return Coverage(
        province=province,
        subdistricts_total=len(subdistricts),
        subdistricts_covered=len(covered),
        volunteers_active=sum(by_level.values()),
        by_level=by_level,
        uncovered=[code for code in subdistricts if code not in covered],
    )
