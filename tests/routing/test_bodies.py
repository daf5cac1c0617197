"""The shapes of routing's requests: what is refused, where, and with which code."""

from datetime import date
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from services.routing import bodies
from services.routing.bodies import AssistanceBody, CloseBody, CorrectBody, NoBody, ReasonBody
from shared.errors import Fault
from shared.events.codes import AssistanceType, WorkerType
from shared.fields import Body
from shared.web.problems import faults_of
from tests.routing.given import UNIT

TODAY = date(2021, 5, 20)
HELP = {"assistance_type": "promote", "project_name": "ส่งเสริมอาชีพ", "service_date": "2021-05-19"}
CITIZEN = {"id_kind": "thai", "citizen_id": "1970100000011", "first_name": "สมใจ", "last_name": "ใจดี"}
NAMED = {"citizen": CITIZEN, "worker_type": "informal", "consent": True}
BAD: list[tuple[type[Body], Any, list[tuple[str, str]]]] = [
    (NoBody, {"reason": "x"}, [("/reason", "unknown_field")]),
    (NoBody, [], [("", "invalid")]),
    (ReasonBody, {}, [("/reason", "required")]),
    (ReasonBody, {"reason": " "}, [("/reason", "invalid")]),
    (ReasonBody, {"reason": "a\x00"}, [("/reason", "invalid")]),
    (ReasonBody, {"reason": "x" * 4001}, [("/reason", "too_long")]),
    (ReasonBody, {"reason": 5, "more": 1}, [("/reason", "invalid"), ("/more", "unknown_field")]),
    (CloseBody, {"reason": "x"}, [("/outcome", "required")]),
    (CloseBody, {"reason": "x", "outcome": "gone"}, [("/outcome", "invalid")]),
    (AssistanceBody, {}, [("/assistance_type", "required"), ("/service_date", "required")]),
    (AssistanceBody, {**HELP, "mobile_unit_id": "1970100000011"}, [("/mobile_unit_id", "invalid")]),
    (AssistanceBody, {**HELP, "assistance_type": "pray"}, [("/assistance_type", "invalid")]),
    (AssistanceBody, {**HELP, "project_name": "x" * 301}, [("/project_name", "too_long")]),
    (AssistanceBody, {**HELP, "project_name": "ช่วย ๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑"}, [("/project_name", "invalid")]),
    (AssistanceBody, {**HELP, "service_date": "2564-05-19"}, [("/service_date", "invalid")]),
    (AssistanceBody, {**HELP, "service_date": "2021-02-30"}, [("/service_date", "invalid")]),
    (AssistanceBody, {**HELP, "service_date": 1621382400}, [("/service_date", "invalid")]),
    (AssistanceBody, {**HELP, "unit_id": "1970100000011"}, [("/unit_id", "invalid")]),
    (AssistanceBody, {**HELP, "note": "a\x07"}, [("/note", "invalid")]),
    (AssistanceBody, {**HELP, "consent": "yes"}, [("/consent", "invalid")]),
    (AssistanceBody, {**HELP, "citizen": "สมใจ"}, [("/citizen", "invalid")]),
    (AssistanceBody, {**HELP, "citizen": {**CITIZEN, "age": 3}}, [("/citizen/age", "unknown_field")]),
    (CorrectBody, {"note": "x"}, [("/reason", "required")]),
    (CorrectBody, {"unit_id": str(UNIT), "reason": "x"}, [("/unit_id", "unknown_field")]),
    (CorrectBody, {"project_name": "1970100000011", "reason": "x"}, [("/project_name", "invalid")]),
]


