"""People over HTTP on the real PostgreSQL and vault: found by their document, and put right."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.intake.people.views import cases_of
from shared.access import Reach
from shared.events.intake import PersonCorrected
from tests.intake.people import (
    BECAUSE,
    DOCUMENT,
    ID,
    NOBODY,
    OTHER_ID,
    person_of,
    told_of,
)
from tests.intake.running import CITIZEN, Intake, codes, running_intake
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


# Searching


async def test_a_person_is_found_with_all_their_cases(intake: Intake) -> None:
    first = await intake.reported()
    second = await intake.reported(kind="skill_training")
    await intake.reported(citizen={**CITIZEN, "citizen_id": OTHER_ID})
    found = (await intake.post("/people/search", {"id_kind": "thai", "citizen_id": "1-9701-00000-01-1"})).json()
    assert found["person_ref"] == await person_of(intake, first["case_id"])
    assert {item["case_id"] for item in found["items"]} == {first["case_id"], second["case_id"]}
    assert found["items"] == [item for item in await intake.listed() if item["person_ref"] == found["person_ref"]]


async def test_somebody_unknown_and_somebody_without_a_case_look_the_same(intake: Intake) -> None:
    await intake.vault.enrol("thai", OTHER_ID)
    for number in (ID, OTHER_ID):
        answer = await intake.post("/people/search", {"id_kind": "thai", "citizen_id": number})
        assert (answer.status_code, answer.json()) == (200, {"person_ref": None, "items": []})


async def test_a_search_without_a_document_is_refused(intake: Intake) -> None:
    for body, fault in (
        ({}, ("/id_kind", "required")),
        ({"id_kind": "none", "citizen_id": "x"}, ("/id_kind", "invalid")),
        ({"id_kind": "thai", "citizen_id": "1970100000012"}, ("/citizen_id", "invalid_citizen_id")),
        ({"id_kind": "other", "citizen_id": "--"}, ("/citizen_id", "invalid")),
        ({**DOCUMENT, "name": "x"}, ("/name", "unknown_field")),
        ({"id_kind": "other", "citizen_id": "A" * 41}, ("/citizen_id", "too_long")),
        ({"id_kind": "other", "citizen_id": "A\x00B"}, ("/citizen_id", "invalid")),
        ({"id_kind": "thai", "citizen_id": 1970100000011}, ("/citizen_id", "invalid")),
        ({"id_kind": ["thai"], "citizen_id": ID}, ("/id_kind", "invalid")),
    ):
        answer = await intake.post("/people/search", body)
        assert answer.status_code == 422
        assert fault in codes(answer)
        assert "1970100000012" not in answer.text


async def test_cases_of_other_provinces_are_not_found(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    await intake.reported(kind="skill_training", area_code="200101")
    person_ref = UUID(await person_of(intake, case_id))
    await intake.listed()  # the tables are as far as the store
    async with intake.store.connection() as connection:
        found = {
            provinces: [
                str(row.case_id)
                for row in await cases_of(connection, Reach(provinces=frozenset(provinces), whole=True), person_ref)
            ]
            for provinces in ((), ("10",), ("24",), ("10", "24"))
        }
    assert found == {(): [], ("10",): [], ("24",): [case_id], ("10", "24"): [case_id]}


async def test_a_search_is_not_kept(intake: Intake) -> None:
    await intake.reported()
    head = await intake.store.head()
    assert (await intake.post("/people/search", DOCUMENT, key="looking")).json()["items"]
    assert await intake.store.head() == head
    assert await _kept_commands(intake) == 0


async def _kept_commands(intake: Intake) -> int:
    async with intake.store.connection() as connection:
        row = await (await connection.execute("SELECT count(*) FROM commands")).fetchone()
    assert row is not None
    return int(row[0])


# Putting right


async def test_a_name_that_is_put_right_is_shown_so_in_every_case(intake: Intake) -> None:
    cases = [(await intake.reported(kind=kind))["case_id"] for kind in ("welfare", "skill_training")]
    person_ref = await person_of(intake, cases[0])
    fields = {"last_name": "ใจงาม", "phone": None}
    answer = await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
    assert answer.status_code == 200
    assert answer.json()["fields"] == ["last_name", "phone"]
    for case_id in cases:
        assert (await intake.case(case_id))["citizen"] == {**CITIZEN, "last_name": "ใจงาม", "phone": None}


async def test_a_later_correction_keeps_what_an_earlier_one_put_right(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = await person_of(intake, case_id)
    for fields in ({"first_name": "สมศรี"}, {"last_name": "ใจงาม"}, {"first_name": "สมพร"}):
        assert (await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})).status_code == 200
    citizen = (await intake.case(case_id))["citizen"]
    assert (citizen["first_name"], citizen["last_name"]) == ("สมพร", "ใจงาม")
    assert await told_of(intake, person_ref) == [PersonCorrected.TYPE] * 3


async def test_a_need_reported_after_a_correction_is_shown_as_put_right(intake: Intake) -> None:
    person_ref = await person_of(intake, (await intake.reported())["case_id"])
    await intake.post(f"/people/{person_ref}/correct", {"fields": {"first_name": "สมศรี"}, **BECAUSE})
    later = (await intake.reported(kind="skill_training"))["case_id"]
    assert (await intake.case(later))["citizen"]["first_name"] == "สมศรี"


async def test_a_person_with_another_id_is_found_by_it_and_no_more_by_the_old_one(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = await person_of(intake, case_id)
    fields = {"id_kind": "thai", "citizen_id": "3-9722-00000-12-6"}
    answer = await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
    assert answer.status_code == 200
    assert (await intake.case(case_id))["citizen"]["citizen_id"] == OTHER_ID
    assert await intake.vault.find("thai", OTHER_ID) == UUID(person_ref)
    assert await intake.vault.find("thai", ID) is None
    again = await intake.reported(kind="welfare", citizen={**CITIZEN, "citizen_id": OTHER_ID})
    assert again["duplicate_of"] == case_id


async def test_an_id_that_is_somebody_elses_is_refused_and_nothing_is_changed(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    other = (await intake.reported(citizen={**CITIZEN, "citizen_id": OTHER_ID}))["case_id"]
    person_ref = await person_of(intake, case_id)
    fields = {"id_kind": "thai", "citizen_id": OTHER_ID}
    answer = await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_known")
    assert await told_of(intake, person_ref) == []
    assert (await intake.case(case_id))["citizen"]["citizen_id"] == ID
    assert await intake.vault.find("thai", OTHER_ID) == UUID(await person_of(intake, other))


async def test_a_correction_that_says_nothing_or_half_is_refused(intake: Intake) -> None:
    person_ref = await person_of(intake, (await intake.reported())["case_id"])
    for fields, fault in (
        ({}, ("/fields", "required")),
        ({"first_name": None}, ("/fields/first_name", "required")),
        ({"citizen_id": OTHER_ID}, ("/fields/id_kind", "required")),
        ({"id_kind": "thai"}, ("/fields/citizen_id", "required")),
        ({"id_kind": "thai", "citizen_id": "3972200000127"}, ("/fields/citizen_id", "invalid_citizen_id")),
        ({"id_kind": "none", "citizen_id": None}, ("/fields/citizen_id", "required")),
        ({"birth_year": 2150}, ("/fields/birth_year", "in_future")),
        ({"nickname": "x"}, ("/fields/nickname", "unknown_field")),
    ):
        answer = await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
        assert answer.status_code == 422
        assert fault in codes(answer), answer.text
    assert codes(await intake.post(f"/people/{person_ref}/correct", {})) == {("/fields", "required"), ("/reason", "required")}


@pytest.mark.parametrize("path", [f"/people/{NOBODY}/correct", "/people/somebody/correct"])
async def test_nobody_cannot_be_put_right(intake: Intake, path: str) -> None:
    assert (await intake.post(path, {"fields": {"first_name": "สมศรี"}, **BECAUSE})).status_code == 404
