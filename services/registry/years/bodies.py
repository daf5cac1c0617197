"""The shapes of requests about volunteers' years, and of their answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.registry.bodies import VolunteerShown
from shared.fields import Body, ClearName, Day

MOST_RENEWALS = 1000


class Expiring(VolunteerShown):
    """`days_left`: until the last day in service. `reminder`: the last of 60, 30 and 7 days that was reached."""

    days_left: int
    reminder: int | None


class RenewalsBody(Body):
    order_no: ClearName
    renewed_on: Day
    volunteer_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_RENEWALS)]


class Renewal(BaseModel):
    """`code`: why it was refused."""

    volunteer_id: UUID
    result: Literal["renewed", "refused"]
    code: str | None = None


class Renewals(BaseModel):
    items: list[Renewal]
