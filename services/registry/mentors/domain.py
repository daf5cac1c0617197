"""What is decided about mentors: who is one, and which volunteer has which from what day on. An assignment's event carries all
that the volunteer ever had."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from services.registry.domain import Volunteer, status
from shared.errors import RefusedError
from shared.events.codes import Agency
from shared.events.contract import Event
from shared.events.network import MentorAdded, MentorAssigned, Mentoring
from shared.ids import derived_id
from shared.sealed import Sealed


def mentor_of(events: Iterable[Event]) -> MentorAdded | None:
    """The mentor that these events are about; None if they are about something else."""
    return next((event for event in events if isinstance(event, MentorAdded)), None)


def mentors_of(events: Iterable[Event]) -> tuple[Mentoring, ...]:
    """All that a volunteer ever had, oldest first, from the events of his assignments."""
    assigned = [event for event in events if isinstance(event, MentorAssigned)]
    return assigned[-1].mentors if assigned else ()


def assignment_id(volunteer_id: UUID) -> UUID:
    """The stream of a volunteer's assignments."""
    return derived_id(volunteer_id, "mentor")


def add(mentor_id: UUID, *, province: str, agency: Agency, name: Sealed) -> list[Event]:
    """A new mentor."""
    return [MentorAdded(mentor_id=mentor_id, province=province, agency=agency, name=name)]


def assign(volunteer: Volunteer, had: tuple[Mentoring, ...], *, mentor_id: UUID, assigned_from: date) -> list[Event]:
    """Another mentor from a day on, until the day before that of the next. Raises RefusedError: `wrong_state` for a volunteer who
    is not in service on that day, `already_assigned` where one began on it."""
    if status(volunteer, assigned_from) != "active":
        raise RefusedError("wrong_state", "the volunteer is not in service on that day")
    if any(mentoring.assigned_from == assigned_from for mentoring in had):
        raise RefusedError("already_assigned", "the volunteer was given a mentor from that day on")
    now = Mentoring(mentor_id=mentor_id, assigned_from=assigned_from)
    return [
        MentorAssigned(
            assignment_id=assignment_id(volunteer.volunteer_id),
            volunteer_id=volunteer.volunteer_id,
            province=volunteer.province,
            mentor_id=mentor_id,
            assigned_from=assigned_from,
            mentors=tuple(sorted((*had, now), key=lambda mentoring: mentoring.assigned_from)),
        )
    ]
