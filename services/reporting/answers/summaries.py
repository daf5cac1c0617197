"""The shapes of แบบ สนบ.๑ and of the summaries of tip-offs."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from services.reporting.answers.figures import Measured
from services.reporting.answers.words import Count, Period, Province
from shared.events.codes import Agency, NeedKind


class HelpDone(BaseModel):
    assistances: Count
    persons: Count
    assistances_since_october: Count
    persons_since_october: Count


class ProjectRow(HelpDone):
    """`target` and `percent`: null of a project without a target."""

    no: int
    project_name: str
    target: Count | None
    percent: Count | None


class ProjectSum(HelpDone):
    target: Count


class Snb1Shown(BaseModel):
    form: Literal["snb1"]
    period: Period
    province: Province
    title: str
    due_on: date
    fiscal_year: int
    view: Literal["live"]
    rows: list[ProjectRow]
    sum: ProjectSum
    funnel: Measured


class ByState(BaseModel):
    """How many tip-offs stand how."""

    total: Count
    reported: Count
    screened: Count
    referred: Count
    accepted: Count
    declined: Count
    returned: Count
    helped: Count
    closed: Count
    withdrawn: Count


class TipoffKind(ByState):
    kind: NeedKind


class TipoffRow(TipoffKind):
    province: Province
    province_name: str
    district: str = Field(pattern="^[0-9]{4}$")
    district_name: str


class TipoffsShown(BaseModel):
    """`province`: null for several."""

    report: Literal["doe-tipoffs", "dlpw-tipoffs"]
    agency: Agency
    period: Period
    province: Province | None
    title: str
    rows: list[TipoffRow]
    by_kind: list[TipoffKind]
    sum: ByState
