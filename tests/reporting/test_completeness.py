"""Completeness, counted: what it adds up to whoever reported and whenever."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.completeness import HEADINGS, Expected, as_rows, completeness
from services.reporting.due import OFFICIAL
from services.reporting.forms import Centre
from shared.buddhist_calendar import Month
from tests.reporting.given import an_id

MAY = Month(2021, 5)
SHOWN = ("10", "24", "90")
ON_TIME, LATE = datetime(2021, 5, 25, 16, 59, tzinfo=UTC), datetime(2021, 5, 25, 17, 0, tzinfo=UTC)
CENTRE = Centre(an_id(9), "ศูนย์ประสานงาน")
FORM = ("expected", "submitted", "on_time")


def counted(
    units: list[Expected], provinces: list[Expected], shown: tuple[str, ...] = SHOWN, named: tuple[str, ...] = SHOWN
) -> dict[str, Any]:
    return completeness(MAY, units, provinces, due_days=OFFICIAL, shown=shown, named=named, centres={"24": CENTRE})


def test_the_answer_has_the_contracts_shape() -> None:
    units = [
        Expected("24", an_id(1), ON_TIME, "ข"),
        Expected("24", an_id(2), LATE, "ก"),
        Expected("24", an_id(3), None, "ค"),
    ]
    listed = [
        {"unit_id": str(an_id(2)), "name": "ก", "submitted": True, "on_time": False},
        {"unit_id": str(an_id(1)), "name": "ข", "submitted": True, "on_time": True},
        {"unit_id": str(an_id(3)), "name": "ค", "submitted": False, "on_time": None},
    ]
    of_centre = {"centre": {"centre_id": str(an_id(9)), "name": "ศูนย์ประสานงาน"}, "units": listed}
    nobodys: dict[str, Any] = {"centre": None, "units": []}
    provinces = [Expected("24", None, datetime(2021, 6, 5, 16, 59, tzinfo=UTC)), Expected("90", None, None)]
    none: dict[str, Any] = {
        "expected": 0,
        "submitted": 0,
        "on_time": 0,
        "submitted_percent": None,
        "on_time_percent": None,
        "missing": [],
    }
    of_24 = {
        "expected": 3, "submitted": 2, "on_time": 1, "submitted_percent": 66, "on_time_percent": 33, "missing": [str(an_id(3))],
    }  # fmt: skip
    all_of_24 = {"expected": 1, "submitted": 1, "on_time": 1, "submitted_percent": 100, "on_time_percent": 100, "missing": []}
    none_of_90 = {"expected": 1, "submitted": 0, "on_time": 0, "submitted_percent": 0, "on_time_percent": 0, "missing": ["90"]}
    assert counted(units, provinces) == {
        "month": "2021-05",
        "sp12": {
            "due_on": "2021-05-25",
            "by_province": [
                {"province": "10", **none, **nobodys},
                {"province": "24", **of_24, **of_centre},
                {"province": "90", **none, **nobodys},
            ],
            "national": of_24,
        },
        "snb2": {
            "due_on": "2021-06-05",
            "by_province": [{"province": "10", **none}, {"province": "24", **all_of_24}, {"province": "90", **none_of_90}],
            "national": {
                **none_of_90,
                "expected": 2,
                "submitted": 1,
                "on_time": 1,
                "submitted_percent": 50,
                "on_time_percent": 50,
            },
            "missing": ["90"],
        },
    }


def test_the_nation_is_all_of_it_whatever_is_shown() -> None:
    units = [Expected("24", an_id(1), ON_TIME), Expected("90", an_id(2), None)]
    found = counted(units, [], shown=("24",))
    assert [row["province"] for row in found["sp12"]["by_province"]] == ["24"]
    assert found["sp12"]["national"]["expected"] == 2
    assert found["sp12"]["national"]["missing"] == [str(an_id(2))]


def test_who_is_missing_is_named_of_those_provinces_alone_that_may_be_seen() -> None:
    units = [Expected("24", an_id(1), None), Expected("90", an_id(2), None)]
    provinces = [Expected("24", None, None), Expected("90", None, None)]
    found = counted(units, provinces, shown=("24",), named=("24",))
    assert [found[form]["national"]["expected"] for form in ("sp12", "snb2")] == [2, 2]
    assert found["sp12"]["national"]["missing"] == [str(an_id(1))]
    assert (found["snb2"]["national"]["missing"], found["snb2"]["missing"]) == (["24"], ["24"])
    unseen = counted(units, provinces, shown=("24", "90"), named=("24",))
    assert [len(row["units"]) for row in unseen["sp12"]["by_province"]] == [1, 0]


def test_the_table_has_a_row_for_each_province_and_the_nation_of_each_form() -> None:
    rows = as_rows(counted([Expected("24", an_id(2), None), Expected("24", an_id(1), None)], []))
    assert [(row["form"], row.get("province")) for row in rows] == [
        (form, province) for form in ("sp12", "snb2") for province in (*SHOWN, None)
    ]
    assert rows[1]["missing"] == f"{an_id(1)} {an_id(2)}"
    assert all(set(row) <= set(HEADINGS) for row in rows)
    assert [row["centre"] for row in rows] == [None, "ศูนย์ประสานงาน", *[None] * 6]


moments = st.none() | st.integers(-40_000, 40_000).map(lambda minutes: LATE + timedelta(minutes=minutes))
forms = st.lists(st.tuples(st.sampled_from(SHOWN), moments), max_size=40)


@given(forms, forms)
def test_rates_never_exceed_the_whole_and_everything_adds_up(
    units: list[tuple[str, datetime | None]], provinces: list[tuple[str, datetime | None]]
) -> None:
    found = counted(
        [Expected(province, an_id(number), at) for number, (province, at) in enumerate(units)],
        [Expected(province, None, at) for province, at in provinces],
    )
    for form in (found["sp12"], found["snb2"]):
        for row in (*form["by_province"], form["national"]):
            assert 0 <= row["on_time"] <= row["submitted"] <= row["expected"]
            assert row["submitted"] + len(row["missing"]) == row["expected"]
            percents = [row["submitted_percent"], row["on_time_percent"]]
            assert percents == [None, None] if not row["expected"] else all(0 <= percent <= 100 for percent in percents)
            assert (row["submitted_percent"] == 100) == (bool(row["expected"]) and not row["missing"])
        for name in FORM:
            assert sum(row[name] for row in form["by_province"]) == form["national"][name]
        assert Counter(name for row in form["by_province"] for name in row["missing"]) == Counter(form["national"]["missing"])


@given(forms)
def test_a_later_submission_by_somebody_else_changes_nobodys_row(units: list[tuple[str, datetime | None]]) -> None:
    expected = [Expected(province, an_id(number), at) for number, (province, at) in enumerate(units)]
    before = counted(expected, [])
    after = counted([*expected, Expected("90", UUID(int=1), LATE)], [])
    assert before["sp12"]["by_province"][:2] == after["sp12"]["by_province"][:2]
    assert after["sp12"]["national"]["on_time"] == before["sp12"]["national"]["on_time"]
