"""Rows of survey sheets: as bodies of reports, what is wrong first, and which rows are the same."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.intake.bodies import NeedBody
from services.intake.imports.columns import COLUMNS
from services.intake.imports.rows import card_in, document_of, first_fault, identity, raw_body
from shared.errors import Fault
from shared.events.codes import IdKind, NeedKind, WorkerType

NOW = datetime(2021, 5, 12, 3, 0, tzinfo=UTC)
NEXT_YEAR = datetime(2021, 10, 12, 3, 0, tzinfo=UTC)
VALUES: dict[str, str | int | bool] = {
    "kind": "welfare",
    "area_code": "240409",
    "village_no": 3,
    "reported_at": "2021-05-10T00:00:00+07:00",
    "citizen_id": "1970100000011",
    "first_name": "สมใจ",
    "last_name": "ใจดี",
    "worker_type": "informal",
    "consent": True,
    "detail": "ลูก 2 คน",
}
NOBODYS = {name: value for name, value in VALUES.items() if name != "citizen_id"} | {"id_kind": "none"}
TIPOFF = {"kind": "tipoff_child_labour", "area_code": "240409", "detail": "โรงงานริมคลอง"}


def known_by(values: Any, *, now: datetime = NOW, person: str | None = "somebody") -> bytes:
    body = NeedBody.model_validate_json(orjson.dumps(raw_body(values)))
    return identity(body, body.need(now=now, volunteer_id=body.volunteer_id, unit_id=None), person)


def test_every_column_is_a_field_of_a_report() -> None:
    fields = {*NeedBody.model_fields} - {"citizen"} | {"id_kind", "citizen_id", "title", "first_name", "last_name"}
    assert {column.name for column in COLUMNS} == fields | {"birth_year", "phone"}


def test_every_code_has_one_word_of_its_own() -> None:
    for name, codes in (("kind", NeedKind), ("worker_type", WorkerType), ("id_kind", IdKind)):
        (column,) = [one for one in COLUMNS if one.name == name]
        assert set(column.choices) == {*map(str, codes)}
        words = [*column.choices.values(), *column.synonyms]
        assert len(words) == len(set(words))
        assert {*column.synonyms.values()} <= set(column.choices)


def test_a_number_without_a_kind_of_document_is_a_thai_id() -> None:
    assert raw_body(VALUES)["citizen"]["id_kind"] == "thai"
    assert raw_body(NOBODYS)["citizen"]["id_kind"] == "none"


def test_a_kind_of_document_alone_names_nobody() -> None:
    assert "citizen" not in raw_body(TIPOFF | {"id_kind": "thai"})


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        (["/consent", "/citizen/citizen_id", "/worker_type"], "citizen_id"),
        (["/citizen/phone", "/village_no"], "village_no"),
        (["/consent", "/citizen"], "citizen_id"),
        (["/detail"], "detail"),
    ],
)
def test_the_fault_furthest_to_the_left_is_named_by_its_column(pointers: list[str], expected: str) -> None:
    assert first_fault([Fault(pointer, pointer.strip("/"), "") for pointer in pointers])[0] == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"detail": "อื่น"},
        {"consent": True, "worker_type": "elderly"},
        {"last_name": "สกุลใหม่"},
        {"reported_at": "2021-05-10T23:59:59+07:00"},
        {"phone": "0812345678"},
    ],
)
def test_what_is_no_part_of_a_need_s_identity_changes_nothing(changed: dict[str, Any]) -> None:
    assert known_by(VALUES | changed) == known_by(VALUES)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "labour_rights"},
        {"area_code": "240408"},
        {"village_no": 4},
        {"reported_at": "2021-05-11T00:00:00+07:00"},
    ],
)
def test_another_kind_day_or_place_is_another_need(changed: dict[str, Any]) -> None:
    assert known_by(VALUES | changed) != known_by(VALUES)
    assert known_by(VALUES, person="somebody else") != known_by(VALUES)


def test_who_has_no_document_is_known_by_name_however_it_is_spaced() -> None:
    same = NOBODYS | {"first_name": " สมใจ ", "last_name": "ใจดี", "title": "น.ส."}
    assert known_by(same, person=None) == known_by(NOBODYS, person=None)
    assert known_by(NOBODYS | {"last_name": "ใจงาม"}, person=None) != known_by(NOBODYS, person=None)
    assert known_by(NOBODYS | {"birth_year": 1979}, person=None) != known_by(NOBODYS, person=None)


def test_a_tip_off_is_known_by_who_tells_and_what() -> None:
    volunteer = "01890000-0000-7000-8000-00000000000a"
    same = known_by(TIPOFF, person=None)
    assert known_by(TIPOFF | {"detail": "โรงงานริมคลอง "}, person=None) == same
    assert known_by(TIPOFF | {"detail": "บ้านท้ายซอย"}, person=None) != same
    assert known_by(TIPOFF | {"volunteer_id": volunteer}, person=None) != same


def test_a_row_without_a_day_is_the_same_tomorrow_and_another_next_year() -> None:
    undated = {name: value for name, value in VALUES.items() if name != "reported_at"}
    assert known_by(undated, now=NOW.replace(day=13)) == known_by(undated)
    assert known_by(undated, now=NEXT_YEAR) != known_by(undated)
    assert known_by(VALUES, now=NEXT_YEAR) == known_by(VALUES)


def test_a_document_is_of_somebody_who_has_one() -> None:
    body = NeedBody.model_validate_json(orjson.dumps(raw_body(VALUES | {"citizen_id": "1-9701-00000-01-1"})))
    assert document_of(body.citizen) == ("thai", "1970100000011")
    assert document_of(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24-2564-7F3KQ9", "24-2564-7F3KQ9"),
        (" ๒๔-๒๕๖๔-7f3kq9 ", "24-2564-7F3KQ9"),
        ("24-2564-7F3K", None),
        ("01890000-0000-7000-8000-00000000000a", None),
        ("", None),
    ],
)
def test_a_card_s_number_is_known_by_its_form(text: str, expected: str | None) -> None:
    assert card_in(text) == expected
