"""The shape of intake's requests, and what their shape alone does not show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.bodies import NeedBody, WithdrawBody, day_of_report, id_of, need_faults
from shared.events.codes import NeedKind

NOW = datetime(2021, 5, 10, 2, 30, tzinfo=UTC)
CITIZEN = {"id_kind": "thai", "citizen_id": "1970100000011", "first_name": "สมใจ", "last_name": "ใจดี"}
NAMED = {"kind": "welfare", "area_code": "240409", "citizen": CITIZEN, "worker_type": "informal", "consent": True}
TIPOFF = {"kind": "tipoff_job_scam", "area_code": "240409"}
TEXT = st.text(st.characters(codec="utf-8"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def faults(raw: dict[str, Any], now: datetime = NOW) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in need_faults(raw, now)]


def read(raw: dict[str, Any]) -> NeedBody:
    return NeedBody.model_validate_json(orjson.dumps(raw))


def shape_faults(raw: dict[str, Any]) -> list[tuple[Any, ...]]:
    with pytest.raises(ValidationError) as caught:
        read(raw)
    return [error["loc"] for error in caught.value.errors()]


def test_a_named_need_and_a_bare_tip_off_are_taken() -> None:
    assert faults(NAMED) == faults(TIPOFF) == []
    need = read(NAMED).need(now=NOW, volunteer_id=None, unit_id=None)
    assert (need.reported_at, need.fiscal_year, need.consent) == (NOW, 2564, True)
    assert read(TIPOFF).citizen is None


@pytest.mark.parametrize("kind", [kind for kind in NeedKind if not kind.tipoff])
def test_a_named_need_lists_all_that_it_lacks(kind: NeedKind) -> None:
    assert faults({"kind": kind.value}) == [
        ("/citizen", "citizen_required"),
        ("/worker_type", "required"),
        ("/consent", "consent_required"),
    ]


@pytest.mark.parametrize("consent", [None, False])
def test_a_named_need_is_not_taken_without_consent(consent: bool | None) -> None:
    assert faults(NAMED | {"consent": consent}) == [("/consent", "consent_required")]


def test_a_tip_off_may_name_somebody_and_then_rightly() -> None:
    assert faults(TIPOFF | {"citizen": CITIZEN, "worker_type": "informal"}) == []
    assert faults(TIPOFF | {"citizen": CITIZEN | {"citizen_id": "1970100000012"}}) == [
        ("/citizen/citizen_id", "invalid_citizen_id")
    ]


@pytest.mark.parametrize(
    ("id_kind", "number", "code"),
    [
        ("thai", None, "required"),
        ("thai", "1970100000012", "invalid_citizen_id"),
        ("thai", "", "invalid_citizen_id"),
        ("other", None, "required"),
        ("other", " - ", "invalid"),
        ("none", "1970100000011", "invalid"),
    ],
)
def test_a_number_must_be_one_of_its_kind(id_kind: str, number: str | None, code: str) -> None:
    citizen = CITIZEN | {"id_kind": id_kind, "citizen_id": number}
    assert faults(NAMED | {"citizen": citizen}) == [("/citizen/citizen_id", code)]


@pytest.mark.parametrize(("id_kind", "number"), [("other", "AB-12/๕"), ("none", None)])
def test_people_without_a_thai_id_are_served(id_kind: str, number: str | None) -> None:
    raw = NAMED | {"citizen": CITIZEN | {"id_kind": id_kind, "citizen_id": number}}
    assert faults(raw) == []
    assert read(raw).citizen is not None


def test_an_id_is_kept_as_forms_print_it_and_names_as_they_are_given() -> None:
    name = 'น้ำ‘ฝน’ "O\'Neil" 👩🏽‍🌾 กิ์'
    citizen = read(NAMED | {"citizen": CITIZEN | {"citizen_id": "๑-9701-00000-01-1", "first_name": name}}).citizen
    assert citizen is not None
    assert citizen.personal() == {"id_kind": "thai", "citizen_id": "1970100000011", "first_name": name, "last_name": "ใจดี"}


def test_a_report_from_the_future_is_refused_to_the_microsecond() -> None:
    later = NOW + timedelta(microseconds=1)
    assert faults(NAMED | {"reported_at": later.isoformat()}) == [("/reported_at", "in_future")]
    assert faults(NAMED | {"reported_at": "2999-01-01T00:00:00Z"}) == [("/reported_at", "in_future")]
    assert faults(NAMED | {"reported_at": "2021-05-10T09:30:00+07:00"}) == []


def test_nobody_is_born_next_year() -> None:
    assert faults(NAMED | {"citizen": CITIZEN | {"birth_year": 2022}}) == [("/citizen/birth_year", "in_future")]
    assert faults(NAMED | {"citizen": CITIZEN | {"birth_year": 2021}}) == []


@pytest.mark.parametrize(
    "instant",
    [
        "2021-05-10",
        "2021-05-10T02:30:00",
        "1620613800",
        1620613800,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2021-05-10T02:30:60Z",
        "1800-01-01T00:00:00Z",
        "เมื่อวาน",
    ],
)
def test_only_an_instant_is_an_instant(instant: Any) -> None:
    raw = NAMED | {"reported_at": instant}
    assert shape_faults(raw) == [("reported_at",)]
    assert faults(raw) == []
    assert day_of_report(raw, NOW) is None


def test_the_day_of_a_report_is_bangkoks() -> None:
    late = datetime(2021, 5, 10, 17, 0, tzinfo=UTC)
    assert str(day_of_report({}, late)) == "2021-05-11"
    assert str(day_of_report({"reported_at": "2021-05-10T16:59:59Z"}, late)) == "2021-05-10"


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "money"},
        {"kind": None},
        {"area_code": "24"},
        {"area_code": 240409},
        {"area_code": "240499"},
        {"village_no": 0},
        {"village_no": "3"},
        {"village_no": True},
        {"volunteer_id": "me"},
        {"unit_id": 7},
        {"detail": "\x00"},
        {"detail": " "},
        {"detail": "ก" * 4001},
        {"citizen": "สมใจ"},
        {"worker_type": "formal"},
        {"consent": "true"},
        {"consent": 1},
        {"status": "helped"},
    ],
)
def test_what_is_of_another_shape_is_refused(changed: dict[str, Any]) -> None:
    assert shape_faults(NAMED | changed) == [(name,) for name in changed]


def test_a_reason_is_needed_to_take_a_need_back() -> None:
    assert WithdrawBody.model_validate_json(orjson.dumps({"reason": "หางานได้แล้ว\nขอบคุณ"})).reason == "หางานได้แล้ว\nขอบคุณ"
    for raw in ({}, {"reason": None}, {"reason": ""}, {"reason": "\x07"}, {"reason": "x" * 4001}):
        with pytest.raises(ValidationError):
            WithdrawBody.model_validate_json(orjson.dumps(raw))


@for_all(st.dictionaries(st.sampled_from([*NeedBody.model_fields]), ANY_JSON | st.sampled_from(["welfare", {"id_kind": "thai"}])))
def test_faults_are_found_in_any_json(raw: dict[str, Any]) -> None:
    assert all(pointer.startswith("/") for pointer, _ in faults(raw))
    assert id_of(raw, "unit_id") is None or isinstance(raw["unit_id"], str)
    assert day_of_report(raw, NOW) is None or not faults({"reported_at": raw.get("reported_at")})
