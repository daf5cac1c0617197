"""The shapes of registry's requests and answers, and the faults of a request that its shape alone does not show."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from services.registry.domain import Appointment, Status, UnitStatus
from services.registry.rules import is_area, too_far_ahead
from shared.citizen_id import is_valid, normalise
from shared.errors import Fault
from shared.events.codes import IdKind, Level
from shared.fields import Body, ClearName, Day, FreeText, Name, Phone, SubdistrictCode, VillageNo
from shared.places import province_of

Found = TypeVar("Found")
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_LEVEL: TypeAdapter[Level] = TypeAdapter(Level)
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)


def _citizen_id(text: str) -> str:
    if not is_valid(text):
        raise PydanticCustomError("invalid_citizen_id", "refused")
    return normalise(text)


class AppointBody(Body):
    """An appointment. Which area codes go with which level is said by `appointment_faults`."""

    citizen_id: Annotated[str, AfterValidator(_citizen_id)]
    title: Name
    first_name: Name
    last_name: Name
    level: Level
    area_code: str
    village_no: VillageNo | None = None
    unit_id: UUID | None = None
    appointed_on: Day
    order_no: ClearName | None = None
    phone: Phone | None = None

    def personal(self) -> dict[str, Any]:
        """What is sealed, without what was not given."""
        given = self.model_dump(include={"citizen_id", "title", "first_name", "last_name", "phone"}, exclude_none=True)
        return {"id_kind": IdKind.THAI.value, **given}

    @property
    def appointment(self) -> Appointment:
        names = {"level", "area_code", "village_no", "unit_id", "appointed_on", "order_no"}
        return Appointment(**self.model_dump(include=names))


class RenewBody(Body):
    renewed_on: Day
    order_no: ClearName | None = None


class RelieveBody(Body):
    relieved_on: Day
    """The first day out of service."""
    reason: FreeText


class OpenBody(Body):
    name: ClearName
    area_code: SubdistrictCode
    village_no: VillageNo | None = None
    opened_on: Day


class CloseBody(Body):
    closed_on: Day
    """The first day closed."""
    reason: FreeText | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class VolunteerAnswer(_Answer):
    """What a write answers: nothing personal. `status` is null before the first day in service."""

    volunteer_id: UUID
    card_no: str
    province: str
    level: Level
    area_code: str
    village_no: int | None
    unit_id: UUID | None
    appointed_on: date
    term_starts_on: date
    term_ends_on: date
    relieved_on: date | None
    order_no: str | None
    status: Status | None = None


class VolunteerShown(VolunteerAnswer):
    """A volunteer by name. Who was forgotten has none; for those who may not see names nobody has."""

    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    citizen_id: str | None = None
    phone: str | None = None


class UnitAnswer(_Answer):
    """`status` is null before the first day open. `centre_id`: the province's centre, to which it belongs, if there is one."""

    unit_id: UUID
    name: str
    province: str
    area_code: str
    village_no: int | None
    opened_on: date
    closed_on: date | None
    status: UnitStatus | None = None
    centre_id: UUID | None = None


class Village(_Answer):
    """หมู่ที่ of a sub-district."""

    area_code: str
    village_no: int


class DistrictCoverage(_Answer):
    """`uncovered` as for the province. Villages stand in no official list: known are those that a volunteer or a service unit was
    named with, and `villages_without_volunteer` are of these."""

    district_code: str
    name: str
    subdistricts_total: int
    subdistricts_covered: int
    volunteers_active: int
    uncovered: list[str]
    villages_with_volunteer: list[Village]
    villages_without_volunteer: list[Village]


class Coverage(_Answer):
    """`uncovered`: the sub-districts without an active sub-district volunteer. `districts_without_any`: those without an active
    volunteer of any level."""

    province: str
    subdistricts_total: int
    subdistricts_covered: int
    volunteers_active: int
    by_level: dict[Level, int]
    uncovered: list[str]
    districts: list[DistrictCoverage]
    districts_without_any: list[str]


class Allowance(_Answer):
    province: str
    volunteers: int
    amount_baht: int


class Allowances(_Answer):
    month: str
    items: list[Allowance]
    total_baht: int


def appointment_faults(raw: Mapping[str, Any], today: date) -> list[Fault]:
    """An area that is none of its level, a day too far ahead."""
    faults = ahead_faults(raw, "appointed_on", today)
    area_code = raw.get("area_code")
    if isinstance(area_code, str) and not is_area(_given(_LEVEL, raw, "level"), area_code):
        faults.append(Fault("/area_code", "unknown_place", "is no place code of that level"))
    return faults


def province_in(raw: Mapping[str, Any]) -> str | None:
    """Of the place that the raw object names; None where that is missing or no place."""
    area_code = raw.get("area_code")
    return province_of(area_code) if isinstance(area_code, str) and is_area(None, area_code) else None


def ahead_faults(raw: Mapping[str, Any], name: str, today: date, *, earliest: date | None = None) -> list[Fault]:
    """A day too far ahead, or before the `earliest` that makes sense."""
    day = day_of(raw, name)
    if day is not None and too_far_ahead(day, today):
        return [Fault(f"/{name}", "in_future", "lies too far in the future")]
    if day is not None and earliest is not None and day < earliest:
        return [Fault(f"/{name}", "invalid", "lies before the beginning")]
    return []


def day_of(raw: Mapping[str, Any], name: str) -> date | None:
    return _given(_DAY, raw, name)


def id_of(raw: Mapping[str, Any], name: str) -> UUID | None:
    return _given(_ID, raw, name)


def _given(kind: TypeAdapter[Found], raw: Mapping[str, Any], name: str) -> Found | None:
    """A field of the raw object as the body's own check would read it; None if it is missing or faulty."""
    value = raw.get(name)
    if not isinstance(value, str):
        return None
    try:
        return kind.validate_json(orjson.dumps(value))
    except ValidationError:
        return None
