"""Whose needs a caller may touch, and as whom he may report."""

from typing import Any

import pytest

from services.intake.reach import reaches, reporting, seen
from shared.access import EVERYTHING, Reach
from shared.errors import NotFoundError
from shared.store import Stream
from tests.intake.given import CASE, NEED_UNIT, ORIGINAL, UNIT, VOLUNTEER, as_recorded, need

HOME = frozenset({"24"})
HIMSELF = Reach(provinces=HOME, volunteer_id=VOLUNTEER)
HIS_UNIT = Reach(provinces=HOME, unit_id=UNIT)
OFFICE = Reach(provinces=HOME, whole=True)
HERE, ELSEWHERE = {"area_code": "240409"}, {"area_code": "200101"}
THEM = {"volunteer_id": str(ORIGINAL), "unit_id": str(NEED_UNIT)}


def test_a_need_is_its_volunteers_its_units_and_its_provinces() -> None:
    ours = need(volunteer_id=VOLUNTEER, unit_id=UNIT)
    theirs = need(volunteer_id=ORIGINAL, unit_id=NEED_UNIT)
    nobodys = need()
    for reach, expected in (
        (HIMSELF, [True, False, False]),
        (HIS_UNIT, [True, False, False]),
        (OFFICE, [True, True, True]),
        (EVERYTHING, [True, True, True]),
        (Reach(provinces=HOME), [False, False, False]),
        (Reach(provinces=frozenset({"20"}), whole=True, volunteer_id=VOLUNTEER, unit_id=UNIT), [False, False, False]),
    ):
        assert [reaches(reach, one) for one in (ours, theirs, nobodys)] == expected


def test_the_first_of_duplicates_is_named_to_those_who_may_touch_it() -> None:
    original = Stream(CASE, "intake", tuple(as_recorded([need(volunteer_id=VOLUNTEER)])))
    assert seen(HIMSELF, original) == seen(OFFICE, original) == CASE
    assert seen(HIS_UNIT, original) is None
    assert seen(OFFICE, None) is None
    assert seen(EVERYTHING, Stream(CASE, "intake", ())) is None


@pytest.mark.parametrize(
    ("reach", "named", "found"),
    [
        (HIMSELF, {}, (VOLUNTEER, None)),
        (HIMSELF, {"volunteer_id": None, "unit_id": None}, (VOLUNTEER, None)),
        (HIMSELF, {"volunteer_id": str(VOLUNTEER)}, (VOLUNTEER, None)),
        (HIMSELF, {"unit_id": str(NEED_UNIT)}, (VOLUNTEER, NEED_UNIT)),
        (HIMSELF, {"volunteer_id": "me"}, (VOLUNTEER, None)),  # its shape is a fault of the body
        (HIS_UNIT, {}, (None, UNIT)),
        (HIS_UNIT, {"volunteer_id": str(ORIGINAL)}, (ORIGINAL, UNIT)),
        (OFFICE, {}, (None, None)),
        (OFFICE, THEM, (ORIGINAL, NEED_UNIT)),
    ],
)
def test_who_may_report_as_one_alone_reports_as_that_one(reach: Reach, named: dict[str, Any], found: tuple[Any, Any]) -> None:
    for place in (HERE, {}, {"area_code": "249999"}):
        assert reporting(reach, place | named) == found


@pytest.mark.parametrize(
    ("reach", "named"),
    [
        (HIMSELF, {"volunteer_id": str(ORIGINAL)}),
        (HIS_UNIT, {"unit_id": str(NEED_UNIT)}),
        (Reach(provinces=HOME), {}),
        (Reach(provinces=HOME), THEM),
    ],
)
def test_as_others_nobody_reports_wherever_it_is_said_to_be(reach: Reach, named: dict[str, Any]) -> None:
    for place in (HERE, ELSEWHERE, {}, {"area_code": "249999"}, {"area_code": 240409}):
        with pytest.raises(NotFoundError):
            reporting(reach, place | named)


@pytest.mark.parametrize("reach", [HIMSELF, HIS_UNIT, OFFICE])
def test_nobody_reports_of_another_province(reach: Reach) -> None:
    for named in ({}, {"volunteer_id": str(VOLUNTEER)}, {"unit_id": str(UNIT)}):
        with pytest.raises(NotFoundError):
            reporting(reach, ELSEWHERE | named)
