"""Who of a story's people is in the informal-worker database: a share of them, the same every time, and some in every form."""

from collections.abc import Sequence

import pytest

from deploy.local.player import plan
from deploy.local.player.listed import listed
from deploy.local.player.steps import Step
from shared.buddhist_calendar import Month
from shared.citizen_id import is_valid
from tests.stories.given import draw, named, planned, small, story

MONTHS = [Month(2021, number) for number in range(5, 10)]


def numbers(steps: Sequence[Step]) -> list[str]:
    return [step.body["citizen"]["citizen_id"] for step in steps if "citizen" in step.body]


def test_seven_of_ten_people_of_chachoengsao_are_listed() -> None:
    steps = planned("chachoengsao-2564")
    found, everybody = listed(story("chachoengsao-2564"), steps), set(numbers(steps))
    assert set(found) <= everybody
    assert len(found) == len(set(found)) == round(0.7 * len(everybody))
    assert all(is_valid(number) and number[1:3] == "97" for number in found)


def test_the_same_people_are_listed_every_time_and_others_with_another_seed() -> None:
    fields = {"draws": [draw(each=20, eligible=2)], "roster": {"edition": "2563", "share": 0.5}}
    one, other = small(**fields), small(**fields, seed=2)
    assert listed(one, plan(one)) == listed(one, reversed(plan(one)))
    assert len(listed(one, plan(one))) == 20
    assert listed(one, plan(one)) != listed(other, plan(other))


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_every_month_units_help_some_who_are_listed_and_some_who_are_not(month: Month) -> None:
    steps = planned("chachoengsao-2564")
    found = set(listed(story("chachoengsao-2564"), steps))
    ours = [step for step in named(steps, "unit_help") if Month.of(step.at) == month]
    assert {number in found for number in numbers(ours)} == {True, False}


def test_a_story_without_a_roster_lists_nobody() -> None:
    assert listed(story("short"), planned("short")) == []


@pytest.mark.parametrize("roster", [{"edition": "2020", "share": 0.5}, {"edition": "2563", "share": 0}, {"edition": "2563"}])
def test_a_roster_that_cannot_be_is_refused(roster: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="roster"):
        small(roster=roster)
