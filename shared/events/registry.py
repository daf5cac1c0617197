"""What registry says: volunteers and service units."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import Level
from shared.events.contract import Event, PersonBox, WordsBox


class Term(BaseModel):
    """A term of office, both days in service."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    starts_on: date
    ends_on: date


class _Volunteer(Event):
    """A labour volunteer (อาสาสมัครแรงงาน) after the event."""

    OWNER: ClassVar[str] = "registry"
    TOPIC: ClassVar[str] = "registry.volunteers"

    volunteer_id: UUID
    person_ref: UUID
    person: PersonBox
    card_no: str
    province: str
    level: Level
    area_code: str
    village_no: int | None = None
    unit_id: UUID | None = None
    appointed_on: date
    term_starts_on: date
    term_ends_on: date
    """The last day in service, unless relieved earlier."""
    relieved_on: date | None = None
    """The first day out of service."""
    order_no: str | None = None
    terms: tuple[Term, ...] = ()
    """All terms so far, oldest first; the last one is the current. Between two may be days out of service."""

    @property
    def stream(self) -> UUID:
        return self.volunteer_id

    def in_service_on(self, day: date) -> bool:
        """Whether `day` lies in one of the terms and before the first day out of service."""
        if self.relieved_on is not None and self.relieved_on <= day:
            return False
        terms = self.terms or (Term(starts_on=self.appointed_on, ends_on=self.term_ends_on),)
        return any(term.starts_on <= day <= term.ends_on for term in terms)


class VolunteerAppointed(_Volunteer):
    """A person was appointed for three years."""

    TYPE: ClassVar[str] = "VolunteerAppointed"


class VolunteerTermRenewed(_Volunteer):
    """The term was renewed for three years."""

    TYPE: ClassVar[str] = "VolunteerTermRenewed"

    renewed_on: date


class VolunteerRelieved(_Volunteer):
    """The volunteer leaves service before the end of the term."""

    TYPE: ClassVar[str] = "VolunteerRelieved"

    words: WordsBox


class _ServiceUnit(Event):
    """A service unit (หน่วยบริการชุมชน) after the event."""

    OWNER: ClassVar[str] = "registry"
    TOPIC: ClassVar[str] = "registry.units"

    unit_id: UUID
    name: str
    province: str
    area_code: str
    village_no: int | None = None
    opened_on: date
    closed_on: date | None = None
    """The first day closed."""

    @property
    def stream(self) -> UUID:
        return self.unit_id

    def open_on(self, day: date) -> bool:
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)


class ServiceUnitOpened(_ServiceUnit):
    """A service unit opened."""

    TYPE: ClassVar[str] = "ServiceUnitOpened"


class ServiceUnitClosed(_ServiceUnit):
    """A service unit closed."""

    TYPE: ClassVar[str] = "ServiceUnitClosed"

    words: WordsBox | None = None
