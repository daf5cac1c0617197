"""Mobile service units over HTTP: plan, hold, cancel, list, one with what came of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.api.reach import must_reach_named
from services.registry.mobile_units import bodies, domain, views
from services.registry.mobile_units.bodies import (
    CancelBody,
    HeldBody,
    MobileUnitAnswer,
    MobileUnitListed,
    MobileUnitShown,
    NeedsThere,
    PlanBody,
)
from services.registry.network import NAME
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError
from shared.events.codes import MobileUnitStatus
from shared.events.contract import Event
from shared.events.network import MobileUnitCancelled
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/mobile-units", status_code=201, response_model=MobileUnitAnswer, openapi_extra=takes(PlanBody))
    @refuses(404, "not_found")
    async def plan(edge: WriteEdge) -> Response:
        """A mobile service unit is to come to a place."""
        return await edge.write(lambda: _plan(edge))

    @routes.post("/mobile-units/{mobile_unit_id}/hold", response_model=MobileUnitAnswer, openapi_extra=takes(HeldBody))
    @refuses(409, "wrong_state")
    async def hold(edge: WriteEdge, mobile_unit_id: UUID) -> Response:
        """It was there; from planned only."""
        return await edge.write(lambda: _hold(edge, mobile_unit_id))

    @routes.post("/mobile-units/{mobile_unit_id}/cancel", response_model=MobileUnitAnswer, openapi_extra=takes(CancelBody))
    @refuses(409, "wrong_state")
    async def cancel(edge: WriteEdge, mobile_unit_id: UUID) -> Response:
        """It does not come; from planned only."""
        return await edge.write(lambda: _cancel(edge, mobile_unit_id))

    @routes.get("/mobile-units")
    async def mobile_units(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        status: MobileUnitStatus | None = None,
    ) -> Listed[MobileUnitListed]:
        """By the planned day, the newest first: planned against held, and what became of the needs of the place since."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.mobile_units(
                connection, edge.reach, province=province, status=status, after=after, limit=page.fetch
            )
            came = await views.came_of_them(connection, [row.mobile_unit_id for row in rows[: page.limit]])
        return Listed(**page.listed(rows, lambda row: row.place, lambda row: _listed(row, came[row.mobile_unit_id])))

    @routes.get("/mobile-units/{mobile_unit_id}")
    async def mobile_unit(edge: ReadEdge, mobile_unit_id: UUID) -> MobileUnitShown:
        """Planned against held, and what became of the needs of the place since."""
        return await _shown(edge, (await _known(edge, mobile_unit_id))[1])

    return routes


async def _plan(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_named(edge, raw)
        return bodies.plan_faults(raw, bangkok_day(edge.now.at))

    body = await edge.body(PlanBody, also=also)
    stream = Stream(new_id(), edge.store.service, ())
    return _change(stream, domain.plan(stream.id, body.plan), status=201, location=f"/mobile-units/{stream.id}")


async def _hold(edge: Edge, mobile_unit_id: UUID) -> Change:
    stream, unit = await _known(edge, mobile_unit_id)

    async def also(raw: Any) -> list[Fault]:
        return bodies.held_faults(raw, bangkok_day(edge.now.at), planned_on=unit.planned_on)

    body = await edge.body(HeldBody, also=also)
    return _change(stream, domain.hold(unit, body.held_on, people_served=body.people_served, satisfaction=body.marks))


async def _cancel(edge: Edge, mobile_unit_id: UUID) -> Change:
    stream, unit = await _known(edge, mobile_unit_id)
    body = await edge.body(CancelBody)
    domain.must_be_planned(unit)  # before anything is sealed
    reason = await edge.vault.seal(await edge.vault.key_for_case(mobile_unit_id), {"reason": body.reason})
    return _change(stream, domain.cancel(unit, reason=reason))


async def _known(edge: Edge, mobile_unit_id: UUID) -> tuple[Stream, domain.MobileUnit]:
    stream = await edge.stream(mobile_unit_id)
    unit = domain.mobile_unit_of(stream.events)
    if unit is None:
        raise NotFoundError
    edge.must_reach(unit.province)
    return stream, unit


async def _shown(edge: Edge, unit: domain.MobileUnit) -> MobileUnitShown:
    await edge.projected(NAME)
    async with edge.reading() as connection:
        came = await views.came_of_them(connection, [unit.mobile_unit_id])
    listed = _listed(_answer(unit), came[unit.mobile_unit_id])
    return MobileUnitShown(**listed.model_dump(), cancel_reason=await _cancel_reason(edge, unit))


def _listed(unit: views.MobileUnitRow | MobileUnitAnswer, came: views.CameOfIt) -> MobileUnitListed:
    needs = None if came.needs is None else NeedsThere.model_validate(came.needs)
    answer = MobileUnitAnswer.model_validate(unit)
    return MobileUnitListed(**answer.model_dump(), assistances=came.assistances, persons=came.persons, needs=needs)


async def _cancel_reason(edge: Edge, unit: domain.MobileUnit) -> str | None:
    """What is not shown is not opened either."""
    if not isinstance(unit, MobileUnitCancelled) or not edge.right.people.has(unit.province):
        return None
    (words,) = await edge.vault.open_many([unit.reason])
    await edge.audited(details={"mobile_unit_id": str(unit.mobile_unit_id)})
    return str(words["reason"]) if isinstance(words, dict) else None


def _answer(unit: domain.MobileUnit) -> MobileUnitAnswer:
    return MobileUnitAnswer.model_validate(unit).model_copy(update={"satisfaction_average": domain.average(unit.satisfaction)})


def _change(stream: Stream, events: list[Event], *, status: int = 200, location: str | None = None) -> Change:
    unit = domain.mobile_unit_of(events)
    assert unit is not None
    return Change(stream, events, answer=_answer(unit).model_dump(mode="json"), status=status, location=location)
