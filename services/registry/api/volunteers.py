"""Volunteers over HTTP: appoint, renew, relieve, list, one."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol
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
    day_of,
    id_of,
)
from services.registry.projection import NAME
from shared.buddhist_calendar import bangkok_day
from shared.clock import Now
from shared.errors import Fault, NotFoundError
from shared.events.codes import IdKind, Level
from shared.events.contract import Event
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.sealed import Sealed
from shared.store import Claim, Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed

NAMES = ("title", "first_name", "last_name", "citizen_id", "phone")
SERVING = "serving"
"""Scope of the claims that a person serves in an area once; the newest holder has it."""
CARD = "card"
"""Scope of the claims that no two cards have the same number."""


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/volunteers", status_code=201, response_model=VolunteerAnswer, openapi_extra=takes(AppointBody))
    async def appoint(edge: WriteEdge) -> Response:
        return await edge.write(lambda: _appoint(edge))

    @routes.post("/volunteers/{volunteer_id}/renew", response_model=VolunteerAnswer, openapi_extra=takes(RenewBody))
    async def renew(edge: WriteEdge, volunteer_id: UUID) -> Response:
        return await edge.write(lambda: _renew(edge, volunteer_id))

    @routes.post("/volunteers/{volunteer_id}/relieve", response_model=VolunteerAnswer, openapi_extra=takes(RelieveBody))
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
        shown = await _by_name(edge, rows[: page.limit])
        if any(_named(edge, row) for row in rows[: page.limit]):
            await edge.audited(details={"rows": len(shown), "province": province})
        return Listed(**page.listed(rows, lambda row: row.place, lambda row: shown[row.volunteer_id]))

    @routes.get("/volunteers/{volunteer_id}")
    async def volunteer(edge: ReadEdge, volunteer_id: UUID) -> VolunteerShown:
        found = (await _known(edge, volunteer_id))[1]
        shown = (await _by_name(edge, [found]))[volunteer_id]
        if _named(edge, found):
            await edge.audited(person_ref=found.person_ref)
        return shown.model_copy(update={"status": domain.status(found, bangkok_day(edge.now.at))})

    return routes


async def _appoint(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_place(edge, raw)
        return appointment_faults(raw, bangkok_day(edge.now.at)) + await _unit_faults(edge, raw)

    body = await edge.body(AppointBody, also=also)
    stream = Stream(new_id(), edge.store.service, ())
    known = await edge.vault.find(IdKind.THAI, body.citizen_id)
    holder = None if known is None else await _holder(edge, _place(known, body.area_code))
    if holder is not None:
        domain.refuse_if_serving(domain.volunteer_of(holder.events), body.appointed_on)
    person_ref = await edge.vault.enrol(IdKind.THAI, body.citizen_id)
    person = await edge.vault.seal(person_ref, body.personal())
    events = domain.appoint(stream.id, body.appointment, person_ref=person_ref, person=person)
    # A person forgotten since `find` is a new one, who holds nothing.
    claims = _claims(stream.id, _place(person_ref, body.area_code), holder if person_ref == known else None)
    volunteer = _volunteer(events)
    return Change(
        stream,
        events,
        answer=_answer(volunteer, edge.now),
        status=201,
        location=f"/volunteers/{stream.id}",
        claims=[*claims, Claim("take", CARD, volunteer.card_no, stream.id)],
        rests_on=[] if holder is None else [holder],
        about=person_ref,
    )


async def _renew(edge: Edge, volunteer_id: UUID) -> Change:
    """The place may have gone to a later appointment of the same person since the term ended; when that is over, too, the
    renewed one takes it back."""
    stream, volunteer = await _known(edge, volunteer_id)

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "renewed_on", bangkok_day(edge.now.at), earliest=volunteer.appointed_on)

    body = await edge.body(RenewBody, also=also)
    events = domain.renew(volunteer, body.renewed_on, order_no=body.order_no)
    place = _place(volunteer.person_ref, volunteer.area_code)
    holder = await _holder(edge, place)
    others = [holder] if holder is not None and holder.id != volunteer_id else []
    renewed = _volunteer(events)
    for other in others:
        domain.refuse_if_serving(domain.volunteer_of(other.events), renewed.term_starts_on)
    return Change(
        stream,
        events,
        answer=_answer(renewed, edge.now),
        claims=_claims(volunteer_id, place, holder),
        rests_on=others,
        about=volunteer.person_ref,
    )


async def _relieve(edge: Edge, volunteer_id: UUID) -> Change:
    """The claim stays: whoever is appointed next sees from the holder that it is over, and takes it."""
    stream, volunteer = await _known(edge, volunteer_id)

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "relieved_on", bangkok_day(edge.now.at), earliest=volunteer.appointed_on)

    body = await edge.body(RelieveBody, also=also)
    words = await edge.vault.seal(volunteer.person_ref, {"reason": body.reason})
    events = domain.relieve(volunteer, body.relieved_on, words=words)
    return Change(stream, events, answer=_answer(_volunteer(events), edge.now), about=volunteer.person_ref)


async def _unit_faults(edge: Edge, raw: Any) -> list[Fault]:
    """The unit named must be known and not closed by the first day of service; it may open after it, as units join volunteers.
    One of a province that is not the caller's is as unknown as one that does not exist."""
    unit_id = id_of(raw, "unit_id")
    if unit_id is None:
        return []
    unit = domain.unit_of((await edge.store.load(unit_id)).events)
    day = day_of(raw, "appointed_on")
    if unit is not None and edge.reach.has(unit.province) and (day is None or unit.closed_on is None or day < unit.closed_on):
        return []
    return [Fault("/unit_id", "unknown_unit", "is no service unit, or one that is closed by then")]


