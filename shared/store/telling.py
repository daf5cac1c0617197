"""The events of a stream in an order that a reader can follow, whatever order they came in."""

from collections.abc import Iterable

from shared.events.catalogue import SERVICES
from shared.store.records import Recorded


def in_order(records: Iterable[Recorded]) -> list[Recorded]:
    """By time of recording, then in the order of the flow. Clocks of two services differ a little, and a played time is the same
    for a cause and all its effects: so causes and each service's own order come first."""
    left = sorted(records, key=_when)
    placed: list[Recorded] = []
    while left:
        waiting = {str(record.id) for record in left}
        following = next((record for record in left if _ready(record, left, waiting)), left[0])
        left.remove(following)
        placed.append(following)
    return placed


def _when(record: Recorded) -> tuple[object, ...]:
    flow = SERVICES.index(record.source) if record.source in SERVICES else len(SERVICES)
    return record.recorded_at, flow, record.version


def _ready(record: Recorded, left: list[Recorded], waiting: set[str]) -> bool:
    if record.meta.get("causation") in waiting:
        return False
    return not any(other.source == record.source and other.version < record.version for other in left)
