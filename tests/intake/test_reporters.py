"""Who may report: volunteers in service and units that are open, on the day of the report."""

from dataclasses import replace
from datetime import date

import pytest

from services.intake.reporters import Reporters, unit_of, volunteer_of
from shared.access import EVERYTHING, Reach
from shared.events.registry import Term
from tests.intake.given import NEED_UNIT, UNIT, VOLUNTEER, relieved, unit, unit_closed, volunteer

SERVING = volunteer(terms=(Term(starts_on=date(2020, 1, 1), ends_on=date(2022, 12, 31)),))


def codes(reporters: Reporters, day: date | None) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in reporters.faults(day)]


@pytest.mark.parametrize(
    ("day", "serves"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2022, 12, 31), True),
        (date(2023, 1, 1), False),
    ],
)
def test_a_volunteer_reports_from_the_first_to_the_last_day_of_the_term(day: date, serves: bool) -> None:
    reporters = Reporters(volunteer_id=VOLUNTEER, volunteer=SERVING)
    assert codes(reporters, day) == ([] if serves else [("/volunteer_id", "unknown_volunteer")])


def test_a_volunteer_reports_nothing_from_the_day_of_relief_on() -> None:
    gone = volunteer_of([SERVING, relieved(SERVING, date(2021, 5, 10))])
    reporters = Reporters(volunteer_id=VOLUNTEER, volunteer=gone)
    assert codes(reporters, date(2021, 5, 9)) == []
    assert codes(reporters, date(2021, 5, 10)) == [("/volunteer_id", "unknown_volunteer")]


def test_a_unit_takes_part_from_its_first_day_until_the_day_it_is_closed() -> None:
    reporters = Reporters(unit_id=UNIT, unit=unit_of([unit(), unit_closed(unit(), date(2021, 6, 1))]))
    assert codes(reporters, date(2021, 5, 6)) == [("/unit_id", "unknown_unit")]
    assert codes(reporters, date(2021, 5, 7)) == []
    assert codes(reporters, date(2021, 5, 31)) == []
    assert codes(reporters, date(2021, 6, 1)) == [("/unit_id", "unknown_unit")]


def test_without_a_day_only_knowing_them_counts() -> None:
    assert codes(Reporters(volunteer_id=VOLUNTEER, unit_id=UNIT, volunteer=SERVING, unit=unit()), None) == []
    assert codes(Reporters(volunteer_id=VOLUNTEER, unit_id=UNIT), None) == [
        ("/volunteer_id", "unknown_volunteer"),
        ("/unit_id", "unknown_unit"),
    ]


def test_the_unit_of_a_need_is_the_one_named_or_the_volunteers() -> None:
    of_unit = volunteer(unit_id=NEED_UNIT)
    assert Reporters(volunteer_id=VOLUNTEER, volunteer=of_unit).unit_of_need == NEED_UNIT
    assert Reporters(volunteer_id=VOLUNTEER, volunteer=of_unit, unit_id=UNIT, unit=unit()).unit_of_need == UNIT
    assert Reporters().unit_of_need is None


def test_a_volunteer_is_no_unit_and_a_unit_no_volunteer() -> None:
    assert volunteer_of([unit()]) is None
    assert unit_of([SERVING]) is None
    assert not Reporters(unit_id=VOLUNTEER, unit=unit_of([SERVING])).complete


@pytest.mark.parametrize(
    ("reach", "known"),
    [
        (EVERYTHING, True),
        (Reach(provinces=frozenset({"24"}), whole=True), True),
        (Reach(provinces=frozenset({"20"}), whole=True), False),
        (Reach(), False),
        (Reach(provinces=frozenset({"20"}), volunteer_id=VOLUNTEER, unit_id=UNIT), True),
        (Reach(provinces=frozenset({"20"}), volunteer_id=UNIT, unit_id=VOLUNTEER), False),
    ],
)
def test_who_is_of_another_province_is_as_unknown_as_nobody_but_to_themselves(reach: Reach, known: bool) -> None:
    named = Reporters(volunteer_id=VOLUNTEER, unit_id=UNIT)
    reporters = replace(named, volunteer=SERVING, unit=unit()).within(reach)
    assert (reporters == named) is not known
    assert reporters.complete is known
