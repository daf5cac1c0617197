"""The service units and the mobile ones that help is given by and at, as registry said last of them. Who may name which is said
by the api."""

from collections.abc import Iterable

from shared.events.codes import MobileUnitStatus
from shared.events.contract import Event
from shared.events.network import MobileUnitCancelled, MobileUnitHeld, MobileUnitPlanned
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened

Unit = ServiceUnitOpened | ServiceUnitClosed
MobileUnit = MobileUnitPlanned | MobileUnitHeld | MobileUnitCancelled


def unit_of(events: Iterable[Event]) -> Unit | None:
    """The service unit that these events are about; None if they are about something else."""
    unit: Unit | None = None
    for event in events:
        if isinstance(event, Unit):
            unit = event
    return unit


def mobile_unit_of(events: Iterable[Event]) -> MobileUnit | None:
    """Likewise, the mobile unit."""
    unit: MobileUnit | None = None
    for event in events:
        if isinstance(event, MobileUnit):
            unit = event
    return unit


def helps(unit: MobileUnit) -> bool:
    """Whether help can have been given there: also before it is said how it went, but not where it never came."""
    return unit.status is not MobileUnitStatus.CANCELLED
