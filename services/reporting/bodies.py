"""The shapes of reporting's requests and answers to writes. What may be submitted is in `submission.py`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.fields import Body, ProvinceCode

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
