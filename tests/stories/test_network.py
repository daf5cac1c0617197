"""What stories tell of the network around their volunteers, step by step."""

from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from deploy.local.player import Story, StoryError, plan
from deploy.local.player.calling import Services
from deploy.local.player.performing import Performance
from deploy.local.player.steps import ON_FORMS, Ref
from shared.buddhist_calendar import bangkok_day
from shared.places import subdistricts_of
from tests.stories.fake_services import STACK, FakeServices
from tests.stories.given import draw, named, planned, small, target

COMMITTEE = {"order_no": "รย ๒", "appointed_on": date(2023, 6, 2), "chair": "210101", "advisers": ["PLO", "SSO"]}
CENTRE = {"order_no": "รย ๑", "established_on": date(2023, 6, 1), "committees": [COMMITTEE]}
MENTOR = {"key": "one", "agency": "PLO", "assigned_on": date(2023, 6, 5), "districts": ["2101"]}
ACTIVITY = {"key": "training", "kind": "training", "title": "อบรม", "held_on": date(2023, 6, 7)}
CARDS = {"printed_on": date(2023, 6, 5), "handed_over_on": date(2023, 6, 7), "districts": ["2101"]}
MOBILE_UNIT: dict[str, Any] = {
    "key": "fair",
    "decided_on": date(2023, 6, 14),
    "area_code": "210101",
    "planned_on": date(2023, 6, 28),
    "project_name": "หน่วยเคลื่อนที่",
    "agencies": ["DOE", "DSD"],
    "kinds": ["job_domestic", "skill_training"],
    "expected_people": 10,
    "held_on": date(2023, 6, 28),
    "people_served": 8,
    "satisfaction": {"4": 3, "5": 4},
    "helped": 4,
}


def told(**changes: Any) -> Story:
    fields = {"centre": CENTRE, "mentors": [MENTOR], "activities": [ACTIVITY], "cards": CARDS, "mobile_units": [MOBILE_UNIT]}
    return small(**fields | changes)


def test_a_committee_has_volunteers_a_secretary_and_advisers_of_agencies() -> None:
    steps = plan(told())
    established, committee = named(steps, "establish")[0], named(steps, "appoint_committee")[0]
    assert established.body == {"province": "21", "order_no": "รย ๑", "established_on": "2023-06-01"}
    assert target(committee) == Ref("centre", "centre_id")
    chair, secretary, *advisers = committee.body["members"]
    assert chair == {"role": "chair", "volunteer_id": Ref("volunteer/210101", "volunteer_id")}
    assert (secretary["role"], "agency" in secretary) == ("secretary", False)
    assert [(one["role"], one["agency"]) for one in advisers] == [("adviser", "PLO"), ("adviser", "SSO")]
    assert all(one["first_name"] and one["last_name"] for one in (secretary, *advisers))


def test_a_mentor_gets_the_volunteers_of_the_districts() -> None:
    steps = plan(told())
    assigned = named(steps, "assign_mentor")
    assert [target(step).step for step in assigned] == ["volunteer/210101", "volunteer/210102"]
    assert {step.body["mentor_id"] for step in assigned} == {Ref("mentor/one", "mentor_id")}


@pytest.mark.parametrize(("changes", "present"), [({}, 0), ({"present": 1}, 1), ({"districts": ["2101"]}, 2)])
def test_at_an_activity_are_so_many_volunteers(changes: dict[str, Any], present: int) -> None:
    activity = named(plan(told(activities=[ACTIVITY | changes])), "record_activity")[0]
    assert len(set(activity.body["volunteer_ids"])) == present


def test_cards_are_handed_over_when_they_are_printed() -> None:
    steps = plan(told())
    printed, given = named(steps, "print_cards")[0], named(steps, "hand_over")
    assert len(printed.body["volunteer_ids"]) == len(given) == 2
    assert all(printed.key in step.needs for step in given)
    assert [target(step).field for step in given] == ["card_no"] * 2


