"""The shapes of reporting's requests and answers to writes. What may be submitted is in `submission.py`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.fields import Body, ProjectName, ProvinceCode

MonthText = Annotated[str, StringConstraints(max_length=40)]
"""A month in the common era, 2021-05. Whether it is one is looked at where it can be said what was meant."""


class SubmitSp12Body(Body):
    unit_id: UUID
    month: MonthText


class SubmitSnb2Body(Body):
    province: ProvinceCode
    month: MonthText


class SubmittedAnswer(BaseModel):
    """A submission: its number from 1, the hash over its rows, how many they are and of how many people."""

    model_config = ConfigDict(frozen=True)

    revision: int
    hash: str
    submitted_at: datetime
    rows: int
    persons: int


class TargetBody(Body):
    """How many people a project is to help in a fiscal year. Whether that is one is looked at where it can be said what was
    meant."""

    province: ProvinceCode
    fiscal_year: Annotated[int, Field(ge=0, le=9999)]
    project_name: ProjectName
    target: Annotated[int, Field(ge=0, le=10_000_000)]


class TargetAnswer(BaseModel):
    """A project's target from now on."""

    model_config = ConfigDict(frozen=True)

    province: str
    fiscal_year: int
    project_name: str
    target: int
