"""Card numbers, places of a level, days ahead."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.rules import card_no, is_area, too_far_ahead
from shared.events.codes import Level

TODAY = date(2026, 11, 21)


@given(st.uuids(), st.dates(date(1941, 1, 1), date(2200, 1, 1)))
def test_a_card_number_names_province_and_buddhist_year(volunteer_id: UUID, day: date) -> None:
    assert re.fullmatch(rf"20-{day.year + 543}-[0-9A-HJKMNP-TV-Z]{{6}}", card_no(volunteer_id, "20", day))


def test_a_card_number_is_the_same_for_the_same_volunteer() -> None:
    volunteer_id = UUID(int=0x7F3)
    assert card_no(volunteer_id, "20", date(2011, 10, 1)) == "20-2554-0001ZK"


def test_a_day_may_lie_ninety_days_ahead() -> None:
    assert not too_far_ahead(TODAY + timedelta(days=90), TODAY)
    assert too_far_ahead(TODAY + timedelta(days=91), TODAY)


@pytest.mark.parametrize(
    ("level", "area_code", "is_one"),
    [
        (Level.SUBDISTRICT, "200101", True),
        (Level.VILLAGE, "200101", True),
        (Level.MUNICIPALITY, "200101", True),
        (Level.DISTRICT, "2001", True),
        (Level.DISTRICT, "200101", False),
        (Level.SUBDISTRICT, "2001", False),
        (Level.SUBDISTRICT, "209999", False),
        (Level.SUBDISTRICT, "20", False),
        (Level.SUBDISTRICT, "๒๐๐๑๐๑", False),
        (Level.DISTRICT, "2099", False),
        (None, "2001", True),
        (None, "200101", True),
        (None, "20", False),
    ],
)
def test_a_district_has_four_digits_and_all_other_areas_six(level: Level | None, area_code: str, is_one: bool) -> None:
    assert is_area(level, area_code) is is_one
