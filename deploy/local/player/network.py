"""The steps of what a story tells of the network around its volunteers: the centre and its committees, mentors, activities,
cards. Mobile service units are in `mobile.py`."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from deploy.local.player.mobile import mobile_unit
from deploy.local.player.network_parts import Activity, Cards, Centre, Committee, Mentor
from deploy.local.player.people import People
from deploy.local.player.steps import (
    ADD_MENTOR,
    APPOINT_COMMITTEE,
    ASSIGN_MENTOR,
    ESTABLISH,
    HAND_OVER,
    OFFICE,
    PRINT_CARDS,
    RECORD_ACTIVITY,
    Ref,
    Step,
    moment,
)
from deploy.local.player.story import Story, StoryError

_MORNING, _NOON, _EVENING = 9 * 60, 12 * 60, 16 * 60 + 15
"""Minutes of the day."""
CENTRE = "centre"


def network(story: Story, areas: Sequence[str], people: People, steps: Sequence[Step]) -> Iterator[Step]:
    """`areas`: the sub-districts that have a volunteer. `steps`: of the needs. Raises StoryError for a volunteer whom the story
    does not appoint."""
    if story.centre is not None:
        yield from _centre(story, story.centre, areas, people)
    for mentor in story.mentors:
        yield from _mentor(story, mentor, areas, people)
    for activity in story.activities:
        yield _activity(story, activity, areas)
    if story.cards is not None:
        yield from _cards(story, story.cards, areas)
    for unit in story.mobile_units:
        yield from mobile_unit(story, unit, people, steps)


def _centre(story: Story, centre: Centre, areas: Sequence[str], people: People) -> Iterator[Step]:
    day = centre.established_on
    body = {"province": story.province, "order_no": centre.order_no, "established_on": day.isoformat()}
    yield Step(key=CENTRE, at=moment(day, _MORNING), action=ESTABLISH, by=OFFICE, body=body)
    for number, committee in enumerate(centre.committees, start=1):
        yield Step(
            key=f"{CENTRE}/committee/{number}",
            at=moment(committee.appointed_on, _NOON),
            action=APPOINT_COMMITTEE,
            by=OFFICE,
            target=Ref(CENTRE, "centre_id"),
            body={
                "order_no": committee.order_no,
                "from": committee.appointed_on.isoformat(),
                "members": list(_seats(story, committee, areas, people)),
            },
        )


def _seats(story: Story, committee: Committee, areas: Sequence[str], people: People) -> Iterator[dict[str, Any]]:
    seats = [("chair", committee.chair), *(("vice_chair", area) for area in committee.vice_chairs)]
    for role, area in [*seats, *(("member", area) for area in committee.members)]:
        yield {"role": role, "volunteer_id": _volunteer_id(story, area, areas)}
    yield {"role": "secretary", **people.officer()}
    for agency in committee.advisers:
        yield {"role": "adviser", "agency": agency.value, **people.officer()}


def _mentor(story: Story, mentor: Mentor, areas: Sequence[str], people: People) -> Iterator[Step]:
    day, key = mentor.assigned_on, f"mentor/{mentor.key}"
    body = {**people.officer(), "agency": mentor.agency.value, "province": story.province}
    yield Step(key=key, at=moment(day, _MORNING), action=ADD_MENTOR, by=OFFICE, body=body)
    for area in _of_districts(story, mentor.districts, areas):
        yield Step(
            key=f"{key}/{area}",
            at=moment(day, _NOON),
            action=ASSIGN_MENTOR,
            by=OFFICE,
            target=_volunteer_id(story, area, areas),
            body={"mentor_id": Ref(key, "mentor_id"), "from": day.isoformat()},
        )


def _activity(story: Story, activity: Activity, areas: Sequence[str]) -> Step:
    told = {"area_code": activity.area_code, "people_reached": activity.people_reached, "note": activity.note}
    return Step(
        key=f"activity/{activity.key}",
        at=moment(activity.held_on, _EVENING),
        action=RECORD_ACTIVITY,
        by=OFFICE,
        body={
            "kind": activity.kind.value,
            "province": story.province,
            "title": activity.title,
            "held_on": activity.held_on.isoformat(),
            "volunteer_ids": [_volunteer_id(story, area, areas) for area in _present(story, activity, areas)],
            **{name: value for name, value in told.items() if value is not None},
        },
    )


def _present(story: Story, activity: Activity, areas: Sequence[str]) -> list[str]:
    if activity.present is None:
        return _of_districts(story, activity.districts, areas)
    invited = _of_districts(story, activity.districts, areas) if activity.districts else [*areas]
    if activity.present > len(invited):
        raise StoryError(f"{story.name}: more volunteers were at {activity.key} than there are")
    return sorted(Random(f"{story.seed}/activity/{activity.key}").sample(invited, activity.present))


def _cards(story: Story, cards: Cards, areas: Sequence[str]) -> Iterator[Step]:
    """All printed at once; each handed over by itself."""
    theirs = _of_districts(story, cards.districts, areas)
    body = {"volunteer_ids": [_volunteer_id(story, area, areas) for area in theirs]}
    yield Step(key="cards", at=moment(cards.printed_on, _MORNING), action=PRINT_CARDS, by=OFFICE, body=body)
    for area in theirs:
        yield Step(
            key=f"cards/{area}",
            at=moment(cards.handed_over_on, _NOON),
            action=HAND_OVER,
            by=OFFICE,
            target=Ref(f"volunteer/{area}", "card_no"),
            body={"on": cards.handed_over_on.isoformat()},
            after=("cards",),
        )


def _of_districts(story: Story, districts: Sequence[str], areas: Sequence[str]) -> list[str]:
    """Raises StoryError for a district without a volunteer."""
    for district in districts:
        if not any(area.startswith(district) for area in areas):
            raise StoryError(f"{story.name}: there is no volunteer in the district {district}")
    return [area for area in areas if area.startswith(tuple(districts))]


def _volunteer_id(story: Story, area: str, areas: Sequence[str]) -> Ref:
    if area not in areas:
        raise StoryError(f"{story.name}: there is no volunteer in {area}")
    return Ref(f"volunteer/{area}", "volunteer_id")
