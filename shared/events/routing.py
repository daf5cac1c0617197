"""What routing says: referrals, each on its agency's topic, and the help that was given."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events.case import CaseFacts
from shared.events.codes import Agency, AssistanceType, NeedKind, Outcome, Priority, ReferralStatus, WorkerType
from shared.events.contract import Event, Instant, PersonBox, WordsBox


def referral_topic(agency: Agency) -> str:
    """What an agency subscribes to."""
    return f"referrals.{agency.value.lower()}"


class ReferralFacts(CaseFacts):
    """A referral after the event; `status` says what became of it."""

    OWNER: ClassVar[str] = "routing"
    TOPIC: ClassVar[str] = "referrals.<agency>"

    referral_id: UUID
    round: int
    """The decision round of the case that led to the referral."""
    agency: Agency
    assistance_type: AssistanceType
    priority: Priority
    status: ReferralStatus
    referred_at: Instant
    due_at: Instant

    @property
    def topic(self) -> str:
        return referral_topic(self.agency)

    @classmethod
    def topics(cls) -> tuple[str, ...]:
        return tuple(referral_topic(agency) for agency in Agency)


class CaseReferred(ReferralFacts):
    """An eligible case was sent to the agency's provincial office."""

    TYPE: ClassVar[str] = "CaseReferred"


class ReferralAccepted(ReferralFacts):
    """The office takes the case on."""

    TYPE: ClassVar[str] = "ReferralAccepted"


class ReferralDeclined(ReferralFacts):
    """The office declined; the case goes back to screening."""

    TYPE: ClassVar[str] = "ReferralDeclined"
    words: WordsBox


class ReferralReturned(ReferralFacts):
    """The office wants more information; the case goes back to screening."""

    TYPE: ClassVar[str] = "ReferralReturned"
    words: WordsBox


class ReferralClosed(ReferralFacts):
    """The referral ended without help."""

    TYPE: ClassVar[str] = "ReferralClosed"
    outcome: Outcome
    words: WordsBox


class ReferralCancelled(ReferralFacts):
    """The need behind the referral was withdrawn."""

    TYPE: ClassVar[str] = "ReferralCancelled"


class ReferralDone(ReferralFacts):
    """The first help was recorded."""

    TYPE: ClassVar[str] = "ReferralDone"


class ReferralReopened(ReferralFacts):
    """Its only help was voided: the referral is accepted again."""

    TYPE: ClassVar[str] = "ReferralReopened"


class ReferralPersonForgotten(ReferralFacts):
    """The person behind the referral is forgotten: `person` opens no more, and what the agency keeps of the name is to go, too.
    The referral itself stands as it stood."""

    TYPE: ClassVar[str] = "ReferralPersonForgotten"

    forgotten_at: Instant


class _Assistance(Event):
    """Help as it stands after the event. `revision` counts 1, 2, … for one `assistance_id`."""

    OWNER: ClassVar[str] = "routing"
    TOPIC: ClassVar[str] = "routing.assistance"

    assistance_id: UUID
    revision: int
    case_id: UUID | None = None
    referral_id: UUID | None = None
    agency: Agency | None = None
    """None when a unit helped by itself."""
    kind: NeedKind | None = None
    volunteer_id: UUID | None = None
    fiscal_year: int | None = None
    """Of the case's report (Buddhist era); None without a case."""
    province: str
    area_code: str
    unit_id: UUID | None = None
    mobile_unit_id: UUID | None = None
    """The mobile service unit at which it was given."""
    person_ref: UUID | None = None
    """None for a tip-off that named nobody: such help stands on no form."""
    person: PersonBox | None = None
    worker_type: WorkerType | None = None
    assistance_type: AssistanceType
    project_name: str
    service_date: date
    in_database: bool = False
    """Whether the person is in the informal-worker database (ฐานข้อมูลแรงงานนอกระบบ) of `roster_edition`."""
    roster_edition: str | None = None
    recorded_at: Instant
    """When it was first recorded; a correction keeps it."""
    void: bool = False
    words: WordsBox | None = None

    @property
    def stream(self) -> UUID:
        return self.case_id or self.assistance_id


class AssistanceRecorded(_Assistance):
    """A person, or for a tip-off nobody named, was helped."""

    TYPE: ClassVar[str] = "AssistanceRecorded"

    consent: bool = False
    """Whether the person named with this help agreed to be; for the person of a case the need says it."""


class AssistanceCorrected(_Assistance):
    """What was recorded was put right."""

    TYPE: ClassVar[str] = "AssistanceCorrected"

    reason: WordsBox


class AssistanceVoided(_Assistance):
    """What was recorded did not happen; it counts nowhere."""

    TYPE: ClassVar[str] = "AssistanceVoided"

    reason: WordsBox
