"""The shapes of requests and answers about mobile service units, and the faults of a request that its shape alone does not
show."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.bodies import day_of
from services.registry.mobile_units.domain import MARKS, Plan
from shared.errors import Fault
from shared.events.codes import Agency, MobileUnitStatus, NeedKind
from shared.fields import Body, Day, FreeText, ProjectName, ProvinceCode, SubdistrictCode, VillageNo
from shared.places import is_province, is_subdistrict

AHEAD = timedelta(days=366)
"""How far ahead a unit is planned, and how much earlier than planned it may have come."""
EXPECTED = 100_000
SERVED = 1_000_000

_People = Annotated[int, Field(ge=0, le=SERVED)]


class PlanBody(Body):
    """A plan. Where it may lie and when it may be is said by `plan_faults`."""

    province: ProvinceCode
    area_code: SubdistrictCode
    village_no: VillageNo | None = None
    planned_on: Day
    project_name: ProjectName
    agencies: Annotated[list[Agency], Field(min_length=1, max_length=len(Agency))]
    kinds: Annotated[list[NeedKind], Field(min_length=1, max_length=len(NeedKind))]
    expected_people: Annotated[int, Field(ge=1, le=EXPECTED)]

    @property
    def plan(self) -> Plan:
        return Plan(**self.model_dump() | {"agencies": tuple(self.agencies), "kinds": tuple(self.kinds)})


class Marks(Body):
    """How many people gave each mark."""

    one: _People = Field(0, alias="1")
    two: _People = Field(0, alias="2")
    three: _People = Field(0, alias="3")
    four: _People = Field(0, alias="4")
    five: _People = Field(0, alias="5")


class HeldBody(Body):
    """How it went. What goes together is said by `held_faults`."""

    held_on: Day
    people_served: _People
    satisfaction: Marks | None = None

    @property
    def marks(self) -> dict[str, int] | None:
        return None if self.satisfaction is None else self.satisfaction.model_dump(by_alias=True)


class CancelBody(Body):
    reason: FreeText


class MobileUnitAnswer(BaseModel):
    """A mobile unit, as planned and as held."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    mobile_unit_id: UUID
    province: str
    area_code: str
    village_no: int | None
    planned_on: date
    project_name: str
    agencies: list[Agency]
    kinds: list[NeedKind]
    expected_people: int
    status: MobileUnitStatus
    held_on: date | None
    people_served: int | None
    satisfaction: dict[str, int] | None
    satisfaction_average: float | None = None
    """1 to 5; null where nobody gave a mark."""


class NeedsThere(BaseModel):
    """Named needs of the place and the kinds that were planned for; withdrawn ones and duplicates are none.

    `open_before`: reported before the unit came, and not helped by then; of these `helped_since`: with help through the case
    from that day on, and `helped_there`: whose person was helped at the unit. `reported_since`: on that day or later."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    open_before: int
    helped_since: int
    helped_there: int
    reported_since: int


class MobileUnitListed(MobileUnitAnswer):
    """With what came of it: `assistances` given there to how many `persons`. `needs` is null until the unit was held."""

    assistances: int
    persons: int
    needs: NeedsThere | None = None


class MobileUnitShown(MobileUnitListed):
    """`cancel_reason` is null also for those who may not read it."""

    cancel_reason: str | None = None


def plan_faults(raw: Mapping[str, Any], today: date) -> list[Fault]:
    """A place of another province, a day that is past or too far ahead, an agency or a kind named twice."""
    found = list[Fault]()
    area_code, province, planned_on = raw.get("area_code"), raw.get("province"), day_of(raw, "planned_on")
    if _is_elsewhere(area_code, province):
        found.append(Fault("/area_code", "unknown_place", "is no sub-district of the province"))
    if planned_on is not None and planned_on < today:
        found.append(Fault("/planned_on", "in_past", "lies in the past"))
    if planned_on is not None and planned_on > today + AHEAD:
        found.append(Fault("/planned_on", "in_future", "lies too far in the future"))
    return found + _repeated(raw, "agencies") + _repeated(raw, "kinds")


def held_faults(raw: Mapping[str, Any], today: date, *, planned_on: date) -> list[Fault]:
    """A day to come or long before the planned one, more marks than people."""
    found = list[Fault]()
    held_on, served, marks = day_of(raw, "held_on"), raw.get("people_served"), raw.get("satisfaction")
    if held_on is not None and held_on > today:
        found.append(Fault("/held_on", "in_future", "lies in the future"))
    elif held_on is not None and held_on < planned_on - AHEAD:
        found.append(Fault("/held_on", "invalid", "lies too long before the planned day"))
    if type(served) is int and isinstance(marks, dict):
        given = [people for mark, people in marks.items() if mark in MARKS and type(people) is int]
        if sum(given) > served:
            found.append(Fault("/satisfaction", "invalid", "more marks than people served"))
    return found


def _is_elsewhere(area_code: Any, province: Any) -> bool:
    """A code that is none is a fault of its own, and so is the province's."""
    if not isinstance(area_code, str) or not isinstance(province, str):
        return False
    return is_subdistrict(area_code) and is_province(province) and not area_code.startswith(province)


def _repeated(raw: Mapping[str, Any], name: str) -> list[Fault]:
    given = raw.get(name)
    words = [value for value in given if isinstance(value, str)] if isinstance(given, list) else []
    return [] if len(words) == len({*words}) else [Fault(f"/{name}", "invalid", "names one twice")]
