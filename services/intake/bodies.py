"""The shapes of intake's requests and answers, and the faults of a request that its shape alone does not show."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.intake.domain import Need
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault
from shared.events.case_status import CaseStatus
from shared.events.codes import IdKind, NeedKind, WorkerType
from shared.events.contract import Instant
from shared.fields import Body, Citizen, FreeText, Moment, SubdistrictCode, VillageNo, citizen_id_fault
from shared.places import is_subdistrict, province_of

Found = TypeVar("Found")
_KIND: TypeAdapter[NeedKind] = TypeAdapter(NeedKind)
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


class NeedBody(Body):
    """A need or a tip-off. What a named need must have is said by `need_faults`."""

    kind: NeedKind
    area_code: SubdistrictCode
    village_no: VillageNo | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None
    reported_at: Moment | None = None
    detail: FreeText | None = None
    citizen: Citizen | None = None
    worker_type: WorkerType | None = None
    consent: bool | None = None

    def need(self, *, now: datetime, volunteer_id: UUID | None, unit_id: UUID | None) -> Need:
        """Without the person; `volunteer_id` and `unit_id` are those that the need belongs to."""
        return Need(
            kind=self.kind,
            area_code=self.area_code,
            village_no=self.village_no,
            volunteer_id=volunteer_id,
            unit_id=unit_id,
            worker_type=self.worker_type,
            reported_at=self.reported_at or now,
            consent=bool(self.consent),
        )


class WithdrawBody(Body):
    reason: FreeText


class NeedAnswer(BaseModel):
    """What a report answers: nothing personal. `warnings` are codes of what is odd about it and was taken all the same.
    `duplicate_of` is null where the caller may not see that one."""

    case_id: UUID
    status: CaseStatus
    province: str
    kind: NeedKind
    urgent: bool
    duplicate: bool
    duplicate_of: UUID | None
    warnings: list[str]


class WithdrawAnswer(BaseModel):
    case_id: UUID
    status: CaseStatus
    withdrawn_at: Instant


class CitizenShown(BaseModel):
    """The person with the need; what was not given is null."""

    id_kind: IdKind
    citizen_id: str | None = None
    title: str | None = None
    first_name: str
    last_name: str
    birth_year: int | None = None
    phone: str | None = None


class Entry(BaseModel):
    """What happened to a case: `service` said so, `by` an opaque actor, `position` for `Songtor-After`."""

    event: str
    at: Instant
    by: str | None
    position: str
    service: str


class NeedShown(BaseModel):
    """A need without the person. `duplicate_of` is null where the caller may not see that one."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    status: CaseStatus
    kind: NeedKind
    urgent: bool
    province: str
    area_code: str
    village_no: int | None
    volunteer_id: UUID | None
    unit_id: UUID | None
    person_ref: UUID | None
    worker_type: WorkerType | None
    reported_at: Instant
    fiscal_year: int
    """In the Buddhist era."""
    duplicate: bool
    duplicate_of: UUID | None


class CaseShown(NeedShown):
    """A need with all that became of it. Of a person who was forgotten there is no name and no word."""

    consent: bool
    citizen: CitizenShown | None
    detail: str | None
    withdrawn_at: Instant | None
    withdrawal_reason: str | None
    timeline: Annotated[list[Entry], Field(description="Across all services, as far as intake has heard.")]


def need_faults(raw: Mapping[str, Any], now: datetime) -> list[Fault]:
    """What a named need lacks, a number that is none, what lies in the future."""
    return _need_faults(raw, now, kind=given(_KIND, raw, "kind"), reported_at=given(_MOMENT, raw, "reported_at"))


def need_faults_of(body: NeedBody, raw: Mapping[str, Any], now: datetime) -> list[Fault]:
    """The same, where the shape of `raw` is right and `body` was made of it."""
    return _need_faults(raw, now, kind=body.kind, reported_at=body.reported_at)


def _need_faults(raw: Mapping[str, Any], now: datetime, *, kind: NeedKind | None, reported_at: datetime | None) -> list[Fault]:
    """`kind` and `reported_at`: None where they are not given rightly."""
    faults = [] if kind is None or kind.tipoff else _missing(raw)
    code = citizen_id_fault(raw.get("citizen"))
    if code is not None:
        faults.append(Fault("/citizen/citizen_id", code, "is no valid ID of its kind"))
    if _born_after(raw.get("citizen"), bangkok_day(now)):
        faults.append(Fault("/citizen/birth_year", "in_future", "lies in the future"))
    if reported_at is not None and reported_at > now:
        faults.append(Fault("/reported_at", "in_future", "lies in the future"))
    return faults


def _missing(raw: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if raw.get("citizen") is None:
        faults.append(Fault("/citizen", "citizen_required", "the citizen must be named"))
    if raw.get("worker_type") is None:
        faults.append(Fault("/worker_type", "required", "must be given"))
    if raw.get("consent") is None or raw.get("consent") is False:
        faults.append(Fault("/consent", "consent_required", "the citizen's consent is needed"))
    return faults


def _born_after(citizen: Any, today: date) -> bool:
    year = citizen.get("birth_year") if isinstance(citizen, dict) else None
    return isinstance(year, int) and year > today.year


def day_of_report(raw: Mapping[str, Any], now: datetime) -> date | None:
    """In Bangkok; None where `reported_at` is given wrongly."""
    reported_at = now if raw.get("reported_at") is None else given(_MOMENT, raw, "reported_at")
    return None if reported_at is None or reported_at > now else bangkok_day(reported_at)


def province_in(raw: Mapping[str, Any]) -> str | None:
    """Of the place that the raw object names; None where that is missing or no place."""
    area_code = raw.get("area_code")
    return province_of(area_code) if isinstance(area_code, str) and is_subdistrict(area_code) else None


def id_of(raw: Mapping[str, Any], name: str) -> UUID | None:
    return given(_ID, raw, name)


def given(kind: TypeAdapter[Found], raw: Mapping[str, Any], name: str) -> Found | None:
    """A field of the raw object as the body's own check would read it; None if it is missing or faulty."""
    value = raw.get(name)
    if not isinstance(value, str):
        return None
    try:
        return kind.validate_json(orjson.dumps(value))
    except ValidationError:
        return None
