"""The to-do list of a province: which forms, in which order, how they stand."""

from datetime import UTC, date, datetime

from services.reporting.due import OFFICIAL
from services.reporting.todo import HEADINGS, Duty, todo
from shared.buddhist_calendar import Month
from tests.reporting.given import an_id

SUBMITTED = datetime(2021, 5, 25, 3, 0, tzinfo=UTC)
DUTIES = [
    Duty(None, "", True, None, 0, 4),
    Duty(an_id(2), "ข", True, None, 0, 3),
    Duty(an_id(1), "ก", True, SUBMITTED, 2, 1),
    Duty(an_id(3), "ค", False, SUBMITTED, 1, 0),
]


def test_units_come_by_name_and_then_the_provinces_two_forms() -> None:
    found = todo("24", Month(2021, 5), DUTIES, due_days=OFFICIAL, today=date(2021, 5, 26))
    assert (found["province"], found["month"]) == ("24", "2021-05")
    assert [(item["form"], item["name"], item["state"], item["rows_waiting"]) for item in found["items"]] == [
        ("sp12", "ก", "changed_since", 1),
        ("sp12", "ข", "overdue", 3),
        ("sp12", "ค", "submitted", 0),
        ("snb2", "จังหวัดฉะเชิงเทรา", "not_due", 4),
        ("snb1", "จังหวัดฉะเชิงเทรา", "not_due", 0),
    ]
    assert found["items"][0] == {
        "form": "sp12",
        "unit_id": str(an_id(1)),
        "name": "ก",
        "expected": True,
        "due_on": "2021-05-25",
        "first_submitted_at": "2021-05-25T03:00:00.000000Z",
        "on_time": True,
        "revision": 2,
        "state": "changed_since",
        "rows_waiting": 1,
    }
    assert [item["on_time"] for item in found["items"]] == [True, False, True, None, None]
    assert all(tuple(item) == HEADINGS for item in found["items"])


def test_what_goes_with_a_form_stands_as_that_form_does() -> None:
    own = Duty(None, "", True, datetime(2021, 6, 4, 3, 0, tzinfo=UTC), 1, 2)
    snb2, snb1 = todo("24", Month(2021, 5), [own], due_days=OFFICIAL, today=date(2021, 6, 10))["items"]
    assert (snb2["state"], snb1["state"]) == ("changed_since", "submitted")
    assert snb2["due_on"] == snb1["due_on"] == "2021-06-05"