@pytest.mark.parametrize(("model", "body", "expected"), BAD)
def test_a_bad_body_is_refused_with_every_fault_named(model: type[Body], body: Any, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(orjson.dumps(body))
    assert [(fault.pointer, fault.code) for fault in faults_of(caught.value)] == expected


def test_names_of_projects_and_people_are_kept_exactly() -> None:
    given = {**HELP, "project_name": 'โครงการ "สร้างอาชีพ" 🧵', "unit_id": str(UNIT), "note": "โทรแล้ว\nไม่รับสาย", **NAMED}
    body = AssistanceBody.model_validate_json(orjson.dumps(given))
    assert (body.project_name, body.note, body.unit_id) == (given["project_name"], given["note"], UNIT)
    assert body.citizen is not None
    assert body.citizen.personal() == CITIZEN


def codes(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults]


MISSING = [("/citizen", "citizen_required"), ("/worker_type", "required"), ("/consent", "consent_required")]


@pytest.mark.parametrize(
    ("raw", "required", "expected"),
    [
        ({}, False, []),
        ({"citizen": None, "worker_type": None, "consent": None}, False, []),
        (NAMED, False, []),
        (NAMED, True, []),
        ({}, True, MISSING),
        ({"citizen": CITIZEN}, False, MISSING[1:]),
        ({"worker_type": "elderly"}, False, [MISSING[0], MISSING[2]]),
        ({"consent": True}, False, MISSING[:2]),
        ({"consent": False}, False, MISSING),
        ({**NAMED, "consent": False}, True, MISSING[2:]),
        ({**NAMED, "consent": "yes"}, True, MISSING[2:]),
        ({**NAMED, "citizen": {**CITIZEN, "citizen_id": "1970100000012"}}, True, [("/citizen/citizen_id", "invalid_citizen_id")]),
        ({**NAMED, "citizen": {"id_kind": "other"}}, True, [("/citizen/citizen_id", "required")]),
        ({**NAMED, "citizen": {"id_kind": "none", "citizen_id": "5"}}, True, [("/citizen/citizen_id", "invalid")]),
        ({**NAMED, "citizen": {"id_kind": "other", "citizen_id": " - "}}, True, [("/citizen/citizen_id", "invalid")]),
        ({**NAMED, "citizen": {**CITIZEN, "birth_year": 2022}}, True, [("/citizen/birth_year", "in_future")]),
    ],
)
def test_a_person_is_named_wholly_or_not_at_all(raw: dict[str, Any], required: bool, expected: list[tuple[str, str]]) -> None:
    assert codes(bodies.person_faults(raw, TODAY, required=required)) == expected


@pytest.mark.parametrize("name", NAMED)
def test_a_case_has_its_person_and_no_other_can_be_named(name: str) -> None:
    assert codes(bodies.no_person_faults({name: NAMED[name]})) == [(f"/{name}", "invalid")]
    assert bodies.no_person_faults({name: None}) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-05-20", []),
        ("2021-05-21", [("/service_date", "in_future")]),
        ("2021-5-21", []),
        (20210521, []),
        (None, []),
        ("2199-01-01", [("/service_date", "in_future")]),
    ],
)
def test_help_lies_not_in_the_future(day: Any, expected: list[tuple[str, str]]) -> None:
    """What is no day at all is found by its shape."""
    assert codes(bodies.future_faults({"service_date": day}, TODAY)) == expected


def test_a_correction_corrects_something() -> None:
    assert codes(bodies.correction_faults({"reason": "x", "note": None}, person=True)) == [("", "required")]
    for name in (*bodies.CORRECTABLE, "note"):
        assert bodies.correction_faults({"reason": "x", name: "given"}, person=True) == []
    assert codes(bodies.correction_faults({"worker_type": "elderly"}, person=False)) == [("/worker_type", "citizen_required")]


def test_what_is_corrected_is_what_was_given() -> None:
    body = CorrectBody.model_validate_json(b'{"reason": "x", "worker_type": "elderly", "note": "n", "service_date": null}')
    assert body.changes == {"worker_type": WorkerType.ELDERLY}
    body = CorrectBody.model_validate_json(b'{"reason": "x", "assistance_type": "protect", "service_date": "2021-05-01"}')
    assert body.changes == {"assistance_type": AssistanceType.PROTECT, "service_date": date(2021, 5, 1)}


def test_help_has_its_own_project_name_or_a_mobile_units() -> None:
    assert codes(bodies.project_faults({"project_name": None, "mobile_unit_id": None})) == [("/project_name", "required")]
    assert bodies.project_faults({"project_name": "ม.40"}) == bodies.project_faults({"mobile_unit_id": str(UNIT)}) == []
