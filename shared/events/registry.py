"""What registry says: volunteers and service units."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events.codes import Level
from shared.events.contract import Event, PersonBox, WordsBox


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

    @property
    def stream(self) -> UUID:
        return self.volunteer_id


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


class ServiceUnitOpened(_ServiceUnit):
    """A service unit opened."""

    TYPE: ClassVar[str] = "ServiceUnitOpened"


class ServiceUnitClosed(_ServiceUnit):
    """A service unit closed."""

    TYPE: ClassVar[str] = "ServiceUnitClosed"

    words: WordsBox | None = None
