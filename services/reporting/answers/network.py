"""The shapes of a province's network in figures, and of the places where mobile service units are wanted."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.reporting.answers.forms import CentreNamed
from services.reporting.answers.words import Count, Province
from shared.events.codes import ActivityKind, Agency, Level, NeedKind
from shared.web.pages import Listed


class CentreFigured(CentreNamed):
    order_no: str
    established_on: date


class ByTenure(BaseModel):
    under_1_year: Count
    years_1_to_3: Annotated[int, Field(ge=0, alias="1_to_3_years")]
    over_3_years: Count


class VolunteersFigured(BaseModel):
    total: Count
    by_level: dict[Level, Count]
    by_tenure: ByTenure


class CoverageFigured(BaseModel):
    subdistricts_total: Count
    subdistricts_covered: Count
    districts_total: Count
    districts_without_any: list[str]


class ActivityFigured(BaseModel):
    held: Count
    people_reached: Count
    attendances: Count


class ActivitiesFigured(BaseModel):
    by_kind: dict[ActivityKind, ActivityFigured]
    volunteers_without_any: Count


class Quartiles(BaseModel):
    """Null of nobody."""

    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None


class ProgressFigured(BaseModel):
    target: Count
    volunteers: Count
    reported_total: Count
    quartiles: Quartiles
    reached_target: Count


class Quiet(BaseModel):
    days: Count
    volunteers: Count
    volunteer_ids: list[UUID]


class MentorsFigured(BaseModel):
    total: Count
    volunteers_without_any: Count


class CardsFigured(BaseModel):
    requested: Count
    printed: Count
    handed_over: Count
    lost: Count
    returned: Count
    without_any: Count


class MobileUnitsFigured(BaseModel):
    planned: Count
    held: Count
    cancelled: Count
    people_served: Count
    satisfaction_average: float | None


class NetworkShown(BaseModel):
    province: Province
    fiscal_year: int
    as_of: date
    centre: CentreFigured | None
    volunteers: VolunteersFigured
    coverage: CoverageFigured
    activities: ActivitiesFigured
    progress: ProgressFigured
    quiet: Quiet
    mentors: MentorsFigured
    cards: CardsFigured
    mobile_units: MobileUnitsFigured


class OpenNeedsReason(BaseModel):
    code: Literal["open_needs"]
    points: int
    needs: Count


class PeopleReason(BaseModel):
    code: Literal["people"]
    points: int
    people: Count


class LongWaitingReason(BaseModel):
    code: Literal["long_waiting"]
    points: int
    needs: Count
    days: Count


class AgenciesReason(BaseModel):
    code: Literal["several_agencies"]
    points: int
    agencies: Count


class HeldReason(BaseModel):
    code: Literal["unit_held"]
    points: int
    days_since: Count


class PlannedReason(BaseModel):
    code: Literal["unit_planned"]
    points: int
    planned_on: date


Reason = Annotated[
    OpenNeedsReason | PeopleReason | LongWaitingReason | AgenciesReason | HeldReason | PlannedReason,
    Field(discriminator="code"),
]


class AgencyWanted(BaseModel):
    agency: Agency
    needs: Count


class UnitPlanned(BaseModel):
    mobile_unit_id: UUID
    planned_on: date


class Suggestion(BaseModel):
    """A sub-district. `score`: the points of its reasons."""

    area_code: str
    name: str
    district: str
    score: int
    open_needs: Count
    by_kind: dict[NeedKind, Count]
    agencies: list[AgencyWanted]
    expected_people: Count
    oldest_open_days: int
    days_since_last_unit: int | None
    planned_unit: UnitPlanned | None
    reasons: list[Reason]


class Suggestions(Listed[Suggestion]):
    province: Province
    since: Annotated[date, Field(alias="from")]
    as_of: date
