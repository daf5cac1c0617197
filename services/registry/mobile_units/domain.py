"""What registry decides about mobile service units: one is planned, and then held or cancelled. What a request must look like is
not checked here."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from shared.errors import RefusedError
from shared.events.codes import Agency, MobileUnitStatus, NeedKind
from shared.events.contract import Event
from shared.events.network import MobileUnitCancelled, MobileUnitHeld, MobileUnitPlanned
from shared.sealed import Sealed

MobileUnit = MobileUnitPlanned | MobileUnitHeld | MobileUnitCancelled

MARKS = ("1", "2", "3", "4", "5")
"""How content people were, least to most."""
_FIELDS = (*MobileUnitPlanned.model_fields,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a mobile unit is to come, when, with whom, for what, for how many."""

    province: str
    area_code: str
    village_no: int | None = None
    planned_on: date
    project_name: str
    agencies: tuple[Agency, ...]
    kinds: tuple[NeedKind, ...]
    expected_people: int


def mobile_unit_of(events: Iterable[Event]) -> MobileUnit | None:
    """The mobile unit that these events are about; None if they are about something else."""
    unit: MobileUnit | None = None
    for event in events:
        if isinstance(event, MobileUnit):
            unit = event
    return unit


def plan(mobile_unit_id: UUID, what: Plan) -> list[Event]:
    """A mobile unit is to come."""
    return [MobileUnitPlanned(mobile_unit_id=mobile_unit_id, **asdict(what), status=MobileUnitStatus.PLANNED)]


def hold(unit: MobileUnit, held_on: date, *, people_served: int, satisfaction: Mapping[str, int] | None) -> list[Event]:
    """It was there. Raises RefusedError `wrong_state` unless it is planned."""
    must_be_planned(unit)
    held = {"held_on": held_on, "people_served": people_served, "satisfaction": satisfaction and dict(satisfaction)}
    return [MobileUnitHeld(**_facts(unit) | held | {"status": MobileUnitStatus.HELD})]


def cancel(unit: MobileUnit, *, reason: Sealed) -> list[Event]:
    """It does not come. Raises RefusedError `wrong_state` unless it is planned."""
    must_be_planned(unit)
    return [MobileUnitCancelled(**_facts(unit) | {"status": MobileUnitStatus.CANCELLED}, reason=reason)]


def must_be_planned(unit: MobileUnit) -> None:
    """Raises RefusedError `wrong_state`."""
    if unit.status is not MobileUnitStatus.PLANNED:
        raise RefusedError("wrong_state", f"the mobile unit is {unit.status}")


def average(satisfaction: Mapping[str, int] | None) -> float | None:
    """Of the marks given, to two places; None where nobody gave any."""
    given = sum(satisfaction.values()) if satisfaction else 0
    if not satisfaction or not given:
        return None
    return round(sum(int(mark) * people for mark, people in satisfaction.items()) / given, 2)


def _facts(unit: MobileUnit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in _FIELDS}
