"""Who may report a need: volunteers and service units as registry last said of them. They are looked up in `change.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.access import Reach
from shared.errors import Fault
from shared.events.contract import Event
from shared.events.registry import (
    ServiceUnitClosed,
    ServiceUnitOpened,
    VolunteerAppointed,
    VolunteerRelieved,
    VolunteerTermRenewed,
)

Volunteer = VolunteerAppointed | VolunteerTermRenewed | VolunteerRelieved
Unit = ServiceUnitOpened | ServiceUnitClosed


def volunteer_of(events: Iterable[Event]) -> Volunteer | None:
    """The volunteer that these events are about, after the last of them; None if they are about something else."""
    return next((event for event in reversed([*events]) if isinstance(event, Volunteer)), None)


def unit_of(events: Iterable[Event]) -> Unit | None:
    """The service unit that these events are about, after the last of them; None if they are about something else."""
    return next((event for event in reversed([*events]) if isinstance(event, Unit)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporters:
    """The volunteer and the unit that a request names, and what is known of them."""

    volunteer_id: UUID | None = None
    unit_id: UUID | None = None
    volunteer: Volunteer | None = None
    unit: Unit | None = None

    @property
    def complete(self) -> bool:
        """Whether everybody named is known."""
        return (self.volunteer_id is None or self.volunteer is not None) and (self.unit_id is None or self.unit is not None)

    def within(self, reach: Reach) -> "Reporters":
        """As the caller knows them: whoever is of a province that is not his is as unknown as nobody, himself and his own unit
        excepted."""

        def known(province: str, *, own: bool) -> bool:
            return own or reach.provinces is None or province in reach.provinces

        volunteer, unit = self.volunteer, self.unit
        if volunteer is not None and not known(volunteer.province, own=self.volunteer_id == reach.volunteer_id):
            volunteer = None
        if unit is not None and not known(unit.province, own=self.unit_id == reach.unit_id):
            unit = None
        return replace(self, volunteer=volunteer, unit=unit)

    @property
    def unit_of_need(self) -> UUID | None:
        """The unit named, or else the volunteer's, open or not: who works there is registry's word."""
        return self.unit_id or (None if self.volunteer is None else self.volunteer.unit_id)

    def faults(self, day: date | None) -> list[Fault]:
        """`day`: of the report, in Bangkok; None where the request does not say it rightly, and only knowing them can count."""
        found = []
        if self.volunteer_id is not None and not _serves(self.volunteer, day):
            found.append(Fault("/volunteer_id", "unknown_volunteer", "is no volunteer in service on the day of the report"))
        if self.unit_id is not None and not _is_open(self.unit, day):
            found.append(Fault("/unit_id", "unknown_unit", "is no service unit that is open on the day of the report"))
        return found


def _serves(volunteer: Volunteer | None, day: date | None) -> bool:
    return volunteer is not None and (day is None or volunteer.in_service_on(day))


def _is_open(unit: Unit | None, day: date | None) -> bool:
    return unit is not None and (day is None or unit.open_on(day))
