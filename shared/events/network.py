"""What registry says of the network that volunteers stand in: cards, centres, mentors, activities, mobile service units."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import ActivityKind, Agency, CardState, CommitteeRole, MobileUnitStatus, NeedKind
from shared.events.contract import Contains, Event, WordsBox
from shared.sealed import Sealed

NameBox = Annotated[Sealed, Contains("title", "first_name", "last_name", "phone")]


class _Network(Event):
    OWNER: ClassVar[str] = "registry"


class _Card(_Network):
    """A volunteer's ID card (บัตรประจำตัว) after the event. The stream is derived from the volunteer: every issue of the card has
    the same number and the same stream."""

    TOPIC: ClassVar[str] = "registry.cards"

    card_id: UUID
    volunteer_id: UUID
    province: str
    card_no: str
    issue: int
    """1 for the first card, one more after each that was lost or returned."""
    state: CardState
    on: date

    @property
    def stream(self) -> UUID:
        return self.card_id


class CardRequested(_Card):
    """A card is to be printed."""

    TYPE: ClassVar[str] = "CardRequested"


class CardPrinted(_Card):
    """The card was printed."""

    TYPE: ClassVar[str] = "CardPrinted"


class CardHandedOver(_Card):
    """The volunteer has the card."""

    TYPE: ClassVar[str] = "CardHandedOver"


class CardLost(_Card):
    """The card is lost; whoever shows it shows one that holds no more."""

    TYPE: ClassVar[str] = "CardLost"


class CardReturned(_Card):
    """The volunteer gave the card back."""

    TYPE: ClassVar[str] = "CardReturned"


class _Centre(_Network):
    """A centre (ศูนย์ประสานงานแรงงานนอกระบบจังหวัด (ภาคประชาชน)): one per province, to which its service units belong."""

    TOPIC: ClassVar[str] = "registry.centres"

    centre_id: UUID
    province: str
    name: str
    order_no: str
    """Of the order that established it."""
    established_on: date

    @property
    def stream(self) -> UUID:
        return self.centre_id


class CentreEstablished(_Centre):
    """A province has its centre."""

    TYPE: ClassVar[str] = "CentreEstablished"


class CommitteeMember(BaseModel):
    """A seat in a centre's committee: of a volunteer, or of somebody named, whose name is sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: CommitteeRole
    volunteer_id: UUID | None = None
    agency: Agency | None = None
    """Whose head an adviser is."""
    name: NameBox | None = None


class CommitteeAppointed(_Centre):
    """A centre has a new committee, from a day on until the next one's."""

    TYPE: ClassVar[str] = "CommitteeAppointed"

    committee_order_no: str
    appointed_from: date
    members: tuple[CommitteeMember, ...]


class MentorAdded(_Network):
    """An officer looks after volunteers (เจ้าหน้าที่พี่เลี้ยง)."""

    TYPE: ClassVar[str] = "MentorAdded"
    TOPIC: ClassVar[str] = "registry.mentors"

    mentor_id: UUID
    province: str
    agency: Agency
    name: NameBox

    @property
    def stream(self) -> UUID:
        return self.mentor_id


class Mentoring(BaseModel):
    """From a day on, until the next one's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mentor_id: UUID
    assigned_from: date


class MentorAssigned(_Network):
    """A volunteer has another mentor from a day on. The stream is derived from the volunteer."""

    TYPE: ClassVar[str] = "MentorAssigned"
    TOPIC: ClassVar[str] = "registry.mentors"

    assignment_id: UUID
    volunteer_id: UUID
    province: str
    mentor_id: UUID
    assigned_from: date
    mentors: tuple[Mentoring, ...]
    """All that the volunteer ever had, oldest first."""

    @property
    def stream(self) -> UUID:
        return self.assignment_id


class _Activity(_Network):
    """A training, meeting, publicity event or visit."""

    TOPIC: ClassVar[str] = "registry.activities"

    activity_id: UUID
    kind: ActivityKind
    province: str
    area_code: str | None = None
    name: str
    """As the office calls it; in clear, as a project's name."""
    held_on: date
    fiscal_year: int
    """Of `held_on`, in the Buddhist era."""
    volunteer_ids: tuple[UUID, ...] = ()
    """Who was there."""
    people_reached: int | None = None
    void: bool = False
    words: WordsBox | None = None

    @property
    def stream(self) -> UUID:
        return self.activity_id


class ActivityHeld(_Activity):
    """It took place."""

    TYPE: ClassVar[str] = "ActivityHeld"


class ActivityVoided(_Activity):
    """What was recorded did not take place; it counts nowhere."""

    TYPE: ClassVar[str] = "ActivityVoided"

    reason: WordsBox


class _MobileUnit(_Network):
    """A mobile service unit (หน่วยบริการเคลื่อนที่) after the event."""

    TOPIC: ClassVar[str] = "registry.mobile-units"

    mobile_unit_id: UUID
    province: str
    area_code: str
    village_no: int | None = None
    planned_on: date
    project_name: str
    """Under which the help that is given there stands on the forms."""
    agencies: tuple[Agency, ...]
    kinds: tuple[NeedKind, ...]
    expected_people: int
    status: MobileUnitStatus
    held_on: date | None = None
    people_served: int | None = None
    satisfaction: dict[str, int] | None = None
    """How many people gave each mark, `1` (least) to `5`."""

    @property
    def stream(self) -> UUID:
        return self.mobile_unit_id


class MobileUnitPlanned(_MobileUnit):
    """A mobile service unit is to come to a place."""

    TYPE: ClassVar[str] = "MobileUnitPlanned"


class MobileUnitHeld(_MobileUnit):
    """It was there."""

    TYPE: ClassVar[str] = "MobileUnitHeld"


class MobileUnitCancelled(_MobileUnit):
    """It does not come."""

    TYPE: ClassVar[str] = "MobileUnitCancelled"

    reason: WordsBox
