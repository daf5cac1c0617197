"""Activities: what is decided about them, what a request may not say, and which rows they leave."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.registry.activities import bodies, domain
from services.registry.activities.domain import Facts, activity_of, hold, not_serving, void
from services.registry.activities.projection import ACTIVITIES, ATTENDANCE
from services.registry.domain import relieve
from services.registry.network import PROJECTION
from shared.errors import RefusedError
from shared.events.codes import ActivityKind
from shared.events.network import ActivityHeld, ActivityVoided
from shared.sealed import Sealed
from tests.registry.given import BOX, ENDS, VOLUNTEER, appointed, only, opened, recorded

ACTIVITY = UUID("01890000-0000-7000-8000-00000000c001")
OTHER = UUID("01890000-0000-7000-8000-00000000a002")
WORDS = Sealed(key_ref=ACTIVITY, box="B" * 40)
TODAY = date(2011, 10, 15)
REQUEST: dict[str, Any] = {"kind": "training", "province": "20", "title": "อบรม อสร.", "held_on": "2011-10-14"}


def held(**changed: Any) -> ActivityHeld:
    facts: dict[str, Any] = {"kind": ActivityKind.TRAINING, "province": "20", "name": "อบรม อสร.", "held_on": date(2011, 10, 14)}
    (event,) = hold(ACTIVITY, Facts(**facts | changed), words=WORDS)
    assert isinstance(event, ActivityHeld)
    return event


def found(**changed: Any) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in bodies.faults({**REQUEST, **changed}, TODAY)}


@pytest.mark.parametrize(("day", "year"), [(date(2011, 9, 30), 2554), (date(2011, 10, 1), 2555)])
def test_an_activity_belongs_to_the_fiscal_year_of_its_day(day: date, year: int) -> None:
    event = held(held_on=day, volunteer_ids=(VOLUNTEER,), people_reached=40)
    assert (event.stream, event.fiscal_year, event.void) == (ACTIVITY, year, False)
    assert (event.volunteer_ids, event.people_reached, event.words) == ((VOLUNTEER,), 40, WORDS)


def test_what_did_not_take_place_is_voided_once_and_keeps_its_facts() -> None:
    event = held(volunteer_ids=(VOLUNTEER,))
    (voided,) = void(event, reason=WORDS)
    assert voided == ActivityVoided(**event.model_dump() | {"void": True}, reason=WORDS)
    assert activity_of([event, voided]) is voided
    with pytest.raises(RefusedError) as refused:
        void(voided, reason=WORDS)
    assert refused.value.code == "wrong_state"


def test_other_streams_are_no_activity() -> None:
    assert activity_of([appointed()]) is None
    assert activity_of([opened()]) is None


def test_only_volunteers_of_the_province_in_service_that_day_were_there() -> None:
    relieved = only(relieve(appointed(), date(2011, 10, 14), words=BOX))
    elsewhere = appointed(area_code="240409")
    volunteers = [appointed(), None, elsewhere, relieved]
    assert not_serving(volunteers, "20", date(2011, 10, 14)) == [1, 2, 3]
    assert not_serving(volunteers, "20", date(2011, 10, 13)) == [1, 2]
    assert not_serving([appointed()], "20", ENDS) == []
    assert not_serving([appointed()], "20", ENDS.replace(month=10, day=1)) == [0]
    assert not_serving(volunteers, "20", None) == [1, 2], "a day that is none is a fault of its own"


def test_a_place_lies_in_the_province_and_is_a_district_or_a_sub_district() -> None:
    assert found(area_code="2001") == found(area_code="200101") == found(area_code=None) == {}
    assert found(area_code="20") == found(area_code="2404") == found(area_code="x") == {"/area_code": "unknown_place"}
    assert found(area_code="2404", province="99") == {}, "the province is the fault"


def test_an_activity_is_held_until_today() -> None:
    assert found(held_on="2011-10-15") == {}
    assert found(held_on="2011-10-16") == {"/held_on": "in_future"}


def test_everybody_is_named_once() -> None:
    ids = [str(VOLUNTEER), str(OTHER), f"urn:uuid:{VOLUNTEER}", "nobody", 7, "nobody"]
    assert found(volunteer_ids=ids) == {"/volunteer_ids/2": "invalid"}
    assert bodies.attended_by({"volunteer_ids": ids}) == [VOLUNTEER, OTHER, VOLUNTEER, None, None, None]
    assert bodies.attended_by({"volunteer_ids": [str(VOLUNTEER)] * 1001}) == []
    assert bodies.attended_by({"volunteer_ids": "nobody"}) == []


def test_whoever_attended_has_a_row_that_a_void_activity_marks() -> None:
    event = held(volunteer_ids=(OTHER, VOLUNTEER), area_code="2001", people_reached=40)
    (voided,) = void(event, reason=WORDS)
    rows = PROJECTION.fold(recorded([event, voided])).puts
    (row,) = rows[ACTIVITIES.name].values()
    assert row == {
        "activity_id": str(ACTIVITY),
        "version": 2,
        "kind": "training",
        "province": "20",
        "area_code": "2001",
        "name": "อบรม อสร.",
        "held_on": "2011-10-14",
        "fiscal_year": 2555,
        "volunteer_ids": f'["{OTHER}","{VOLUNTEER}"]',
        "people_reached": 40,
        "void": True,
    }
    there = {"activity_id": str(ACTIVITY), "held_on": "2011-10-14", "province": "20", "version": 2, "void": True}
    assert [*rows[ATTENDANCE.name].values()] == [{**there, "volunteer_id": str(who)} for who in (OTHER, VOLUNTEER)]
    before = PROJECTION.fold(recorded([event])).puts
    assert [row["void"] for row in before[ATTENDANCE.name].values()] == [False, False]


def test_a_title_holds_no_id() -> None:
    with pytest.raises(ValueError, match="invalid"):
        bodies.HoldBody.model_validate_json(
            '{"kind":"visit","province":"20","held_on":"2011-10-14","title":"เยี่ยม 1970100000011"}'
        )


def test_a_body_without_volunteers_is_of_an_activity_that_nobody_is_named_for() -> None:
    body = bodies.HoldBody.model_validate_json('{"kind":"visit","province":"20","held_on":"2011-10-14","title":"เยี่ยม"}')
    assert body.facts == domain.Facts(kind=ActivityKind.VISIT, province="20", name="เยี่ยม", held_on=date(2011, 10, 14))
