"""Volunteers over HTTP: appoint, renew, relieve, list, one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry import domain, views
from services.registry.api.reach import must_reach_place
from services.registry.bodies import (
    AppointBody,
    RelieveBody,
    RenewBody,
    VolunteerAnswer,
    VolunteerShown,
    ahead_faults,
    appointment_faults,
    id_of,
)
from services.registry.projection import NAME
from services.registry.serving import (
    answer,
    appointment,
    by_name,
    holder,
    is_named,
    known,
    place,
    renewal,
    unit_faults,
    volunteer_in,
)
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault
from shared.events.codes import IdKind, Level
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/volunteers", status_code=201, response_model=VolunteerAnswer, openapi_extra=takes(AppointBody))
    @refuses(404, "not_found")
    @refuses(409, "already_appointed", "person_forgotten")
    async def appoint(edge: WriteEdge) -> Response:
        return await edge.write(lambda: _appoint(edge))

    @routes.post("/volunteers/{volunteer_id}/renew", response_model=VolunteerAnswer, openapi_extra=takes(RenewBody))
    @refuses(409, "wrong_state", "already_appointed")
    async def renew(edge: WriteEdge, volunteer_id: UUID) -> Response:
        return await edge.write(lambda: _renew(edge, volunteer_id))

    @routes.post("/volunteers/{volunteer_id}/relieve", response_model=VolunteerAnswer, openapi_extra=takes(RelieveBody))
    @refuses(409, "wrong_state", "person_forgotten")
    async def relieve(edge: WriteEdge, volunteer_id: UUID) -> Response:
        return await edge.write(lambda: _relieve(edge, volunteer_id))

    @routes.get("/volunteers")
    async def volunteers(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        level: Level | None = None,
        status: domain.Status | None = None,
    ) -> Listed[VolunteerShown]:
        """By area. `status` is today's; who has not begun to serve has none yet."""
        after, day = views.place_of(page.after), bangkok_day(edge.now.at)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.volunteers(
                connection, edge.reach, day=day, province=province, level=level, status=status, after=after, limit=page.fetch
            )
        shown = await by_name(edge, rows[: page.limit])
        if any(is_named(edge, row) for row in rows[: page.limit]):
            await edge.audited(details={"rows": len(shown), "province": province})
        return Listed(**page.listed(rows, lambda row: row.place, lambda row: shown[row.volunteer_id]))

    @routes.get("/volunteers/{volunteer_id}")
    async def volunteer(edge: ReadEdge, volunteer_id: UUID) -> VolunteerShown:
        found = (await known(edge, volunteer_id))[1]
        shown = (await by_name(edge, [found]))[volunteer_id]
        if is_named(edge, found):
            await edge.audited(person_ref=found.person_ref)
        return shown.model_copy(update={"status": domain.status(found, bangkok_day(edge.now.at))})

    return routes


async def _appoint(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_place(edge, raw)
        return appointment_faults(raw, bangkok_day(edge.now.at)) + await _unit_faults(edge, raw)

    body = await edge.body(AppointBody, also=also)
    found = await edge.vault.find(IdKind.THAI, body.citizen_id)
    held_by = None if found is None else await holder(edge, place(found, body.area_code))
    if held_by is not None:
        domain.refuse_if_serving(domain.volunteer_of(held_by.events), body.appointed_on)
    person_ref = await edge.vault.enrol(IdKind.THAI, body.citizen_id)
    person = await edge.vault.seal(person_ref, body.personal())
    # A person forgotten since `find` is a new one, who holds nothing.
    still = held_by if person_ref == found else None
    return appointment(edge, new_id(), body, person_ref=person_ref, person=person, held_by=still)


async def _renew(edge: Edge, volunteer_id: UUID) -> Change:
    stream, volunteer = await known(edge, volunteer_id)

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "renewed_on", bangkok_day(edge.now.at), earliest=volunteer.appointed_on)

    body = await edge.body(RenewBody, also=also)
    events = domain.renew(volunteer, body.renewed_on, order_no=body.order_no)
    return await renewal(edge, stream, volunteer, events)


async def _relieve(edge: Edge, volunteer_id: UUID) -> Change:
    """The claim stays: whoever is appointed next sees from the holder that it is over, and takes it."""
    stream, volunteer = await known(edge, volunteer_id)

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "relieved_on", bangkok_day(edge.now.at), earliest=volunteer.appointed_on)

    body = await edge.body(RelieveBody, also=also)
    words = await edge.vault.seal(volunteer.person_ref, {"reason": body.reason})
    events = domain.relieve(volunteer, body.relieved_on, words=words)
    return Change(stream, events, answer=answer(volunteer_in(events), edge.now), about=volunteer.person_ref)


async def _unit_faults(edge: Edge, raw: Any) -> list[Fault]:
    unit_id = id_of(raw, "unit_id")
    return [] if unit_id is None else unit_faults(edge.reach, domain.unit_of((await edge.store.load(unit_id)).events), raw)
