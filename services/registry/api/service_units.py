"""Service units over HTTP: open, close, list, one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry import domain, views
from services.registry.api.reach import must_reach_place
from services.registry.bodies import CloseBody, OpenBody, UnitAnswer, ahead_faults
from services.registry.centres.holding import centres_of
from services.registry.projection import NAME
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError
from shared.events.contract import Event
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/service-units", status_code=201, response_model=UnitAnswer, openapi_extra=takes(OpenBody))
    @refuses(404, "not_found")
    async def open_unit(edge: WriteEdge) -> Response:
        return await edge.write(lambda: _open(edge))

    @routes.post("/service-units/{unit_id}/close", response_model=UnitAnswer, openapi_extra=takes(CloseBody))
    @refuses(409, "wrong_state")
    async def close(edge: WriteEdge, unit_id: UUID) -> Response:
        return await edge.write(lambda: _close(edge, unit_id))

    @routes.get("/service-units")
    async def service_units(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        status: domain.UnitStatus | None = None,
    ) -> Listed[UnitAnswer]:
        """By area. `status` is today's."""
        after, day = views.place_of(page.after), bangkok_day(edge.now.at)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.units(
                connection, edge.reach, day=day, province=province, status=status, after=after, limit=page.fetch
            )
        centres = await centres_of(edge.store, (row.province for row in rows))

        def item(row: views.UnitRow) -> UnitAnswer:
            return UnitAnswer.model_validate(row).model_copy(update={"centre_id": centres.get(row.province)})

        return Listed(**page.listed(rows, lambda row: row.place, item))

    @routes.get("/service-units/{unit_id}")
    async def service_unit(edge: ReadEdge, unit_id: UUID) -> UnitAnswer:
        return await _answer(edge, (await _known(edge, unit_id))[1])

    return routes


async def _open(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_place(edge, raw)
        return ahead_faults(raw, "opened_on", bangkok_day(edge.now.at))

    body = await edge.body(OpenBody, also=also)
    stream = Stream(new_id(), edge.store.service, ())
    events = domain.open_unit(stream.id, **body.model_dump())
    return await _change(edge, stream, events, status=201, location=f"/service-units/{stream.id}")


async def _close(edge: Edge, unit_id: UUID) -> Change:
    stream, unit = await _known(edge, unit_id)

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "closed_on", bangkok_day(edge.now.at), earliest=unit.opened_on)

    body = await edge.body(CloseBody, also=also)
    words = None
    if body.reason is not None:
        words = await edge.vault.seal(await edge.vault.key_for_case(unit_id), {"reason": body.reason})
    return await _change(edge, stream, domain.close_unit(unit, body.closed_on, words=words))


async def _known(edge: Edge, unit_id: UUID) -> tuple[Stream, domain.Unit]:
    stream = await edge.stream(unit_id)
    unit = domain.unit_of(stream.events)
    if unit is None:
        raise NotFoundError
    edge.must_reach(unit.province, unit_id=unit_id)
    return stream, unit


async def _change(edge: Edge, stream: Stream, events: list[Event], *, status: int = 200, location: str | None = None) -> Change:
    unit = domain.unit_of(events)
    assert unit is not None
    answer = (await _answer(edge, unit)).model_dump(mode="json")
    return Change(stream, events, answer=answer, status=status, location=location)


async def _answer(edge: Edge, unit: domain.Unit) -> UnitAnswer:
    status = domain.unit_status(unit, bangkok_day(edge.now.at))
    centre_id = (await centres_of(edge.store, [unit.province])).get(unit.province)
    return UnitAnswer.model_validate(unit).model_copy(update={"status": status, "centre_id": centre_id})
