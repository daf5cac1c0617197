"""The shapes of decisions: what is refused, where, and with which code."""

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from services.screening.bodies import BadItem, DecisionBody, DecisionsBody, Item
from shared.events.codes import Agency, AssistanceType, Decision, Priority
from shared.web.problems import faults_of
from tests.screening.given import CASE

ID = "1970100000011"
BAD: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("/decision", "required")]),
    ({"decision": "perhaps"}, [("/decision", "invalid")]),
    ({"decision": None}, [("/decision", "invalid")]),
    ({"decision": 1}, [("/decision", "invalid")]),
    ({"decision": "eligible", "agency": "MOL"}, [("/agency", "invalid")]),
    ({"decision": "eligible", "agency": "plo"}, [("/agency", "invalid")]),
    ({"decision": "eligible", "assistance_type": "pray"}, [("/assistance_type", "invalid")]),
    ({"decision": "eligible", "priority": "asap"}, [("/priority", "invalid")]),
    ({"decision": "not_eligible", "agency": "PLO"}, [("/agency", "invalid")]),
    ({"decision": "duplicate", "assistance_type": "protect"}, [("/assistance_type", "invalid")]),
    (
        {"decision": "needs_information", "agency": "PLO", "assistance_type": "protect"},
        [("/agency", "invalid"), ("/assistance_type", "invalid")],
    ),
    ({"decision": "eligible", "reasons": "because"}, [("/reasons", "invalid")]),
    ({"decision": "eligible", "reasons": ["Because"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["fine", ""]}, [("/reasons/1", "invalid")]),
    ({"decision": "eligible", "reasons": ["a\n"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["a" * 61]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["ก"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": [f"id_{ID}"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["1_9701_00000_01_1"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["call_0812345678"]}, [("/reasons/0", "invalid")]),
    ({"decision": "eligible", "reasons": ["a"] * 21}, [("/reasons", "too_long")]),
    ({"decision": "eligible", "note": "x" * 4001}, [("/note", "too_long")]),
    ({"decision": "eligible", "note": "a\x00b"}, [("/note", "invalid")]),
    ({"decision": "eligible", "note": " "}, [("/note", "invalid")]),
    ({"decision": "eligible", "note": 5}, [("/note", "invalid")]),
    ({"decision": "eligible", "automatic": True}, [("/automatic", "unknown_field")]),
    (
        {"decision": "maybe", "agency": "X", "reasons": [1]},
        [("/decision", "invalid"), ("/agency", "invalid"), ("/reasons/0", "invalid")],
    ),
]


def faults(body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        DecisionBody.model_validate_json(orjson.dumps(body))
    return [(fault.pointer, fault.code) for fault in faults_of(caught.value)]


@pytest.mark.parametrize(("body", "expected"), BAD)
def test_a_bad_decision_is_refused_with_every_fault_named(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(body) == expected


def test_a_whole_decision_is_taken_as_it_is() -> None:
    given = {"decision": "eligible", "agency": "SSO", "assistance_type": "protect", "priority": "urgent"}
    body = DecisionBody.model_validate_json(orjson.dumps({**given, "reasons": ["a_1", "b"], "note": "โทรแล้ว\nไม่รับสาย 🙏"}))
    found = body.ruling
    assert (found.decision, found.agency) == (Decision.ELIGIBLE, Agency.SSO)
    assert (found.assistance_type, found.priority) == (AssistanceType.PROTECT, Priority.URGENT)
    assert (found.reasons, body.note) == (("a_1", "b"), "โทรแล้ว\nไม่รับสาย 🙏")


@pytest.mark.parametrize("decision", Decision)
def test_null_is_the_same_as_not_given(decision: Decision) -> None:
    given = {"decision": decision, "agency": None, "assistance_type": None, "priority": None, "note": None}
    assert DecisionBody.model_validate_json(orjson.dumps(given)) == DecisionBody(decision=decision)


def items(*given: Any) -> list[Item | BadItem]:
    return list(DecisionsBody.model_validate_json(orjson.dumps({"items": given})).items)


def test_a_bad_item_does_not_spoil_the_good_ones() -> None:
    good = {"case_id": str(CASE), "decision": "eligible"}
    first, *bad, last = items(
        good, 5, None, {}, {**good, "case_id": ID}, {**good, "decision": "x"}, {**good, "reasons": [[]]}, good
    )
    assert first == last == Item(case_id=CASE, decision=Decision.ELIGIBLE)
    found = [(one.case_id, [(fault.pointer, fault.code) for fault in one.faults]) for one in bad if isinstance(one, BadItem)]
    assert found == [
        (None, [("", "invalid")]),
        (None, [("", "invalid")]),
        (None, [("/decision", "required"), ("/case_id", "required")]),
        (None, [("/case_id", "invalid")]),
        (CASE, [("/decision", "invalid")]),
        (CASE, [("/reasons/0", "invalid")]),
    ]


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": [], "more": 1}, {"items": [{}] * 1001}])
def test_a_request_without_a_list_of_at_most_a_thousand_is_refused_as_a_whole(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DecisionsBody.model_validate_json(orjson.dumps(body))
