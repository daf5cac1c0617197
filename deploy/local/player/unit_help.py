"""What a unit does by itself, month by month, drawn from the story's seed."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from deploy.local.player.chance import CLOSES, OPENS, days, falls_on, kind, named
from deploy.local.player.people import People, help_with
from deploy.local.player.steps import UNIT_HELP, By, Ref, Step, moment
from deploy.local.player.story import Story, UnitHelp
from shared.buddhist_calendar import Month

AGAIN = 0.15
"""How often a unit helps somebody whom it helped before."""


def unit_helps(story: Story, given: UnitHelp, people: People) -> Iterator[Step]:
    rng = Random(f"{story.seed}/unit-help/{given.unit}")
    unit = f"unit/{given.unit}"
    known: list[dict[str, Any]] = []
    month = Month.of(given.first_day)
    while month.first_day <= given.last_day:
        first, last = max(month.first_day, given.first_day), min(month.last_day, given.last_day)
        chosen = [day for day in days(first, last) if falls_on(day, given.on)][: given.each_month]
        chosen += [first + timedelta(rng.randint(0, (last - first).days)) for _ in range(given.each_month - len(chosen))]
        for number, day in enumerate(chosen):
            person = rng.choice(known) if known and rng.random() < AGAIN else named(people)
            known.append(person)
            yield Step(
                key=f"unit-help/{given.unit}/{month}/{number:03}",
                at=moment(day, rng.randint(OPENS, CLOSES)),
                action=UNIT_HELP,
                by=By("unit_clerk", unit),
                body={
                    **help_with(rng, kind(rng, story)),
                    "service_date": day.isoformat(),
                    "unit_id": Ref(unit, "unit_id"),
                    **person,
                },
            )
        month = month.plus(1)
