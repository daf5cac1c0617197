"""What happened to a case, in an order that a reader can follow: by time, and an effect never before its cause."""

from collections.abc import Iterable

from services.intake.bodies import Entry
from shared.store import Recorded
from shared.store.telling import in_order
from shared.web import position_of_record


def timeline(records: Iterable[Recorded]) -> list[Entry]:
    """All records of one case, of every service."""
    return [
        Entry(
            event=record.type,
            at=record.recorded_at,
            by=record.meta.get("actor"),
            position=position_of_record(record),
            service=record.source,
        )
        for record in in_order(records)
    ]
