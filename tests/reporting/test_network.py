"""The page of figures of a province's network, counted from who serves."""

import statistics
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.network import Held, Network, Serving, Units, network, quartiles
from shared.places import districts_of, subdistricts_of
from tests.reporting.given import an_id

DAY = date(2021, 9, 30)
LONG_AGO = date(2015, 1, 1)
NOBODY = Network([], {}, {})


def serving(number: int, **changed: object) -> Serving:
    facts = {"level": "subdistrict", "area_code": "240409", "appointed_on": LONG_AGO, **changed}
    return Serving(an_id(number), **facts)  # type: ignore[arg-type]  # the changed fields are those of the class


def test_a_province_without_anything_has_every_figure_at_nothing() -> None:
    found = network("24", 2564, DAY, NOBODY)
    districts = districts_of("24")
    assert found == {
        "province": "24",
        "fiscal_year": 2564,
        "as_of": "2021-09-30",
        "centre": None,
        "volunteers": {
            "total": 0,
            "by_level": {"village": 0, "subdistrict": 0, "municipality": 0, "district": 0},
            "by_tenure": {"under_1_year": 0, "1_to_3_years": 0, "over_3_years": 0},
        },
        "coverage": {
            "subdistricts_total": len(subdistricts_of("24")),
            "subdistricts_covered": 0,
            "districts_total": len(districts),
            "districts_without_any": [*districts],
        },
        "activities": {
            "by_kind": {
                kind: {"held": 0, "people_reached": 0, "attendances": 0} for kind in ("training", "meeting", "publicity", "visit")
            },
            "volunteers_without_any": 0,
        },
        "progress": {
            "target": 30,
            "volunteers": 0,
            "reported_total": 0,
            "quartiles": {"min": None, "q1": None, "median": None, "q3": None, "max": None},
            "reached_target": 0,
        },
        "quiet": {"days": 90, "volunteers": 0, "volunteer_ids": []},
        "mentors": {"total": 0, "volunteers_without_any": 0},
        "cards": {"requested": 0, "printed": 0, "handed_over": 0, "lost": 0, "returned": 0, "without_any": 0},
        "mobile_units": {"planned": 0, "held": 0, "cancelled": 0, "people_served": 0, "satisfaction_average": None},
    }


@pytest.mark.parametrize(
    ("appointed_on", "tenure"),
    [
        (DAY, "under_1_year"),
        (date(2020, 10, 1), "under_1_year"),
        (date(2020, 9, 30), "1_to_3_years"),
        (date(2018, 10, 1), "1_to_3_years"),
        (date(2018, 9, 30), "over_3_years"),
    ],
)
def test_tenure_goes_up_on_the_anniversary(appointed_on: date, tenure: str) -> None:
    found = network("24", 2564, DAY, Network([serving(1, appointed_on=appointed_on)], {}, {}))["volunteers"]["by_tenure"]
    assert [name for name, volunteers in found.items() if volunteers] == [tenure]


def test_a_subdistrict_is_covered_by_its_own_level_and_a_district_by_any() -> None:
    people = [
        serving(1),
        serving(2),
        serving(3, level="village", area_code="240101"),
        serving(4, level="district", area_code="2402"),
    ]
    found = network("24", 2564, DAY, Network(people, {}, {}))
    assert found["volunteers"]["by_level"] == {"village": 1, "subdistrict": 2, "municipality": 0, "district": 1}
    assert found["coverage"]["subdistricts_covered"] == 1
    assert found["coverage"]["districts_without_any"] == [
        code for code in districts_of("24") if code not in ("2401", "2402", "2404")
    ]


def test_only_subdistrict_volunteers_are_measured_against_thirty() -> None:
    people = [serving(1, reported=30), serving(2, reported=29), serving(3, level="village", area_code="240101", reported=500)]
    found = network("24", 2564, DAY, Network(people, {}, {}))["progress"]
    assert (found["volunteers"], found["reported_total"], found["reached_target"]) == (2, 59, 1)
    assert found["quartiles"] == {"min": 29, "q1": 29.25, "median": 29.5, "q3": 29.75, "max": 30}


def test_who_has_said_nothing_for_ninety_days_is_quiet_and_newcomers_are_not() -> None:
    since = DAY - timedelta(days=90)
    people = [
        serving(1, last_report_on=since),
        serving(2, last_report_on=since + timedelta(days=1)),
        serving(3),
        serving(4, appointed_on=since + timedelta(days=1)),
        serving(5, last_report_on=since - timedelta(days=300)),
        serving(6, appointed_on=since),
    ]
    found = network("24", 2564, DAY, Network(people, {}, {}))["quiet"]
    assert found == {"days": 90, "volunteers": 4, "volunteer_ids": [str(an_id(number)) for number in (3, 6, 5, 1)]}


def test_what_was_held_is_summed_by_kind_and_state() -> None:
    people = [serving(1, attended=True, mentored=True, card="printed"), serving(2, card="lost"), serving(3)]
    told = Network(
        people,
        {"training": Held(2, 80, 3)},
        {"planned": Units(2), "held": Units(3, 90, 7, 30), "cancelled": Units(1, 5, 5, 5)},
        mentors=4,
    )
    found = network("24", 2564, DAY, told)
    assert found["activities"]["by_kind"]["training"] == {"held": 2, "people_reached": 80, "attendances": 3}
    assert (found["activities"]["volunteers_without_any"], found["mentors"]) == (2, {"total": 4, "volunteers_without_any": 2})
    assert {state: n for state, n in found["cards"].items() if n} == {"printed": 1, "lost": 1, "without_any": 1}
    assert found["mobile_units"] == {
        "planned": 2,
        "held": 3,
        "cancelled": 1,
        "people_served": 90,
        "satisfaction_average": 4.29,
    }


@given(st.lists(st.integers(0, 500), min_size=2, max_size=200))
def test_quartiles_are_those_of_the_standard_library(values: list[int]) -> None:
    found = quartiles(values)
    middle = statistics.quantiles(values, n=4, method="inclusive")
    assert [found[name] for name in ("q1", "median", "q3")] == middle
    assert (found["min"], found["max"]) == (min(values), max(values))


@given(st.integers(0, 500))
def test_quartiles_of_one_are_that_one(value: int) -> None:
    assert set(quartiles([value]).values()) == {value}
