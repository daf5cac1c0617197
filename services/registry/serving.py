"""Volunteers as several requests meet them: found within the caller's reach, in the place that they hold, renewed in it, and by
name for those to whom names are shown."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from services.registry import domain
from services.registry.bodies import AppointBody, VolunteerAnswer, VolunteerShown, day_of
from shared.access import Reach
from shared.buddhist_calendar import bangkok_day
from shared.clock import Now
from shared.errors import Fault, NotFoundError
from shared.events.contract import Event
from shared.sealed import Sealed
from shared.store import Claim, Stream
from shared.web import Change, Edge

NAMES = ("title", "first_name", "last_name", "citizen_id", "phone")
SERVING = "serving"
"""Scope of the claims that a person serves in an area once; the newest holder has it."""
CARD = "card"
"""Scope of the claims that no two cards have the same number."""


async def known(edge: Edge, volunteer_id: UUID) -> tuple[Stream, domain.Volunteer]:
    """Raises NotFoundError."""
    stream = await edge.stream(volunteer_id)
    volunteer = domain.volunteer_of(stream.events)
    if volunteer is None:
        raise NotFoundError
    edge.must_reach(volunteer.province, volunteer_id=volunteer_id)
    return stream, volunteer


def volunteer_in(events: Sequence[Event]) -> domain.Volunteer:
    """Of events that are known to be a volunteer's."""
    volunteer = domain.volunteer_of(events)
    assert volunteer is not None
    return volunteer


def place(person_ref: UUID, area_code: str) -> str:
    """The key of a claim of SERVING."""
    return f"{person_ref}:{area_code}"


async def holder(edge: Edge, wanted: str) -> Stream | None:
    """The volunteer, known or not to the caller, who has the place."""
    held = (await edge.store.holders(SERVING, [wanted])).get(wanted)
    return None if held is None else await edge.store.load(held)


def claims(volunteer_id: UUID, wanted: str, held_by: Stream | None) -> list[Claim]:
    """Taken over from oneself it only says that nobody else has taken it in between."""
    if held_by is None:
        return [Claim("take", SERVING, wanted, volunteer_id)]
    return [Claim("take_over", SERVING, wanted, volunteer_id, held_by.id)]


def appointment(
    edge: Edge, volunteer_id: UUID, body: AppointBody, *, person_ref: UUID, person: Sealed, held_by: Stream | None
) -> Change:
    """A new volunteer in a place that nobody holds, or somebody whose service is over by then."""
    events = domain.appoint(volunteer_id, body.appointment, person_ref=person_ref, person=person)
    volunteer = volunteer_in(events)
    return Change(
        Stream(volunteer_id, edge.store.service, ()),
        events,
        answer=answer(volunteer, edge.now),
        status=201,
        location=f"/volunteers/{volunteer_id}",
        claims=[
            *claims(volunteer_id, place(person_ref, body.area_code), held_by),
            Claim("take", CARD, volunteer.card_no, volunteer_id),
        ],
        rests_on=[] if held_by is None else [held_by],
        about=person_ref,
    )


def unit_faults(reach: Reach, unit: domain.Unit | None, raw: Mapping[str, Any]) -> list[Fault]:
    """The unit that an appointment names must be known and not closed by the first day of service; it may open after it, as units
    join volunteers. One of a province that is not the caller's is as unknown as one that does not exist."""
    day = day_of(raw, "appointed_on")
    if unit is not None and reach.has(unit.province) and (day is None or unit.closed_on is None or day < unit.closed_on):
        return []
    return [Fault("/unit_id", "unknown_unit", "is no service unit, or one that is closed by then")]


async def renewal(edge: Edge, stream: Stream, volunteer: domain.Volunteer, events: Sequence[Event]) -> Change:
    """`events`: of `domain.renew`. The place may have gone to a later appointment of the same person since the term ended; when
    that is over, too, the renewed one takes it back. Raises RefusedError `already_appointed`."""
    wanted = place(volunteer.person_ref, volunteer.area_code)
    held_by = await holder(edge, wanted)
    others = [held_by] if held_by is not None and held_by.id != stream.id else []
    renewed = volunteer_in(events)
    for other in others:
        domain.refuse_if_serving(domain.volunteer_of(other.events), renewed.term_starts_on)
    return Change(
        stream,
        events,
        answer=answer(renewed, edge.now),
        claims=claims(stream.id, wanted, held_by),
        rests_on=others,
        about=volunteer.person_ref,
    )


def answer(volunteer: domain.Volunteer, now: Now) -> dict[str, Any]:
    """What a write answers."""
    shown = VolunteerAnswer.model_validate(volunteer)
    return shown.model_copy(update={"status": domain.status(volunteer, bangkok_day(now.at))}).model_dump(mode="json")


class HasName(Protocol):
    """A volunteer with a name that is sealed: an event or a row."""

    @property
    def volunteer_id(self) -> UUID: ...
    @property
    def province(self) -> str: ...
    @property
    def person(self) -> Sealed: ...


def is_named(edge: Edge, volunteer: HasName) -> bool:
    """Whether the caller is shown the name."""
    return edge.right.people.has(volunteer.province, volunteer_id=volunteer.volunteer_id)


async def by_name(edge: Edge, volunteers: Sequence[HasName]) -> dict[UUID, VolunteerShown]:
    """What is not shown is not opened either."""
    opened = await edge.vault.open_many([volunteer.person if is_named(edge, volunteer) else None for volunteer in volunteers])
    shown = {}
    for volunteer, person in zip(volunteers, opened, strict=True):
        names = {name: person.get(name) for name in NAMES} if isinstance(person, dict) else {}
        shown[volunteer.volunteer_id] = VolunteerShown.model_validate(volunteer).model_copy(update=names)
    return shown
