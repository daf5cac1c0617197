"""What several parts of a story draw alike: kinds of need, people, days and the hours between which people come."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.local.player.people import People
from deploy.local.player.story import Story
from shared.buddhist_calendar import Month
from shared.events.codes import NeedKind

OPENS, CLOSES = 8 * 60 + 30, 16 * 60
"""Minutes of the day between which people come."""


def named(people: People) -> dict[str, Any]:
    """The personal fields of a need or of help, of somebody new."""
    citizen = people.citizen()
    return {"citizen": citizen.body, "worker_type": citizen.worker_type.value, "consent": True}


def kind(rng: Random, story: Story) -> NeedKind:
    return rng.choices(list(story.kinds), list(story.kinds.values()))[0]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def falls_on(day: date, on: Sequence[int]) -> bool:
    """Whether it is one of these days of the month; 31 stands for the last one."""
    return day.day in on or (31 in on and day == Month.of(day).last_day)
