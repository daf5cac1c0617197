"""Volunteers and service units of Chonburi, invented, as the tests of registry begin with them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.registry.domain import Appointment, Unit, Volunteer, appoint, open_unit, unit_of, volunteer_of
from shared.events.codes import Level
from shared.events.contract import Event
from shared.ids import derived_id
from shared.sealed import Sealed
from shared.store import Recorded

VOLUNTEER = UUID("01890000-0000-7000-8000-00000000a001")
UNIT = UUID("01890000-0000-7000-8000-00000000b001")
PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a02")
BOX = Sealed(key_ref=PERSON, box="A" * 40)
AREA = "200101"
BEGINS = date(2011, 10, 1)
ENDS = date(2014, 9, 30)


def appointed(volunteer_id: UUID = VOLUNTEER, **changed: Any) -> Volunteer:
    """A sub-district volunteer from the first day of fiscal year 2555."""
    order: dict[str, Any] = {"level": Level.SUBDISTRICT, "area_code": AREA, "appointed_on": BEGINS, "order_no": "1/2555"}
    return only(appoint(volunteer_id, Appointment(**(order | changed)), person_ref=PERSON, person=BOX))


def opened(unit_id: UUID = UNIT) -> Unit:
    return only_unit(open_unit(unit_id, name="บ้านคลองนิยม", area_code="240409", village_no=3, opened_on=date(2021, 5, 7)))


def only(events: Sequence[Event]) -> Volunteer:
    """The volunteer of a decision that came to one event."""
    assert len(events) == 1
    volunteer = volunteer_of(events)
    assert volunteer is not None
    return volunteer


def only_unit(events: Sequence[Event]) -> Unit:
    assert len(events) == 1
    unit = unit_of(events)
    assert unit is not None
    return unit


def recorded(events: Sequence[Event]) -> list[Recorded]:
    """The events as the store would hold them, in this order."""
    versions: dict[UUID, int] = {}
    rows = []
    at = datetime(2021, 5, 7, tzinfo=UTC)
    for position, event in enumerate(events, start=1):
        version = versions[event.stream] = versions.get(event.stream, 0) + 1
        rows.append(
            Recorded(
                position=position,
                source="registry",
                stream=event.stream,
                version=version,
                id=derived_id(event.stream, str(version)),
                type=event.TYPE,
                schema=event.VERSION,
                data=event.to_json().decode(),
                meta_text='{"actor":"tester","correlation":"1"}',
                recorded_at=at,
                known_at=at,
                topic=event.topic,
            )
        )
    return rows