def test_a_mobile_unit_is_looked_for_planned_held_and_helps_under_its_own_name() -> None:
    steps = plan(told())
    names = ("suggest", "plan_mobile_unit", "hold_mobile_unit")
    suggested, planned_, held = (named(steps, name)[0] for name in names)
    assert [bangkok_day(step.at).day for step in (suggested, planned_, held)] == [14, 14, 28]
    assert suggested.key in planned_.needs
    assert (planned_.body["planned_on"], held.body["held_on"]) == ("2023-06-28", "2023-06-28")
    helps = named(steps, "mobile_help")
    assert {step.body["mobile_unit_id"] for step in helps} == {Ref(planned_.key, "mobile_unit_id")}
    assert len({step.body["citizen"]["citizen_id"] for step in helps}) == 4
    assert all(held.key in step.needs and step.action in ON_FORMS for step in helps)


def test_a_mobile_unit_helps_some_whose_need_waits_there() -> None:
    waiting = draw(each=6, eligible=12, accepted=12, last_day=date(2023, 6, 8))
    steps = plan(told(draws=[waiting]))
    needs = {step.body["citizen"]["citizen_id"]: step for step in named(steps, "report")}
    known = [needs[number] for step in named(steps, "mobile_help") if (number := step.body["citizen"]["citizen_id"]) in needs]
    assert [need.body["area_code"] for need in known] == ["210101"] * 2
    assert len(known) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"centre": CENTRE | {"committees": [COMMITTEE | {"chair": "210103"}]}},
        {"mentors": [MENTOR | {"districts": ["2199"]}]},
        {"mentors": [MENTOR, MENTOR]},
        {"activities": [ACTIVITY | {"present": 3}]},
        {"cards": CARDS | {"handed_over_on": date(2023, 6, 4)}},
        {"cards": CARDS | {"printed_on": date(2023, 5, 31)}},
    ],
)
def test_a_network_that_does_not_hang_together_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(StoryError):
        plan(told(**changes))


@pytest.mark.parametrize(("field", "value"), [("helped", 9), ("decided_on", date(2023, 6, 29)), ("satisfaction", {"6": 1})])
def test_a_mobile_unit_that_does_not_add_up_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match="mobile_units"):
        told(mobile_units=[MOBILE_UNIT | {field: value}])


def test_chachoengsao_has_its_centre_mentors_for_all_two_activities_and_a_mobile_unit() -> None:
    steps = planned("chachoengsao-2564")
    assert named(steps, "establish")[0].body["established_on"] == "2021-01-29"
    roles = [seat["role"] for seat in named(steps, "appoint_committee")[0].body["members"]]
    assert (roles.count("chair"), roles.count("vice_chair"), roles.count("adviser")) == (1, 2, 5)
    assert len(named(steps, "add_mentor")) == 3
    looked_after = [target(step).step for step in named(steps, "assign_mentor")]
    assert sorted(looked_after) == [f"volunteer/{area}" for area in subdistricts_of("24")]
    assert [step.body["kind"] for step in named(steps, "record_activity")] == ["training", "meeting"]
    assert len(named(steps, "mobile_help")) == 6


async def test_where_a_mobile_unit_is_wanted_is_asked_when_reporting_has_taken_in_what_came_before() -> None:
    asked: list[str] = []

    def look(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and request.url.host == "reporting.test":
            asked.append(request.url.path)
            if request.url.path == "/position":
                return httpx.Response(200, json={"caught_up": len(asked) > 2})
        return None

    steps, fake = plan(told(draws=[draw(each=3)])), FakeServices(before=look)
    async with fake.client() as client:
        played = Performance(story="small", province="21", services=Services(client, STACK))
        await played.perform(steps, lambda step: None)
    assert asked == ["/position"] * 3 + ["/mobile-units/suggestions"]
    assert Counter(key.removeprefix("small/") for _, key in fake.done) == Counter(step.key for step in steps if step.action.write)
    before = [step.key for step in steps if step.action.name == "report" and step.at.day < 14]
    assert set(before) <= named(steps, "suggest")[0].needs
