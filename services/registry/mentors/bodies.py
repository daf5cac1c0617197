"""The shapes of requests and answers about mentors."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.codes import Agency, Level
from shared.fields import Body, Day, Name, Phone, ProvinceCode

NAMES = ("title", "first_name", "last_name")
REACHED_BY = (*NAMES, "phone")


class AddBody(Body):
    """An officer who is to look after volunteers."""

    title: Name
    first_name: Name
    last_name: Name
    agency: Agency
    province: ProvinceCode
    phone: Phone | None = None

    def personal(self) -> dict[str, Any]:
        """What is sealed, without what was not given."""
        return self.model_dump(include=set(REACHED_BY), exclude_none=True)


class AssignBody(Body):
    """`from`: the first day."""

    mentor_id: UUID
    from_: Annotated[Day, Field(alias="from")]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class MentorAnswer(_Answer):
    """What a write answers: nothing personal."""

    mentor_id: UUID
    province: str
    agency: Agency


class MentorShown(MentorAnswer):
    """A mentor by name; null for those who may not see names."""

    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None


class AssignmentAnswer(_Answer):
    volunteer_id: UUID
    mentor_id: UUID
    assigned_from: date = Field(serialization_alias="from")


class MentoredShown(_Answer):
    """A mentor's volunteer and how he is getting on. `reported` counts as the funnel does. `last_activity_on`: the later of his
    last report and the last activity that he attended; `days_quiet` since then. All null for one of whom nothing is known."""

    volunteer_id: UUID
    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    card_no: str
    area_code: str
    level: Level
    assigned_from: date = Field(serialization_alias="from")
    target: int
    reported: int
    last_activity_on: date | None
    last_report_on: date | None
    days_quiet: int | None
