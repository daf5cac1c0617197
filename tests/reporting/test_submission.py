"""Whether a form may be submitted, and what is frozen of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.reporting.forms import Form, Snb2, Sp12, Unit, report_id
from services.reporting.report import Line, report_hash
from services.reporting.submission import ROWS_PER_EVENT, last_submission, moment_after, submit
from shared.buddhist_calendar import Month
from shared.errors import RefusedError
from shared.events.codes import ReportForm
from tests.reporting.given import an_id
from tests.reporting.test_report import LINE

MAY = Month(2021, 5)
FORM = Sp12(Unit(an_id(1), "บ้านคลองนิยม", "24"), MAY)
LAST_DAY = datetime(2021, 5, 25, 3, 0, tzinfo=UTC)


def lines(count: int) -> list[Line]:
    return [replace(LINE, assistance_id=an_id(100 + number), person_ref=an_id(number // 2)) for number in range(count)]


def test_a_submission_says_what_stood_on_the_form_and_names_nobody() -> None:
    (event,) = submit(FORM, None, lines(3), LAST_DAY)
    assert (event.form, event.period, event.province, event.unit_id) == (ReportForm.SP12, "2021-05", "24", an_id(1))
    assert (event.revision, event.row_count, event.persons, event.hash) == (1, 3, 2, report_hash(lines(3)))
    assert [(row.assistance_id, row.revision) for row in event.frozen] == [(an_id(100 + number), 1) for number in range(3)]
    assert event.submitted_at == event.first_submitted_at == LAST_DAY
    assert "box" not in event.to_json().decode()


def test_a_form_without_rows_is_a_nil_report() -> None:
    (event,) = submit(FORM, None, [], LAST_DAY)
    assert (event.row_count, event.persons, event.frozen) == (0, 0, ())


@pytest.mark.parametrize(
    ("form", "too_early", "first_moment"),
    [
        (FORM, datetime(2021, 5, 24, 16, 59, 59, tzinfo=UTC), datetime(2021, 5, 24, 17, 0, tzinfo=UTC)),
        (Snb2("24", MAY), datetime(2021, 5, 30, 16, 59, 59, tzinfo=UTC), datetime(2021, 5, 30, 17, 0, tzinfo=UTC)),
    ],
)
def test_a_form_is_submitted_from_the_last_day_of_its_period_in_bangkok_on(
    form: Form, too_early: datetime, first_moment: datetime
) -> None:
    with pytest.raises(RefusedError) as refused:
        submit(form, None, [], too_early)
    assert (refused.value.code, refused.value.status) == ("period_open", 409)
    assert submit(form, None, [], first_moment)


def test_the_same_rows_again_are_refused_and_changed_ones_are_the_next_revision() -> None:
    (first,) = submit(FORM, None, lines(2), LAST_DAY)
    with pytest.raises(RefusedError) as refused:
        submit(FORM, first, lines(2), LAST_DAY + timedelta(days=1))
    assert refused.value.code == "nothing_changed"
    later = LAST_DAY + timedelta(days=3)
    (second,) = submit(FORM, first, lines(3), later)
    assert (second.revision, second.submitted_at, second.first_submitted_at) == (2, later, LAST_DAY)
    (third,) = submit(FORM, second, lines(2), later)
    assert third.revision == 3


def test_many_rows_are_told_in_parts_that_together_are_the_form() -> None:
    given = lines(2 * ROWS_PER_EVENT + 1)
    parts = submit(FORM, None, given, LAST_DAY)
    assert [(part.part, part.parts, len(part.frozen)) for part in parts] == [(1, 3, 5000), (2, 3, 5000), (3, 3, 1)]
    assert [row.assistance_id for part in parts for row in part.frozen] == [line.assistance_id for line in given]
    assert {(part.revision, part.hash, part.row_count) for part in parts} == {(1, report_hash(given), len(given))}
    assert max(len(part.to_json()) for part in parts) < 512 * 1024
    assert last_submission(parts) == parts[-1]


def test_a_submission_is_later_than_the_one_before_also_when_a_played_time_goes_back() -> None:
    (first,) = submit(FORM, None, [], LAST_DAY)
    assert moment_after(None, LAST_DAY) == LAST_DAY
    assert moment_after(first, LAST_DAY - timedelta(days=1)) == LAST_DAY + timedelta(microseconds=1)
    assert moment_after(first, LAST_DAY + timedelta(days=1)) == LAST_DAY + timedelta(days=1)


def test_each_form_place_and_month_has_a_stream_of_its_own() -> None:
    forms: list[Any] = [
        FORM,
        Sp12(Unit(an_id(2), "อื่น", "24"), MAY),
        Sp12(FORM.unit, Month(2021, 6)),
        Snb2("24", MAY),
        Snb2("20", MAY),
    ]
    assert len({report_id(form) for form in forms}) == len(forms)
    assert report_id(FORM) == report_id(Sp12(Unit(an_id(1), "เปลี่ยนชื่อ", "24"), MAY))
