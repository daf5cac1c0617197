"""The shapes of screening's answers. Nothing in them is personal: notes are sealed, and screening opens nothing."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.screening.domain import Status
from services.screening.rules import Reason
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority, WorkerType
from shared.events.contract import Instant


class SuggestionShown(BaseModel):
    """What an officer may simply confirm; the first reason decided."""

    decision: Decision
    agency: Agency | None
    assistance_type: AssistanceType | None
    reasons: list[Reason]


class _Facts(BaseModel):
    """Of a need. `duplicate_of` is null where the caller may not see that one."""

    case_id: UUID
    kind: NeedKind
    province: str
    area_code: str
    worker_type: WorkerType | None
    reported_at: Instant
    urgent: bool
    duplicate: bool
    duplicate_of: UUID | None
    needs_information: bool
    reopened: bool


class WaitingShown(_Facts):
    """A case in the queue."""

    suggestion: SuggestionShown


class DecisionMade(BaseModel):
    """One decision of a case; `round` counts those that ended a round."""

    round: int
    decision: Decision
    agency: Agency | None
    assistance_type: AssistanceType | None
    priority: Priority | None
    reasons: list[str]
    automatic: bool
    decided_at: Instant


class DecisionShown(DecisionMade):
    """With who made it, an opaque actor."""

    by: str | None


class CaseShown(_Facts):
    """All that screening knows of a case. Once it is decided or withdrawn nothing is suggested."""

    village_no: int | None
    volunteer_id: UUID | None
    unit_id: UUID | None
    status: Status
    suggestion: SuggestionShown | None
    decisions: list[DecisionShown]


class DecisionAnswer(DecisionMade):
    """What a decision answers."""

    case_id: UUID


class ItemFault(BaseModel):
    pointer: str
    code: str


class ItemAnswer(BaseModel):
    """What became of one of many: `code` says why it was refused, `errors` what is wrong with one that is no decision."""

    case_id: UUID | None
    result: Literal["decided", "refused"]
    code: str | None = None
    errors: list[ItemFault] | None = None


class DecisionsAnswer(BaseModel):
    """In the order of what was asked."""

    items: list[ItemAnswer]
