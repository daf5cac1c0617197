"""Mobile service units: what is decided about them, what a request may not say, and which rows they leave."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.registry.mobile_units.bodies import HeldBody, PlanBody, held_faults, plan_faults
from services.registry.mobile_units.domain import MARKS, Plan, average, cancel, hold, mobile_unit_of, plan
from services.registry.mobile_units.projection import MOBILE_UNITS
from services.registry.network import PROJECTION
from shared.errors import RefusedError
from shared.events.codes import Agency, MobileUnitStatus, NeedKind
from shared.events.network import MobileUnitCancelled, MobileUnitHeld, MobileUnitPlanned
from shared.sealed import Sealed
from shared.web.problems import faults_of
from tests.registry.given import appointed, opened, recorded

MOBILE_UNIT = UUID("01890000-0000-7000-8000-00000000d001")
WORDS = Sealed(key_ref=MOBILE_UNIT, box="B" * 40)
TODAY = date(2021, 5, 10)
MARKED = {"1": 0, "2": 0, "3": 1, "4": 2, "5": 9}
REQUEST: dict[str, Any] = {
    "province": "24",
    "area_code": "240409",
    "planned_on": "2021-05-20",
    "project_name": "หน่วยบริการเคลื่อนที่",
    "agencies": ["DOE", "SSO"],
    "kinds": ["job_domestic", "social_security_s40"],
    "expected_people": 80,
}


def planned() -> MobileUnitPlanned:
    (event,) = plan(MOBILE_UNIT, PlanBody.model_validate_json(orjson.dumps(REQUEST)).plan)
    assert isinstance(event, MobileUnitPlanned)
    return event


def of_plan(**changed: Any) -> dict[str, str]:
    raw = {**REQUEST, **changed}
    try:
        PlanBody.model_validate_json(orjson.dumps(raw))
        shape = {}
    except ValidationError as error:
        shape = {fault.pointer: fault.code for fault in faults_of(error)}
    return shape | {fault.pointer: fault.code for fault in plan_faults(raw, TODAY)}


def of_held(**raw: Any) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in held_faults(raw, TODAY, planned_on=date(2021, 5, 20))}


def test_a_unit_is_planned_as_it_was_told() -> None:
    told = planned()
    assert (told.stream, told.status, told.held_on) == (MOBILE_UNIT, MobileUnitStatus.PLANNED, None)
    assert (told.agencies, told.kinds) == (
        (Agency.DOE, Agency.SSO),
        (NeedKind.JOB_DOMESTIC, NeedKind.SOCIAL_SECURITY_S40),
    )
    assert Plan(**told.model_dump(include={*Plan.__dataclass_fields__})).expected_people == 80


def test_a_planned_unit_is_held_or_cancelled_and_neither_afterwards() -> None:
    told = planned()
    (held,) = hold(told, date(2021, 5, 21), people_served=60, satisfaction=MARKED)
    (cancelled,) = cancel(told, reason=WORDS)
    facts = told.model_dump()
    assert held == MobileUnitHeld(
        **facts | {"status": "held", "held_on": date(2021, 5, 21), "people_served": 60, "satisfaction": MARKED}
    )
    assert cancelled == MobileUnitCancelled(**facts | {"status": "cancelled"}, reason=WORDS)
    for over in (held, cancelled):
        assert mobile_unit_of([told, over]) is over
        unit = mobile_unit_of([over])
        assert unit is not None
        with pytest.raises(RefusedError) as refused:
            hold(unit, date(2021, 5, 21), people_served=1, satisfaction=None)
        assert refused.value.code == "wrong_state"
        with pytest.raises(RefusedError):
            cancel(unit, reason=WORDS)


def test_other_streams_are_no_mobile_unit() -> None:
    assert mobile_unit_of([appointed()]) is None
    assert mobile_unit_of([opened()]) is None


def test_a_unit_is_planned_from_today_on_for_a_year() -> None:
    assert of_plan(planned_on="2021-05-10") == of_plan(planned_on="2022-05-11") == {}
    assert of_plan(planned_on="2021-05-09") == {"/planned_on": "in_past"}
    assert of_plan(planned_on="2022-05-12") == {"/planned_on": "in_future"}
    assert of_plan(planned_on="2564-05-20") == {"/planned_on": "invalid"}


def test_a_unit_comes_to_a_sub_district_of_its_province() -> None:
    assert of_plan(area_code="200101") == of_plan(area_code="2404") == {"/area_code": "unknown_place"}
    assert of_plan(province="99") == {"/province": "unknown_place"}


def test_agencies_and_kinds_are_named_once_each_and_there_is_one() -> None:
    for name, word in (("agencies", "DOE"), ("kinds", "job_domestic")):
        assert of_plan(**{name: [word, word]}) == {f"/{name}": "invalid"}
        assert of_plan(**{name: []}) == {f"/{name}": "invalid"}
        assert of_plan(**{name: [word, "nothing"]}) == {f"/{name}/1": "invalid"}


def test_people_are_expected_within_reason() -> None:
    assert of_plan(expected_people=1) == of_plan(expected_people=100_000) == {}
    assert of_plan(expected_people=0) == of_plan(expected_people=100_001) == {"/expected_people": "invalid"}


def test_a_unit_was_held_until_today_and_no_more_than_a_year_early() -> None:
    assert of_held(held_on="2021-05-10") == of_held(held_on="2020-05-19") == {}
    assert of_held(held_on="2021-05-11") == {"/held_on": "in_future"}
    assert of_held(held_on="2020-05-18") == {"/held_on": "invalid"}


def test_nobody_marks_who_was_not_served() -> None:
    assert of_held(people_served=12, satisfaction=MARKED) == {}
    assert of_held(people_served=11, satisfaction=MARKED) == {"/satisfaction": "invalid"}
    assert of_held(people_served="many", satisfaction=MARKED) == of_held(people_served=0, satisfaction="good") == {}


def test_marks_are_those_from_one_to_five() -> None:
    body = HeldBody.model_validate_json('{"held_on":"2021-05-10","people_served":3,"satisfaction":{"5":3}}')
    assert body.marks == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 3}
    for satisfaction in ('{"6":1}', '{"one":1}', '{"1970100000011":1}', '{"5":-1}', '{"5":null}', '{"5":1.5}', "[]"):
        raw = f'{{"held_on":"2021-05-10","people_served":3,"satisfaction":{satisfaction}}}'
        with pytest.raises(ValidationError) as refused:
            HeldBody.model_validate_json(raw)
        assert "1970100000011" not in str(faults_of(refused.value))


@given(st.dictionaries(st.sampled_from(MARKS), st.integers(0, 1000)))
def test_the_average_lies_between_the_marks_that_were_given(marks: dict[str, int]) -> None:
    given_ = [int(mark) for mark, people in marks.items() if people]
    found = average(marks)
    if not given_:
        assert found is None
    else:
        assert found is not None
        assert min(given_) <= found <= max(given_)


def test_the_average_counts_people() -> None:
    assert average(MARKED) == 4.67
    assert average(None) is None


def test_a_units_row_is_its_newest_event() -> None:
    told = planned()
    (held,) = hold(told, date(2021, 5, 21), people_served=60, satisfaction=MARKED)
    (row,) = PROJECTION.fold(recorded([told, held])).puts[MOBILE_UNITS.name].values()
    assert row == {
        "mobile_unit_id": str(MOBILE_UNIT),
        "version": 2,
        "province": "24",
        "area_code": "240409",
        "village_no": None,
        "planned_on": "2021-05-20",
        "project_name": "หน่วยบริการเคลื่อนที่",
        "agencies": '["DOE","SSO"]',
        "kinds": '["job_domestic","social_security_s40"]',
        "expected_people": 80,
        "status": "held",
        "held_on": "2021-05-21",
        "people_served": 60,
        "satisfaction": '{"1":0,"2":0,"3":1,"4":2,"5":9}',
    }
    (before,) = PROJECTION.fold(recorded([told])).puts[MOBILE_UNITS.name].values()
    assert (before["status"], before["satisfaction"]) == ("planned", None)
