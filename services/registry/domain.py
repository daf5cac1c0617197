"""What registry decides about volunteers and service units. Events carry the whole state of their thing, so the state is the
newest event; what a request must look like is not checked here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from services.registry.rules import LAST_TERM_ENDS_BEFORE, TERM_YEARS, card_no
from shared import places
from shared.buddhist_calendar import term_ends_on
from shared.errors import RefusedError
from shared.events.codes import Level
from shared.events.contract import Event
from shared.events.registry import (
    ServiceUnitClosed,
    ServiceUnitOpened,
    Term,
    VolunteerAppointed,
    VolunteerRelieved,
    VolunteerTermRenewed,
)
from shared.sealed import Sealed

Volunteer = VolunteerAppointed | VolunteerTermRenewed | VolunteerRelieved
Unit = ServiceUnitOpened | ServiceUnitClosed
Status = Literal["active", "relieved", "expired"]
UnitStatus = Literal["open", "closed"]

_VOLUNTEER_FIELDS = (*VolunteerAppointed.model_fields,)
_UNIT_FIELDS = (*ServiceUnitOpened.model_fields,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What an appointment order says."""

    level: Level
    area_code: str
    appointed_on: date
    village_no: int | None = None
    unit_id: UUID | None = None
    order_no: str | None = None


def evolve_volunteer(volunteer: Volunteer | None, event: Event) -> Volunteer | None:
    return event if isinstance(event, Volunteer) else volunteer


def volunteer_of(events: Iterable[Event]) -> Volunteer | None:
    """The volunteer that these events are about; None if they are about something else."""
    volunteer = None
    for event in events:
        volunteer = evolve_volunteer(volunteer, event)
    return volunteer


def evolve_unit(unit: Unit | None, event: Event) -> Unit | None:
    return event if isinstance(event, Unit) else unit


def unit_of(events: Iterable[Event]) -> Unit | None:
    """The service unit that these events are about; None if they are about something else."""
    unit = None
    for event in events:
        unit = evolve_unit(unit, event)
    return unit


def status(volunteer: Volunteer, day: date) -> Status | None:
    """How a volunteer stands on a day. None before the first day in service: not yet any of the three."""
    if volunteer.relieved_on is not None and volunteer.relieved_on <= day:
        return "relieved"
    if volunteer.in_service_on(day):
        return "active"
    return "expired" if volunteer.appointed_on <= day else None


def unit_status(unit: Unit, day: date) -> UnitStatus | None:
    """None before the first day open."""
    if unit.open_on(day):
        return "open"
    return "closed" if unit.closed_on is not None and unit.closed_on <= day else None


def refuse_if_serving(holder: Volunteer | None, on: date) -> None:
    """`holder`: who was last appointed to the same area as the same person. It keeps the place unless its service is over by
    `on`. Raises RefusedError `already_appointed`."""
    if holder is not None and not _over_by(holder, on):
        raise RefusedError("already_appointed", "this person serves in this area already")


def _over_by(volunteer: Volunteer, day: date) -> bool:
    return volunteer.term_ends_on < day or (volunteer.relieved_on is not None and volunteer.relieved_on <= day)


def appoint(volunteer_id: UUID, appointment: Appointment, *, person_ref: UUID, person: Sealed) -> list[Event]:
    """A new volunteer, for three years."""
    province = places.province_of(appointment.area_code)
    begins, ends = appointment.appointed_on, term_ends_on(appointment.appointed_on, years=TERM_YEARS)
    return [
        VolunteerAppointed(
            volunteer_id=volunteer_id,
            person_ref=person_ref,
            person=person,
            card_no=card_no(volunteer_id, province, begins),
            province=province,
            level=appointment.level,
            area_code=appointment.area_code,
            village_no=appointment.village_no,
            unit_id=appointment.unit_id,
            appointed_on=begins,
            term_starts_on=begins,
            term_ends_on=ends,
            order_no=appointment.order_no,
            terms=(Term(starts_on=begins, ends_on=ends),),
        )
    ]


def next_term(volunteer: Volunteer, renewed_on: date) -> Term:
    """Three years from the later of `renewed_on` and the day after the term. Raises RefusedError `wrong_state` for one who was
    relieved, and for terms without end."""
    if volunteer.relieved_on is not None:
        raise RefusedError("wrong_state", "the volunteer was relieved")
    starts = max(renewed_on, volunteer.term_ends_on + timedelta(days=1))
    ends = term_ends_on(starts, years=TERM_YEARS)
    if ends >= LAST_TERM_ENDS_BEFORE:
        raise RefusedError("wrong_state", "the term was renewed too often")
    return Term(starts_on=starts, ends_on=ends)


def renew(volunteer: Volunteer, renewed_on: date, *, order_no: str | None) -> list[Event]:
    """The next term. Raises RefusedError as `next_term` does."""
    term = next_term(volunteer, renewed_on)
    changes: dict[str, Any] = {
        "term_starts_on": term.starts_on,
        "term_ends_on": term.ends_on,
        "order_no": order_no or volunteer.order_no,
        "terms": (*volunteer.terms, term),
    }
    return [VolunteerTermRenewed(**(_facts(volunteer, _VOLUNTEER_FIELDS) | changes), renewed_on=renewed_on)]


def relieve(volunteer: Volunteer, relieved_on: date, *, words: Sealed) -> list[Event]:
    """`relieved_on` is the first day out of service. Raises RefusedError `wrong_state` for one who was relieved before, or whose
    term is over by then."""
    if volunteer.relieved_on is not None:
        raise RefusedError("wrong_state", "the volunteer was relieved before")
    if relieved_on > volunteer.term_ends_on:
        raise RefusedError("wrong_state", "the term is over by then")
    return [VolunteerRelieved(**(_facts(volunteer, _VOLUNTEER_FIELDS) | {"relieved_on": relieved_on}), words=words)]


def open_unit(unit_id: UUID, *, name: str, area_code: str, village_no: int | None, opened_on: date) -> list[Event]:
    """A new service unit."""
    return [
        ServiceUnitOpened(
            unit_id=unit_id,
            name=name,
            province=places.province_of(area_code),
            area_code=area_code,
            village_no=village_no,
            opened_on=opened_on,
        )
    ]


def close_unit(unit: Unit, closed_on: date, *, words: Sealed | None) -> list[Event]:
    """`closed_on` is the first day closed. Raises RefusedError `wrong_state` for one that was closed before."""
    if unit.closed_on is not None:
        raise RefusedError("wrong_state", "the service unit was closed before")
    return [ServiceUnitClosed(**(_facts(unit, _UNIT_FIELDS) | {"closed_on": closed_on}), words=words)]


def _facts(event: Event, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in fields}
