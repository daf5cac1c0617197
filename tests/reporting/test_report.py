"""Rows and hashes of a form."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from services.reporting.forms import Snb2
from services.reporting.report import Line, Shown, View, instant, named, report, report_hash
from shared.buddhist_calendar import Month
from shared.sealed import Unopened
from tests.reporting.given import an_id

LINE = Line(
    assistance_id=an_id(1),
    case_id=an_id(2),
    person_ref=an_id(3),
    person='{"key_ref": "…", "box": "…"}',
    worker_type="informal",
    assistance_type="promote",
    project_name='โครงการ "ก" 😀',
    in_database=True,
    service_date=date(2021, 5, 20),
    recorded_at=datetime(2021, 5, 20, 3, 0, tzinfo=UTC),
    revision=1,
    late=False,
)
GOLDEN = "3a62956c559825d199abee63b3f63fbd6ac6ddf59f23ed585223925b764165f9"  # pragma: allowlist secret


def test_the_hash_of_known_rows_is_the_same_for_ever() -> None:
    assert report_hash([LINE, replace(LINE, case_id=None, worker_type=None)]) == GOLDEN


@pytest.mark.parametrize(
    "other",
    [
        {"assistance_id": an_id(9)},
        {"case_id": None},
        {"person_ref": an_id(9)},
        {"worker_type": "elderly"},
        {"assistance_type": "protect"},
        {"project_name": "โครงการ"},
        {"in_database": False},
        {"service_date": date(2021, 5, 21)},
        {"recorded_at": LINE.recorded_at + timedelta(microseconds=1)},
    ],
)
def test_every_fact_is_in_the_hash(other: dict[str, Any]) -> None:
    assert report_hash([replace(LINE, **other)]) != report_hash([LINE])


def test_the_sealed_block_the_zone_of_a_time_and_what_is_late_are_not_in_the_hash() -> None:
    bangkok = LINE.recorded_at.astimezone(timezone(timedelta(hours=7)))
    assert report_hash([replace(LINE, person="{}", recorded_at=bangkok, revision=2, late=True)]) == report_hash([LINE])


def test_the_order_of_rows_is_in_the_hash() -> None:
    other = replace(LINE, assistance_id=an_id(9))
    assert report_hash([LINE, other]) != report_hash([other, LINE])


def test_instants_have_microseconds_and_z() -> None:
    assert instant(LINE.recorded_at) == "2021-05-20T03:00:00.000000Z"


def test_persons_are_counted_once_and_rows_are_numbered() -> None:
    lines = [LINE, replace(LINE, assistance_id=an_id(4)), replace(LINE, assistance_id=an_id(5), person_ref=an_id(6))]
    shown = Shown(View.LIVE, LINE.recorded_at, 0, None, lines)
    found = report(Snb2("24", Month(2021, 5)), shown, [Unopened.FORGOTTEN] * 3, today=date(2021, 6, 1))
    assert found["persons"] == 2
    assert "จำนวน ๒ คน" in found["title"]
    assert [row["no"] for row in found["rows"]] == [1, 2, 3]
    assert (found["hash"], found["as_of"]) == (report_hash(lines), "2021-05-20T03:00:00.000000Z")


@pytest.mark.parametrize(
    ("person", "name", "number"),
    [
        ({"id_kind": "thai", "citizen_id": "1-9701-00000-01-1", "first_name": "ก", "last_name": "ข"}, "ก ข", "1970100000011"),
        ({"id_kind": "other", "citizen_id": "AB-12 3", "title": "นาย", "first_name": "ก", "last_name": "ข"}, "นายก ข", "AB-12 3"),
        ({"id_kind": "none", "first_name": "ก", "last_name": "ข"}, "ก ข", None),
        (Unopened.FORGOTTEN, "ลบข้อมูลตามคำขอ", None),
        (Unopened.DAMAGED, "ข้อมูลเสียหาย", None),
        (None, "ข้อมูลเสียหาย", None),
    ],
)
def test_a_row_names_a_person_or_says_why_not(person: Any, name: str, number: str | None) -> None:
    assert named(person) == {"name": name, "citizen_id": number}


@pytest.mark.parametrize(
    ("first", "today", "on_time"),
    [
        (None, date(2021, 6, 5), None),
        (None, date(2021, 6, 6), False),
        (datetime(2021, 6, 5, 16, 59, tzinfo=UTC), date(2021, 7, 1), True),
        (datetime(2021, 6, 5, 17, 0, tzinfo=UTC), date(2021, 7, 1), False),
    ],
)
def test_a_form_is_on_time_by_its_first_submission_in_bangkok(first: datetime | None, today: date, on_time: bool | None) -> None:
    shown = Shown(View.LIVE, None, 3, first, [])
    assert report(Snb2("24", Month(2021, 5)), shown, [], today=today)["on_time"] is on_time