def _place(person_ref: UUID, area_code: str) -> str:
    return f"{person_ref}:{area_code}"


async def _holder(edge: Edge, place: str) -> Stream | None:
    """The volunteer, known or not to the caller, who has the claim."""
    held = (await edge.store.holders(SERVING, [place])).get(place)
    return None if held is None else await edge.store.load(held)


def _claims(volunteer_id: UUID, place: str, holder: Stream | None) -> list[Claim]:
    """Taken over from oneself it only says that nobody else has taken it in between."""
    if holder is None:
        return [Claim("take", SERVING, place, volunteer_id)]
    return [Claim("take_over", SERVING, place, volunteer_id, holder.id)]


async def _known(edge: Edge, volunteer_id: UUID) -> tuple[Stream, domain.Volunteer]:
    stream = await edge.stream(volunteer_id)
    volunteer = domain.volunteer_of(stream.events)
    if volunteer is None:
        raise NotFoundError
    edge.must_reach(volunteer.province)
    return stream, volunteer


def _volunteer(events: Sequence[Event]) -> domain.Volunteer:
    volunteer = domain.volunteer_of(events)
    assert volunteer is not None
    return volunteer


def _answer(volunteer: domain.Volunteer, now: Now) -> dict[str, Any]:
    answer = VolunteerAnswer.model_validate(volunteer)
    return answer.model_copy(update={"status": domain.status(volunteer, bangkok_day(now.at))}).model_dump(mode="json")


class _Sealed(Protocol):
    """A volunteer with a name that is sealed: an event or a row."""

    @property
    def volunteer_id(self) -> UUID: ...
    @property
    def province(self) -> str: ...
    @property
    def person(self) -> Sealed: ...


def _named(edge: Edge, volunteer: _Sealed) -> bool:
    """Whether the caller is shown the name."""
    return edge.right.people.has(volunteer.province)


async def _by_name(edge: Edge, volunteers: Sequence[_Sealed]) -> dict[UUID, VolunteerShown]:
    """What is not shown is not opened either."""
    opened = await edge.vault.open_many([volunteer.person if _named(edge, volunteer) else None for volunteer in volunteers])
    shown = {}
    for volunteer, person in zip(volunteers, opened, strict=True):
        names = {name: person.get(name) for name in NAMES} if isinstance(person, dict) else {}
        shown[volunteer.volunteer_id] = VolunteerShown.model_validate(volunteer).model_copy(update=names)
    return shown
