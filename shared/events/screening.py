"""What screening says: decisions about cases, and that a case is open again."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.case import CaseFacts
from shared.events.codes import Agency, AssistanceType, Decision, Priority
from shared.events.contract import Instant, WordsBox


class CaseScreened(CaseFacts):
    """The provincial office, or for a tip-off the system, decided.

    `round` counts decisions of a case from 1; `needs_information` is no decision and carries the round still open."""

    TYPE: ClassVar[str] = "CaseScreened"
    OWNER: ClassVar[str] = "screening"
    TOPIC: ClassVar[str] = "screening.cases"

    round: int
    decision: Decision
    agency: Agency | None = None
    assistance_type: AssistanceType | None = None
    priority: Priority = Priority.NORMAL
    reasons: tuple[str, ...] = ()
    automatic: bool = False
    decided_at: Instant
    words: WordsBox | None = None


class CaseReopened(CaseFacts):
    """A declined or returned referral put the case back into the queue; `round` is the round that ended so."""

    TYPE: ClassVar[str] = "CaseReopened"
    OWNER: ClassVar[str] = "screening"
    TOPIC: ClassVar[str] = "screening.cases"

    round: int
    referral_id: UUID
    because: Literal["declined", "returned"]
    reopened_at: Instant
