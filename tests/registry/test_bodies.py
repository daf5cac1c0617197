"""What a request must look like: the shape of an appointment, and the faults that its shape does not show."""

import json
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.registry.bodies import AppointBody, ahead_faults, appointment_faults, day_of, id_of
from shared.errors import Fault
from shared.web.problems import faults_of

TODAY = date(2011, 9, 1)
GOOD: dict[str, Any] = {
    "citizen_id": "1970100000011",
    "title": "นาง",
    "first_name": "สมใจ",
    "last_name": "ใจดี",
    "level": "subdistrict",
    "area_code": "200101",
    "appointed_on": "2011-10-01",
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def codes(raw: dict[str, Any]) -> dict[str, str]:
    try:
        AppointBody.model_validate_json(orjson.dumps(raw))
    except ValidationError as error:
        return {fault.pointer: fault.code for fault in faults_of(error)}
    return {}


def found(faults: list[Fault]) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in faults}


def test_an_appointment_needs_its_person_place_and_day() -> None:
    assert codes({}) == {f"/{name}": "required" for name in GOOD}
    assert codes(GOOD) == {}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("citizen_id", "1970100000012", "invalid_citizen_id"),
        ("citizen_id", 1970100000011, "invalid"),
        ("first_name", "ก" * 201, "too_long"),
        ("first_name", "ก\x00", "invalid"),
        ("first_name", "   ", "invalid"),
        ("order_no", "1970100000011", "invalid"),
        ("level", "province", "invalid"),
        ("village_no", "3", "invalid"),
        ("village_no", 0, "invalid"),
        ("unit_id", "unit", "invalid"),
        ("appointed_on", "1/10/2554", "invalid"),
        ("appointed_on", "1317427200", "invalid"),
        ("appointed_on", "2554-10-01", "invalid"),
        ("phone", "call me", "invalid"),
        ("status", "active", "unknown_field"),
    ],
)
def test_what_is_not_as_it_must_be_is_named_with_its_code(name: str, value: Any, code: str) -> None:
    assert codes(GOOD | {name: value}) == {f"/{name}": code}


def test_names_are_kept_exactly_and_the_id_in_one_spelling() -> None:
    body = AppointBody.model_validate_json(
        orjson.dumps(GOOD | {"citizen_id": "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑", "first_name": 'กำไล 👩‍👧 "น้ำ" O\'B'})
    )
    assert body.personal() == {
        "id_kind": "thai",
        "citizen_id": "1970100000011",
        "title": "นาง",
        "first_name": 'กำไล 👩‍👧 "น้ำ" O\'B',
        "last_name": "ใจดี",
    }


def test_a_place_of_another_level_and_a_day_too_far_ahead_are_both_named() -> None:
    raw = GOOD | {"level": "district", "appointed_on": "2011-12-01"}
    assert found(appointment_faults(raw, TODAY)) == {"/area_code": "unknown_place", "/appointed_on": "in_future"}
    assert appointment_faults(GOOD | {"appointed_on": "2011-11-30"}, TODAY) == []


def test_a_day_before_the_beginning_is_not_valid() -> None:
    raw = {"relieved_on": "2011-09-30"}
    assert found(ahead_faults(raw, "relieved_on", TODAY, earliest=date(2011, 10, 1))) == {"/relieved_on": "invalid"}
    assert ahead_faults(raw, "relieved_on", TODAY, earliest=date(2011, 9, 30)) == []


@given(st.dictionaries(st.sampled_from([*GOOD, "unit_id"]), anything))
def test_looking_for_faults_survives_any_json(raw: dict[str, Any]) -> None:
    given = orjson.loads(json.dumps(raw))
    appointment_faults(given, TODAY)
    assert day_of(given, "appointed_on") is None
    id_of(given, "unit_id")


def test_looking_for_faults_survives_deep_nesting() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    assert appointment_faults(dict.fromkeys(GOOD, deep), TODAY) == []
