"""Mentors: when one is a volunteer's, and what is counted of what was heard."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain import relieve
from services.registry.mentors.domain import assign, assignment_id, mentors_of
from services.registry.network import PROJECTION
from shared.errors import RefusedError
from shared.events.contract import Event
from shared.ids import derived_id
from tests.registry.given import BEGINS, BOX, ENDS, VOLUNTEER, appointed, only, recorded

MENTOR = UUID("01890000-0000-7000-8000-00000000d001")


def assigned(*days: date) -> list[Event]:
    """The volunteer is given another mentor from each of these days on, in this order."""
    events: list[Event] = []
    for number, day in enumerate(days):
        mentor_id = derived_id(MENTOR, str(number))
        events += assign(appointed(), mentors_of(events), mentor_id=mentor_id, assigned_from=day)
    return events


def rows_of(events: list[Event]) -> list[dict[str, Any]]:
    found = PROJECTION.fold(recorded(events)).puts["mentorings"]
    return sorted(found.values(), key=lambda row: str(row["assigned_from"]))


def test_the_assignments_of_a_volunteer_are_one_stream() -> None:
    assert {event.stream for event in assigned(BEGINS, ENDS)} == {assignment_id(VOLUNTEER)}


@given(st.lists(st.dates(BEGINS, ENDS), min_size=1, max_size=6, unique=True))
def test_a_mentor_is_one_until_the_day_before_the_next_in_whatever_order_they_were_given(days: list[date]) -> None:
    rows = rows_of(assigned(*days))
    ordered = sorted(days)
    assert [row["assigned_from"] for row in rows] == [day.isoformat() for day in ordered]
    assert [row["until"] for row in rows] == [*((day - timedelta(days=1)).isoformat() for day in ordered[1:]), None]
    assert [row["mentor_id"] for row in rows] == [str(derived_id(MENTOR, str(days.index(day)))) for day in ordered]


def test_no_two_begin_on_one_day() -> None:
    with pytest.raises(RefusedError) as refused:
        assigned(BEGINS, ENDS, BEGINS)
    assert refused.value.code == "already_assigned"


@pytest.mark.parametrize("day", [BEGINS - timedelta(days=1), ENDS + timedelta(days=1), date(2012, 1, 1)])
def test_only_who_is_in_service_gets_a_mentor(day: date) -> None:
    relieved = only(relieve(appointed(), date(2012, 1, 1), words=BOX))
    with pytest.raises(RefusedError) as refused:
        assign(relieved, (), mentor_id=MENTOR, assigned_from=day)
    assert refused.value.code == "wrong_state"


def test_the_rows_are_the_same_in_whatever_order_events_arrive() -> None:
    records = recorded(assigned(ENDS, BEGINS, date(2012, 1, 1)))
    folds = [PROJECTION.fold(list(order)).puts["mentorings"] for order in permutations(records)]
    assert all(fold == folds[0] for fold in folds)
