"""The facts of a case that every event about it carries, from the need to the help."""

from datetime import date
from uuid import UUID

from shared.events.codes import NeedKind, WorkerType
from shared.events.contract import Event, Instant, PersonBox


class CaseFacts(Event):
    """One need of one citizen, or one tip-off, as it was reported."""

    case_id: UUID
    kind: NeedKind
    urgent: bool
    province: str
    area_code: str
    village_no: int | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None
    """The unit of the need: the one named, or else its volunteer's."""
    person_ref: UUID | None = None
    person: PersonBox | None = None
    worker_type: WorkerType | None = None
    reported_at: Instant
    reported_on: date
    """The day of `reported_at` in Bangkok."""
    fiscal_year: int
    """Of `reported_on`, in the Buddhist era: 2564 is 1 Oct 2020 - 30 Sep 2021."""
    duplicate: bool = False
    duplicate_of: UUID | None = None

    @property
    def stream(self) -> UUID:
        return self.case_id


CASE_FIELDS = (*CaseFacts.model_fields,)
"""The names of the facts, for handing them on from one event to the next."""
