"""The shapes of requests about cards, and of their answers."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.bodies import day_of
from shared.errors import Fault
from shared.events.codes import CardState, Level
from shared.fields import Body, Day

MOST_CARDS = 200
"""In one request: twenty sheets, forty pages."""


class CardsBody(Body):
    volunteer_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_CARDS)]


class DayBody(Body):
    on: Day


class CardAnswer(BaseModel):
    """How a card stands, since when."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    card_no: str
    volunteer_id: UUID
    province: str
    issue: int
    state: CardState
    on: date


class CardsAnswer(BaseModel):
    items: list[CardAnswer]


class Verified(BaseModel):
    """What anybody may know of a card: all but `valid` is null where it does not hold."""

    valid: bool
    valid_until: date | None = None
    province: str | None = None
    level: Level | None = None


def day_faults(raw: Mapping[str, Any], today: date, *, earliest: date) -> list[Fault]:
    """A day that has not come, or one before the volunteer was appointed."""
    day = day_of(raw, "on")
    if day is not None and day > today:
        return [Fault("/on", "in_future", "lies in the future")]
    if day is not None and day < earliest:
        return [Fault("/on", "invalid", "lies before the beginning")]
    return []
