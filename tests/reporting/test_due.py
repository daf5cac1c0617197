"""Due days, and how a form stands on a day."""

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.reporting.due import OFFICIAL, DueDays, end_of, on_time, state
from services.reporting.due_views import known_by
from services.reporting.forms import Snb2, Sp12, Unit
from shared.buddhist_calendar import Month, bangkok_day
from shared.clock import Now
from shared.places import PROVINCES
from shared.settings import Settings
from tests.reporting.given import an_id

DUE = date(2021, 5, 25)
IN_TIME = datetime(2021, 5, 25, 16, 59, 59, 999999, tzinfo=UTC)
TOO_LATE = datetime(2021, 5, 25, 17, 0, tzinfo=UTC)
months = st.builds(Month, st.integers(1950, 2100), st.integers(1, 12))


def test_a_form_submitted_in_the_last_instant_of_the_due_day_in_bangkok_is_on_time() -> None:
    assert on_time(DUE, IN_TIME, DUE) is True
    assert on_time(DUE, TOO_LATE, DUE) is False


def test_a_form_that_is_not_submitted_is_late_only_once_its_day_is_over() -> None:
    assert on_time(DUE, None, DUE) is None
    assert on_time(DUE, None, DUE + timedelta(days=1)) is False


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_a_day_ends_one_instant_before_the_next(day: date) -> None:
    end = end_of(day)
    assert bangkok_day(end) == day
    assert bangkok_day(end + timedelta(microseconds=1)) == day + timedelta(days=1)


@given(months, st.integers(1, 28), st.integers(1, 28))
def test_the_due_days_move_the_forms(month: Month, sp12: int, snb2: int) -> None:
    days = DueDays(sp12, snb2)
    form = Sp12(Unit(an_id(1), "บ้านคลองนิยม", "24"), month, days)
    assert (form.due_on, form.service_dates) == (month.first_day.replace(day=sp12), days.sp12_dates(month))
    assert Snb2("24", month, days).due_on == month.plus(1).first_day.replace(day=snb2)
    assert Snb2("24", month, days).service_dates == (month.first_day, month.last_day)


@pytest.mark.parametrize(
    ("today", "first", "waiting", "expected"),
    [
        (date(2021, 5, 30), None, 3, "not_due"),
        (date(2021, 5, 31), None, 0, "due"),
        (date(2021, 6, 5), None, 3, "due"),
        (date(2021, 6, 6), None, 0, "overdue"),
        (date(2021, 6, 6), TOO_LATE, 0, "submitted"),
        (date(2021, 6, 6), TOO_LATE, 1, "changed_since"),
        (date(2021, 5, 30), TOO_LATE, 0, "submitted"),
    ],
)
def test_a_form_stands_where_its_day_and_its_submission_put_it(
    today: date, first: datetime | None, waiting: int, expected: str
) -> None:
    assert state(date(2021, 5, 31), date(2021, 6, 5), first, rows_waiting=waiting, today=today) == expected


def test_who_was_to_report_is_asked_as_known_at_the_end_of_the_due_day() -> None:
    assert known_by(DUE, Now(TOO_LATE, played=True)) == known_by(DUE, Now(TOO_LATE, played=False)) == IN_TIME
    assert known_by(DUE, Now(TOO_LATE + timedelta(days=900), played=False)) == IN_TIME


def test_before_the_due_day_is_over_it_is_asked_as_known_now() -> None:
    assert known_by(DUE, Now(IN_TIME, played=True)) == IN_TIME
    assert known_by(DUE, Now(IN_TIME - timedelta(days=9), played=True)) == IN_TIME - timedelta(days=9)
    assert known_by(DUE, Now(IN_TIME, played=False)) is None


def given_settings(**changed: Any) -> Settings:
    return Settings(ENV="development", database="dbname=none", pepper=base64.b64encode(b"p" * 32).decode(), **changed)


def test_all_provinces_but_bangkok_are_expected_unless_others_are_set() -> None:
    assert given_settings().expected_provinces == set(PROVINCES) - {"10"}
    assert given_settings(snb2_provinces="10,24").expected_provinces == {"10", "24"}
    assert (given_settings().sp12_due_day, given_settings().snb2_due_day) == (OFFICIAL.sp12, OFFICIAL.snb2) == (25, 5)


@pytest.mark.parametrize(
    "changed",
    [
        {"snb2_provinces": "24,99"},
        {"snb2_provinces": "24, 90"},
        {"snb2_provinces": ""},
        {"sp12_due_day": 0},
        {"sp12_due_day": 29},
        {"snb2_due_day": 31},
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        given_settings(**changed)
