"""All that is held of one person, for that person to see: every event that is about them, with what was sealed for them opened.
Pure: events and opened blocks are given."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.reporting.report import instant
from shared.corrections import Opened, forgotten_by, laid_over
from shared.events.contract import sealed_in
from shared.events.intake import PersonCorrected
from shared.sealed import Sealed
from shared.store.records import Recorded
from shared.store.telling import in_order

Boxes = Mapping[Sealed, Opened]
PERSON = "person"


def about(person_ref: UUID, records: Iterable[Recorded]) -> list[Recorded]:
    """Those that are about the person, in the order of the story. In the case of a tip-off there are others: who told of it is
    not who was helped."""
    return in_order(record for record in records if record.fields.get("person_ref") == str(person_ref))


def boxes_of(records: Sequence[Recorded]) -> list[Sealed]:
    """What is sealed in them, each once."""
    return list(dict.fromkeys(box for record in records for box in sealed_in(record.event)))


def record(person_ref: UUID, records: Sequence[Recorded], opened: Boxes, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`records`: what `about` found. `person`: as forms show them today; null for somebody who is forgotten. What does not open
    is null, too."""
    forgotten = forgotten_by(one.event for one in records)
    return {
        "person_ref": str(person_ref),
        "forgotten_at": None if forgotten is None else instant(forgotten.forgotten_at),
        "person": _person(records, opened),
        "reports": [dict(report) for report in reports],
        "events": [_told(one, opened) for one in records],
    }


def _person(records: Sequence[Recorded], opened: Boxes) -> dict[str, Any] | None:
    """The last that anybody said, as it was put right."""
    own: Opened = None
    correction: Opened = None
    for one in records:
        box = getattr(one.event, PERSON, None)
        found = None if box is None else opened.get(box)
        if isinstance(one.event, PersonCorrected):
            correction = found
        elif isinstance(found, dict):
            own = found
    shown = laid_over(own, correction)
    return shown if isinstance(shown, dict) else None


def _told(one: Recorded, opened: Boxes) -> dict[str, Any]:
    event = one.event
    sealed = {name: box for name in type(event).model_fields if isinstance(box := getattr(event, name), Sealed)}
    clear = event.model_dump(mode="json", exclude=set(sealed))
    return {
        "event_id": str(one.id),
        "type": one.type,
        "service": one.source,
        "stream_id": str(one.stream),
        "at": instant(one.recorded_at),
        "by": one.meta["actor"],
        "topic": one.topic,
        "facts": clear,
        "personal": {name: fields if isinstance(fields := opened.get(box), dict) else None for name, box in sealed.items()},
    }
