"""From a story to all of its steps, in the order of their time: pure, and the same for the same story."""

from collections.abc import Iterator
from random import Random

from deploy.local.player.drawing import Reporter, drawn
from deploy.local.player.network import network
from deploy.local.player.people import People
from deploy.local.player.steps import APPOINT, OFFICE, OPEN_UNIT, SET_TARGET, Step, moment
from deploy.local.player.story import Draw, Story, StoryError, Target, Unit
from deploy.local.player.submitting import submissions
from deploy.local.player.telling import told
from deploy.local.player.unit_help import unit_helps
from shared.buddhist_calendar import fiscal_year_bounds
from shared.places import subdistricts_of

_BEGINS = 8 * 60


def plan(story: Story) -> list[Step]:
    """Raises StoryError when the story does not hang together."""
    year = fiscal_year_bounds(story.fiscal_year)[1].year
    people = People(Random(f"{story.seed}/people"), story.office, year)
    areas = subdistricts_of(story.province)[: story.volunteers.count]
    if not areas:
        raise StoryError(f"{story.name}: there is no province {story.province}")
    steps = [_appoint(story, area, people) for area in areas]
    steps += [_open(unit) for unit in story.units]
    steps += [_set(story, number, target) for number, target in enumerate(story.targets)]
    steps += _of_people(story, areas, people)
    steps += network(story, areas, people, steps)
    steps += submissions(story, steps)
    steps.sort(key=lambda step: step.at)
    _check(story, steps)
    return steps


def _of_people(story: Story, areas: tuple[str, ...], people: People) -> Iterator[Step]:
    for draw in story.draws:
        yield from drawn(story, draw, _reporters(story, draw, areas), people)
    for given in story.unit_help:
        story.unit(given.unit)
        yield from unit_helps(story, given, people)
    for case in story.cases:
        yield from told(story, case, people)


def _appoint(story: Story, area_code: str, people: People) -> Step:
    day = story.volunteers.appointed_on
    body = {
        **people.volunteer(),
        "level": "subdistrict",
        "area_code": area_code,
        "appointed_on": day.isoformat(),
        "order_no": story.volunteers.order_no,
    }
    return Step(key=f"volunteer/{area_code}", at=moment(day, _BEGINS), action=APPOINT, by=OFFICE, body=body)


def _open(unit: Unit) -> Step:
    body = {
        "name": unit.name,
        "area_code": unit.area_code,
        "village_no": unit.village_no,
        "opened_on": unit.opened_on.isoformat(),
    }
    return Step(key=f"unit/{unit.key}", at=moment(unit.opened_on, _BEGINS), action=OPEN_UNIT, by=OFFICE, body=body)


def _set(story: Story, number: int, target: Target) -> Step:
    body = {
        "province": story.province,
        "fiscal_year": story.fiscal_year,
        "project_name": target.project_name,
        "target": target.target,
    }
    begins = moment(fiscal_year_bounds(story.fiscal_year)[0], _BEGINS)
    return Step(key=f"target/{number:03}", at=begins, action=SET_TARGET, by=OFFICE, body=body)


def _reporters(story: Story, draw: Draw, areas: tuple[str, ...]) -> list[Reporter]:
    if draw.unit is not None:
        unit = story.unit(draw.unit)
        return [Reporter(f"unit/{unit.key}", "unit_id", unit.area_code, unit.village_no)] * (draw.count or 0)
    return [Reporter(f"volunteer/{area}", "volunteer_id", area, None) for area in areas for _ in range(draw.each or 0)]


def _check(story: Story, steps: list[Step]) -> None:
    """Every step has a name of its own and comes after all that it needs; so they can be sent in this order."""
    done: set[str] = set()
    for step in steps:
        if step.key in done:
            raise StoryError(f"{story.name}: two steps are called {step.key}")
        missing = step.needs - done
        if missing:
            raise StoryError(f"{story.name}: {step.key} needs {min(missing)}, which does not come before it")
        done.add(step.key)
