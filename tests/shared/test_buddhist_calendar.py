"""Months, fiscal years, terms and periods at their edges, and dates as Thai writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import buddhist_calendar as calendar
from shared.buddhist_calendar import Month

days = st.dates(date(1942, 1, 1), date(2390, 12, 31))
months = st.builds(Month, st.integers(1945, 2390), st.integers(1, 12))


def test_the_fiscal_year_turns_on_the_first_of_october_in_bangkok() -> None:
    assert calendar.fiscal_year(date(2021, 9, 30)) == 2564
    assert calendar.fiscal_year(date(2021, 10, 1)) == 2565
    assert calendar.fiscal_year(datetime(2021, 9, 30, 16, 59, 59, tzinfo=UTC)) == 2564
    assert calendar.fiscal_year(datetime(2021, 9, 30, 17, 0, tzinfo=UTC)) == 2565
    assert calendar.fiscal_year_bounds(2564) == (date(2020, 10, 1), date(2021, 9, 30))


@given(days)
def test_a_day_lies_within_its_fiscal_year_and_its_month(day: date) -> None:
    first, last = calendar.fiscal_year_bounds(calendar.fiscal_year(day))
    assert first <= day <= last
    month = Month.of(day)
    assert month.first_day <= day <= month.last_day
    assert month in calendar.fiscal_year_months(calendar.fiscal_year(day))


def test_a_common_era_fiscal_year_is_refused_with_the_right_one() -> None:
    with pytest.raises(ValueError, match="2564, not 2021"):
        calendar.fiscal_year_bounds(2021)


@pytest.mark.parametrize("year", [0, -1, 21, 64, 2943, 25640])
def test_what_is_no_year_is_no_fiscal_year(year: int) -> None:
    with pytest.raises(ValueError, match="Buddhist year"):
        calendar.fiscal_year_bounds(year)


@given(months)
def test_a_month_is_read_back_as_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize(
    "text", ["", "2021", "2021-5", "2021-13", "2021-00", "1900-01", "2021-05-01", " 2021-05", "๒๐๒๑-๐๕", "21-05"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a month is YYYY-MM"):
        Month.parse(text)


def test_a_month_in_a_buddhist_year_is_refused_with_the_year_that_was_meant() -> None:
    with pytest.raises(ValueError, match="2021, not the Buddhist year 2564"):
        Month.parse("2564-05")


def test_months_are_counted_across_the_new_year() -> None:
    assert Month(2021, 1).plus(-1) == Month(2020, 12)
    assert Month(2020, 12).plus(1) == Month(2021, 1)
    assert Month(2021, 5).plus(-17) == Month(2019, 12)
    assert Month(2020, 2).last_day == date(2020, 2, 29)


@given(months, st.integers(-30, 30))
def test_going_on_and_back_leads_home(month: Month, by: int) -> None:
    assert month.plus(by).plus(-by) == month
    assert (month.plus(by) > month) == (by > 0)


def test_a_month_begins_at_seventeen_hours_utc_of_the_day_before() -> None:
    first, end = calendar.month_bounds(Month(2026, 12))
    assert (first, end) == (datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC))
    assert first.tzinfo is UTC


@given(months)
def test_months_follow_each_other_without_gap_or_overlap(month: Month) -> None:
    _, end = calendar.month_bounds(month)
    first, _ = calendar.month_bounds(month.plus(1))
    assert end == first
    assert Month.of(end) == month.plus(1)
    assert Month.of(end - timedelta(microseconds=1)) == month


def test_the_sp12_of_a_month_runs_from_the_26th_to_the_25th() -> None:
    assert calendar.sp12_period(Month(2021, 5)) == (date(2021, 4, 26), date(2021, 5, 25))
    assert calendar.sp12_period(Month(2021, 1)) == (date(2020, 12, 26), date(2021, 1, 25))
    assert calendar.sp12_period(Month(2021, 3), cutoff_day=28) == (date(2021, 3, 1), date(2021, 3, 28))


@given(months, st.integers(1, 28))
def test_sp12_periods_follow_each_other_without_gap_or_overlap(month: Month, cutoff_day: int) -> None:
    _, last = calendar.sp12_period(month, cutoff_day=cutoff_day)
    first, _ = calendar.sp12_period(month.plus(1), cutoff_day=cutoff_day)
    assert first == last + timedelta(days=1)


def test_the_first_month_that_is_taken_has_its_sp12() -> None:
    assert calendar.sp12_period(Month.parse("1941-01")) == (date(1940, 12, 26), date(1941, 1, 25))


@pytest.mark.parametrize("cutoff_day", [0, 29, 31, -1])
def test_a_cut_off_day_is_one_that_every_month_has(cutoff_day: int) -> None:
    with pytest.raises(ValueError, match="every month"):
        calendar.sp12_period(Month(2021, 5), cutoff_day=cutoff_day)


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        calendar.bangkok_day(datetime(2021, 5, 7))  # noqa: DTZ001 — the missing zone is the case


def test_three_years_end_on_the_day_before_the_third_anniversary() -> None:
    assert calendar.term_ends_on(date(2018, 5, 7), years=3) == date(2021, 5, 6)
    assert calendar.term_ends_on(date(2018, 1, 1), years=3) == date(2020, 12, 31)


def test_what_began_on_29_february_runs_to_the_end_of_february() -> None:
    assert calendar.add_years(date(2020, 2, 29), 4) == date(2024, 2, 29)
    assert calendar.add_years(date(2020, 2, 29), 3) == date(2023, 3, 1)
    assert calendar.term_ends_on(date(2020, 2, 29), years=3) == date(2023, 2, 28)


@given(days, st.integers(0, 5))
def test_a_later_day_never_has_an_earlier_anniversary(day: date, years: int) -> None:
    assert calendar.add_years(day, years) <= calendar.add_years(day + timedelta(days=1), years)


def test_dates_are_written_in_thai() -> None:
    assert calendar.thai_date(date(2021, 5, 7)) == "๗ พฤษภาคม ๒๕๖๔"
    assert calendar.thai_date_short(date(2026, 11, 30)) == "๓๐ พ.ย. ๒๕๖๙"
    assert calendar.thai_month(Month(2021, 12)) == "ธันวาคม ๒๕๖๔"
    assert calendar.thai_digits(1234567890) == "๑๒๓๔๕๖๗๘๙๐"
    assert calendar.be_year(datetime(2021, 12, 31, 18, tzinfo=UTC)) == 2565
