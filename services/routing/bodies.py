"""The shapes of routing's requests, and the faults that one field alone does not show. What may be done is in `domain.py`."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from shared.errors import Fault
from shared.events.codes import Agency, AssistanceType, NeedKind, Outcome, Priority, ReferralStatus, WorkerType
from shared.events.contract import Instant
from shared.fields import Body, Citizen, Day, FreeText, ProjectName, citizen_faults, given

PERSON = ("citizen", "worker_type", "consent")
CORRECTABLE = ("assistance_type", "project_name", "service_date", "worker_type")
"""Those of a help's own fields; beside them the note can be replaced."""

_DAY: TypeAdapter[date] = TypeAdapter(Day)
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)


class ReasonBody(Body):
    reason: FreeText


class NoBody(Body):
    """Nothing is asked."""


class CloseBody(ReasonBody):
    outcome: Outcome


class AssistanceBody(Body):
    """Help, through a referral or without one. What a mobile unit stands for need not be told with it: see `project_faults`. The
    last three fields name a person; who must be named is in `person_faults`."""

    assistance_type: AssistanceType
    project_name: ProjectName | None = None
    service_date: Day
    note: FreeText | None = None
    unit_id: UUID | None = None
    mobile_unit_id: UUID | None = None
    citizen: Citizen | None = None
    worker_type: WorkerType | None = None
    consent: bool | None = None


class CorrectBody(ReasonBody):
    """At least one of the others must be given."""

    assistance_type: AssistanceType | None = None
    project_name: ProjectName | None = None
    service_date: Day | None = None
    worker_type: WorkerType | None = None
    note: FreeText | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """What is given of CORRECTABLE."""
        return {name: value for name in CORRECTABLE if (value := getattr(self, name)) is not None}


class ReferralAnswer(BaseModel):
    """What a write answers of a referral: nothing personal."""

    model_config = ConfigDict(frozen=True)

    referral_id: UUID
    case_id: UUID
    round: int
    """The decision round of the case that led to it."""
    agency: Agency
    province: str
    area_code: str
    village_no: int | None
    kind: NeedKind
    worker_type: WorkerType | None
    assistance_type: AssistanceType
    priority: Priority
    status: ReferralStatus
    referred_at: Instant
    due_at: Instant
    overdue: bool
    unit_id: UUID | None


class ReferralShown(ReferralAnswer):
    """A referral with its person; null where nobody was named, or the person was forgotten."""

    citizen: dict[str, JsonValue] | None


class AssistanceAnswer(BaseModel):
    """What a write answers of help. `revision` counts what was said of it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    assistance_id: UUID
    case_id: UUID | None
    referral_id: UUID | None
    mobile_unit_id: UUID | None
    person_ref: UUID | None
    revision: int
    void: bool


def person_faults(raw: Mapping[str, Any], today: date, *, required: bool) -> list[Fault]:
    """Citizen, kind of worker and consent belong together: all three, or none where nobody must be named."""
    named = {name for name in PERSON if raw.get(name) is not None}
    faults = citizen_faults(raw, today)
    if not named and not required:
        return faults
    if "citizen" not in named:
        faults.append(Fault("/citizen", "citizen_required", "the citizen must be named"))
    if "worker_type" not in named:
        faults.append(Fault("/worker_type", "required", "must be given"))
    if raw.get("consent") is not True:
        faults.append(Fault("/consent", "consent_required", "the citizen's consent is needed"))
    return faults


def project_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """Help at a mobile unit stands under the unit's own project name."""
    if raw.get("project_name") is not None or raw.get("mobile_unit_id") is not None:
        return []
    return [Fault("/project_name", "required", "must be given")]


def no_person_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """A referral of a named need helps the person of the need: nobody else can be named."""
    return [Fault(f"/{name}", "invalid", "the person is the case's") for name in PERSON if raw.get(name) is not None]


def correction_faults(raw: Mapping[str, Any], *, person: bool) -> list[Fault]:
    """Nothing to correct, or a kind of worker where there is no `person`."""
    if all(raw.get(name) is None for name in (*CORRECTABLE, "note")):
        return [Fault("", "required", "what is to be corrected must be given")]
    if raw.get("worker_type") is not None and not person:
        return [Fault("/worker_type", "citizen_required", "nobody was named")]
    return []


def future_faults(raw: Mapping[str, Any], today: date) -> list[Fault]:
    """Help that has not been given yet."""
    day = day_of(raw)
    return [Fault("/service_date", "in_future", "lies in the future")] if day is not None and day > today else []


def day_of(raw: Mapping[str, Any]) -> date | None:
    """The service date as the body's own check reads it; None if it is missing or faulty."""
    return given(_DAY, raw, "service_date")


def unit_of(raw: Mapping[str, Any]) -> UUID | None:
    """The unit's id, likewise."""
    return given(_ID, raw, "unit_id")


def mobile_unit_of(raw: Mapping[str, Any]) -> UUID | None:
    """The mobile unit's id, likewise."""
    return given(_ID, raw, "mobile_unit_id")
