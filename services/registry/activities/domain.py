"""What registry decides about activities: that one was held, by whom it was attended, and that it never took place. What a
request must look like is not checked here."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from services.registry.domain import Volunteer
from shared.buddhist_calendar import fiscal_year
from shared.errors import RefusedError
from shared.events.codes import ActivityKind
from shared.events.contract import Event
from shared.events.network import ActivityHeld, ActivityVoided
from shared.sealed import Sealed

Activity = ActivityHeld | ActivityVoided

_FIELDS = (*ActivityHeld.model_fields,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is told of an activity."""

    kind: ActivityKind
    province: str
    name: str
    held_on: date
    area_code: str | None = None
    volunteer_ids: tuple[UUID, ...] = ()
    people_reached: int | None = None


def activity_of(events: Iterable[Event]) -> Activity | None:
    """The activity that these events are about; None if they are about something else."""
    activity: Activity | None = None
    for event in events:
        if isinstance(event, Activity):
            activity = event
    return activity


def not_serving(volunteers: Sequence[Volunteer | None], province: str, day: date | None) -> list[int]:
    """The places of those who cannot have been there as volunteers of the province: not known, another province's, or out of
    service on the day, if there is one."""
    return [
        place
        for place, volunteer in enumerate(volunteers)
        if volunteer is None or volunteer.province != province or (day is not None and not volunteer.in_service_on(day))
    ]


def hold(activity_id: UUID, facts: Facts, *, words: Sealed | None) -> list[Event]:
    """It took place."""
    return [ActivityHeld(activity_id=activity_id, **asdict(facts), fiscal_year=fiscal_year(facts.held_on), words=words)]


def void(activity: Activity, *, reason: Sealed) -> list[Event]:
    """It did not. Raises RefusedError `wrong_state` for one that is void already."""
    must_stand(activity)
    return [ActivityVoided(**{name: getattr(activity, name) for name in _FIELDS} | {"void": True}, reason=reason)]


def must_stand(activity: Activity) -> None:
    """Raises RefusedError `wrong_state`."""
    if activity.void:
        raise RefusedError("wrong_state", "the activity was voided")
