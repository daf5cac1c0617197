"""The shape of what a story's TOML file tells of the network around its volunteers: centre, mentors, activities, mobile service
units, cards. Volunteers are named by the code of their sub-district, and where they are several, also by that of a district."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from deploy.local.player.part import Part
from shared.events.codes import ActivityKind, Agency, NeedKind

Districts = Annotated[tuple[str, ...], Field(min_length=1)]
Marks = dict[Literal["1", "2", "3", "4", "5"], Annotated[int, Field(ge=0)]]


class Committee(Part):
    """Volunteers in its seats; the secretary and an adviser of each agency are officers."""

    order_no: str
    appointed_on: date
    chair: str
    vice_chairs: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    advisers: tuple[Agency, ...] = ()


class Centre(Part):
    order_no: str
    established_on: date
    committees: tuple[Committee, ...] = ()


class Mentor(Part):
    """An officer who looks after the volunteers of some districts from a day on."""

    key: str
    agency: Agency
    assigned_on: date
    districts: Districts


class Activity(Part):
    """`present`: so many of the districts' volunteers, or of all, were there; without it all of the districts', or nobody."""

    key: str
    kind: ActivityKind
    title: str
    held_on: date
    area_code: str | None = None
    districts: tuple[str, ...] = ()
    present: int | None = Field(None, ge=0)
    people_reached: int | None = None
    note: str | None = None


class MobileUnit(Part):
    """`decided_on`: the day on which the office looks where it is wanted and plans it for `planned_on`. `helped`: so many of the
    people who were served are recorded by name."""

    key: str
    decided_on: date
    area_code: str
    village_no: int | None = None
    planned_on: date
    project_name: str
    agencies: tuple[Agency, ...]
    kinds: tuple[NeedKind, ...]
    expected_people: int
    held_on: date
    people_served: int
    satisfaction: Marks | None = None
    """How many people gave each mark."""
    helped: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.helped > self.people_served:
            raise ValueError("more people are helped than were served")
        if not self.decided_on <= min(self.planned_on, self.held_on):
            raise ValueError("it is planned after it came")
        return self


class Cards(Part):
    """ID cards of the volunteers of some districts: printed on one day, in their hands on another."""

    printed_on: date
    handed_over_on: date
    districts: Districts
