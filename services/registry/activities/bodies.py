"""The shapes of requests and answers about activities, and the faults of a request that its shape alone does not show."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.registry.activities.domain import Facts
from services.registry.bodies import day_of
from services.registry.rules import is_area
from shared.errors import Fault
from shared.events.codes import ActivityKind
from shared.fields import Body, Day, FreeText, ProjectName, ProvinceCode
from shared.places import is_province

ATTENDED_BY = 1_000
REACHED = 1_000_000

_ID: TypeAdapter[UUID] = TypeAdapter(UUID)


class HoldBody(Body):
    """An activity. Where it may lie and when it may have been is said by `faults`."""

    kind: ActivityKind
    province: ProvinceCode
    area_code: str | None = None
    title: ProjectName
    held_on: Day
    volunteer_ids: Annotated[list[UUID], Field(max_length=ATTENDED_BY)] | None = None
    people_reached: Annotated[int, Field(ge=0, le=REACHED)] | None = None
    note: FreeText | None = None

    @property
    def facts(self) -> Facts:
        told = self.model_dump(exclude={"title", "note", "volunteer_ids"})
        return Facts(**told, name=self.title, volunteer_ids=tuple(self.volunteer_ids or ()))


class VoidBody(Body):
    reason: FreeText


class ActivityAnswer(BaseModel):
    """An activity without words. Its title is its `name` in events, where a title is a person's."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    activity_id: UUID
    kind: ActivityKind
    province: str
    area_code: str | None
    title: str = Field(validation_alias="name")
    held_on: date
    fiscal_year: int
    volunteer_ids: list[UUID]
    people_reached: int | None
    void: bool


class ActivityShown(ActivityAnswer):
    """With the note, and why it is void; both null for those who may not read them."""

    note: str | None = None
    void_reason: str | None = None


def faults(raw: Mapping[str, Any], today: date) -> list[Fault]:
    """A place that is none or another province's, a day to come, a volunteer named twice."""
    found = list[Fault]()
    area_code, province, held_on = raw.get("area_code"), raw.get("province"), day_of(raw, "held_on")
    if isinstance(area_code, str) and not _lies_in(area_code, province):
        found.append(Fault("/area_code", "unknown_place", "is no place code of the province"))
    if held_on is not None and held_on > today:
        found.append(Fault("/held_on", "in_future", "lies in the future"))
    seen = set[UUID]()
    for number, volunteer_id in enumerate(attended_by(raw)):
        if volunteer_id in seen:
            found.append(Fault(f"/volunteer_ids/{number}", "invalid", "is named twice"))
        elif volunteer_id is not None:
            seen.add(volunteer_id)
    return found


def attended_by(raw: Mapping[str, Any]) -> list[UUID | None]:
    """The volunteers of a raw body, as its own check would read them; None where one is faulty, nobody where there are too
    many."""
    given = raw.get("volunteer_ids")
    if not isinstance(given, list) or len(given) > ATTENDED_BY:
        return []
    return [_id_of(value) for value in given]


def _id_of(value: Any) -> UUID | None:
    if not isinstance(value, str):
        return None
    try:
        return _ID.validate_json(orjson.dumps(value))
    except ValidationError:
        return None


def _lies_in(area_code: str, province: Any) -> bool:
    """Any place will do for a province that is none: that is a fault of its own."""
    if not is_area(None, area_code):
        return False
    return not isinstance(province, str) or not is_province(province) or area_code.startswith(province)
