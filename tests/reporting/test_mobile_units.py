"""Where a mobile service unit is wanted: what moves a place, and that it moves it the right way."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.mobile_units import (
    HELD_DAYS,
    HELD_PERCENT,
    PLANNED_PERCENT,
    OpenNeeds,
    Place,
    PlannedUnit,
    Ranked,
    item,
    rank,
)
from shared.events.codes import Agency, NeedKind
from shared.events.kinds import DEFAULTS
from tests.reporting.given import an_id

TODAY = date(2021, 6, 30)
KINDS = [kind for kind in NeedKind if not kind.tipoff]
PLAN = PlannedUnit(an_id(6), date(2021, 7, 10))
JOBS = OpenNeeds(NeedKind.JOB_DOMESTIC, None, 4, 1, date(2021, 3, 2))
SKILLS = OpenNeeds(NeedKind.SKILL_TRAINING, Agency.PLO, 2, 0, date(2021, 6, 20))


def _open_needs(kind: NeedKind, agency: Agency | None, needs: int, long_waiting: int, days: int) -> OpenNeeds:
    return OpenNeeds(kind, agency, needs, min(needs, long_waiting), TODAY - timedelta(days=days))


def _place(code: str, waiting: list[OpenNeeds], people: int, held: int | None, planned: bool) -> Place:
    held_on = None if held is None else TODAY - timedelta(days=held)
    return Place(code, waiting, min(people, sum(some.needs for some in waiting)), held_on, PLAN if planned else None)


open_needs = st.builds(
    _open_needs,
    st.sampled_from(KINDS),
    st.sampled_from([None, *Agency]),
    st.integers(1, 60),
    st.integers(0, 60),
    st.integers(0, 400),
)
a_place = st.builds(
    _place,
    st.sampled_from(["240401", "240402", "240409", "240101", "240202"]),
    st.lists(open_needs, min_size=1, max_size=6),
    st.integers(1, 360),
    st.none() | st.integers(0, 500),
    st.booleans(),
)


def ranked(place: Place) -> Ranked:
    (one,) = rank([place], TODAY)
    return one


def test_a_place_is_shown_with_what_waits_there_and_why_it_stands_where_it_stands() -> None:
    place = Place("240409", [JOBS, SKILLS], 5, TODAY - timedelta(days=90), PLAN)
    assert item(ranked(place), TODAY) == {
        "area_code": "240409",
        "name": "ตำบลพิมพา",
        "district": "อำเภอบางปะกง",
        "score": 15,
        "open_needs": 6,
        "by_kind": {"job_domestic": 4, "skill_training": 2},
        "agencies": [{"agency": "DOE", "needs": 4}, {"agency": "PLO", "needs": 2}],
        "expected_people": 5,
        "oldest_open_days": 120,
        "days_since_last_unit": 90,
        "planned_unit": {"mobile_unit_id": str(an_id(6)), "planned_on": "2021-07-10"},
        "reasons": [
            {"code": "open_needs", "points": 60, "needs": 6},
            {"code": "people", "points": 25, "people": 5},
            {"code": "long_waiting", "points": 5, "needs": 1, "days": 90},
            {"code": "several_agencies", "points": 10, "agencies": 2},
            {"code": "unit_held", "points": -25, "days_since": 90},
            {"code": "unit_planned", "points": -60, "planned_on": "2021-07-10"},
        ],
    }


def test_a_place_that_is_no_more_is_shown_by_its_code() -> None:
    assert item(ranked(Place("999999", [JOBS], 1)), TODAY)["name"] == "999999"


def test_a_need_that_lies_with_nobody_is_for_the_agency_that_takes_its_kind() -> None:
    with_nobody = [replace(JOBS, kind=kind, needs=1, agency=None) for kind in NeedKind]
    assert Place("240402", with_nobody, 1).agencies == Counter(DEFAULTS[kind].agency for kind in NeedKind)


@given(a_place, open_needs, st.booleans())
def test_another_open_need_never_lowers_a_place(place: Place, more: OpenNeeds, somebody_new: bool) -> None:
    one = replace(more, needs=1, long_waiting=min(1, more.long_waiting))
    after = replace(place, waiting=[*place.waiting, one], people=place.people + somebody_new)
    assert ranked(after).score >= ranked(place).score
    assert ranked(after).place.needs == place.needs + 1


@given(a_place, st.integers(0, 500))
def test_a_unit_that_was_held_never_raises_a_place_and_the_longer_ago_the_less_it_lowers(place: Place, days: int) -> None:
    never = replace(place, last_held_on=None)
    then, the_day_after = (replace(place, last_held_on=TODAY - timedelta(days=ago)) for ago in (days + 1, days))
    assert ranked(the_day_after).score <= ranked(then).score <= ranked(never).score
    if days >= HELD_DAYS:
        assert ranked(the_day_after).score == ranked(never).score


@given(a_place)
def test_a_unit_that_is_planned_lowers_more_than_one_that_was_held(place: Place) -> None:
    plain = replace(place, last_held_on=None, planned=None)
    assert ranked(replace(plain, planned=PLAN)).score <= ranked(replace(plain, last_held_on=TODAY)).score <= ranked(plain).score
    assert HELD_PERCENT < PLANNED_PERCENT < 100


@given(a_place)
def test_a_score_is_the_sum_of_its_reasons_and_never_nothing(place: Place) -> None:
    shown = item(ranked(place), TODAY)
    assert shown["score"] == sum(reason["points"] for reason in shown["reasons"]) > 0
    assert sum(shown["by_kind"].values()) == sum(one["needs"] for one in shown["agencies"]) == shown["open_needs"]


@given(st.lists(a_place, max_size=8))
def test_places_stand_by_score_then_by_code_whatever_order_they_came_in(places: list[Place]) -> None:
    found = rank(places, TODAY)
    orders = [(-one.score, one.place.area_code) for one in found]
    assert orders == sorted(orders)
    assert [one.order for one in rank(places[::-1], TODAY)] == orders
