"""What makes a report odd without making it wrong: codes for whoever reports, to look again. Nothing is refused here."""

from datetime import date

from shared.citizen_id import warnings as id_warnings
from shared.events.codes import IdKind, WorkerType
from shared.fields import Citizen

LEAST_AGE = {WorkerType.INFORMAL: 15, WorkerType.ELDERLY: 60}
"""Years, by the ministry's definitions of informal and of elderly workers."""


def warnings(citizen: Citizen | None, worker_type: WorkerType | None, day: date) -> list[str]:
    """`unknown_district`, `unexpected_class` (of the ID), `worker_type_unlikely` (at that age)."""
    if citizen is None:
        return []
    found = id_warnings(citizen.number) if citizen.id_kind is IdKind.THAI and citizen.number is not None else []
    least = None if worker_type is None else LEAST_AGE.get(worker_type)
    if least is not None and citizen.birth_year is not None and day.year - citizen.birth_year < least:
        found.append("worker_type_unlikely")
    return found
