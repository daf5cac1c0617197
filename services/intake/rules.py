"""What makes a report odd without making it wrong: codes for whoever reports, to look again. Nothing is refused here."""

from datetime import date

from shared.citizen_id import warnings as id_warnings
from shared.events.codes import WorkerType

LEAST_AGE = {WorkerType.INFORMAL: 15, WorkerType.ELDERLY: 60}
"""Years, by the ministry's definitions of informal and of elderly workers."""


def warnings(*, thai_id: str | None, birth_year: int | None, worker_type: WorkerType | None, day: date) -> list[str]:
    """`unknown_district`, `unexpected_class` (of a Thai ID), `worker_type_unlikely` (at that age). `birth_year` is of the common
    era."""
    found = [] if thai_id is None else id_warnings(thai_id)
    least = None if worker_type is None else LEAST_AGE.get(worker_type)
    if least is not None and birth_year is not None and day.year - birth_year < least:
        found.append("worker_type_unlikely")
    return found
