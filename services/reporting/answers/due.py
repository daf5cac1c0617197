"""The shapes of completeness and of the calendar: what is expected, due, submitted and missing."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.reporting.answers.forms import CentreNamed
from services.reporting.answers.words import Count, Period, Province
from services.reporting.due import State


class Counted(BaseModel):
    """The percentages are null where nothing is expected."""

    expected: Count
    submitted: Count
    on_time: Count
    submitted_percent: int | None
    on_time_percent: int | None


class UnitsCounted(Counted):
    missing: list[UUID]


class UnitDue(BaseModel):
    unit_id: UUID
    name: str
    submitted: bool
    on_time: bool | None


class UnitsOfProvince(UnitsCounted):
    province: Province
    centre: CentreNamed | None
    units: list[UnitDue]


class ProvincesCounted(Counted):
    missing: list[Province]


class ProvinceCounted(ProvincesCounted):
    province: Province


class Sp12Complete(BaseModel):
    due_on: date
    by_province: list[UnitsOfProvince]
    national: UnitsCounted


class Snb2Complete(BaseModel):
    due_on: date
    by_province: list[ProvinceCounted]
    national: ProvincesCounted
    missing: list[Province]


class Completeness(BaseModel):
    month: Period
    sp12: Sp12Complete
    snb2: Snb2Complete


class CalendarItem(BaseModel):
    """`unit_id`: null for the province's own forms. `revision`: 0 while there is none."""

    form: Literal["sp12", "snb2", "snb1"]
    unit_id: UUID | None
    name: str
    expected: bool
    due_on: date
    first_submitted_at: datetime | None
    on_time: bool | None
    revision: Count
    state: State
    rows_waiting: Count


class Calendar(BaseModel):
    province: Province
    month: Period
    items: list[CalendarItem]
