"""Forgetting somebody, over HTTP on the real PostgreSQL and vault: said first, then erased, whoever dies in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.intake.people.erasures import Erasures
from shared.connecting import connect
from shared.events.intake import PersonForgotten
from shared.sealed import Unopened
from tests.intake.people import (
    BECAUSE,
    DOCUMENT,
    FORGOTTEN_SECONDS,
    ID,
    NOBODY,
    erasing,
    person_of,
    told_of,
    until_gone,
)
from tests.intake.running import CITIZEN, PERSONAL, TIPOFF, Intake, codes, running_intake
from tests.intake.survey import citizen_id, results, row, sent
from tests.support.imports import swept
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def test_a_forgotten_person_leaves_the_case_without_name_and_words(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    await intake.withdraw(case_id)
    before = await intake.case(case_id)
    async with erasing(intake):
        answer = await intake.post("/people/forget", {**DOCUMENT, **BECAUSE})
        assert (answer.status_code, answer.json()) == (202, {"person_ref": before["person_ref"]})
        after = await until_gone(intake, case_id)
    assert (after["citizen"], after["detail"], after["withdrawal_reason"]) == (None, None, None)
    kept = {name for name in before if name not in ("citizen", "detail", "withdrawal_reason")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert not any(word in str(after) for word in PERSONAL)


async def test_forgetting_twice_says_the_same_and_does_nothing_more(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = await person_of(intake, case_id)
    by_document = {**DOCUMENT, **BECAUSE}
    first = await intake.post("/people/forget", by_document, key="forget")
    before_erasing = await intake.post("/people/forget", by_document)
    async with erasing(intake):
        await until_gone(intake, case_id)
    again = await intake.post("/people/forget", by_document, key="forget")
    by_reference = await intake.post("/people/forget", {"person_ref": person_ref, "reason": "อีกครั้ง"}, key="other")
    for answer in (first, before_erasing, again, by_reference):
        assert (answer.status_code, answer.json()) == (202, {"person_ref": person_ref})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await told_of(intake, person_ref) == [PersonForgotten.TYPE]


async def test_two_who_forget_the_same_person_at_once_say_it_once(intake: Intake) -> None:
    person_ref = await person_of(intake, (await intake.reported())["case_id"])
    answers = await asyncio.gather(*(intake.post("/people/forget", {**DOCUMENT, **BECAUSE}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert await told_of(intake, person_ref) == [PersonForgotten.TYPE]


async def test_who_is_erased_meanwhile_is_forgotten_by_reference_all_the_same(intake: Intake) -> None:
    """By the document nobody is found any more; the reference is known for ever."""
    for _ in range(4):
        person_ref = await person_of(intake, (await intake.reported())["case_id"])
        async with erasing(intake):
            by_reference = {"person_ref": person_ref, **BECAUSE}
            answers = await asyncio.gather(*(intake.post("/people/forget", by_reference) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {202}
        assert await told_of(intake, person_ref) == [PersonForgotten.TYPE]


async def test_who_comes_again_with_the_same_id_is_a_new_person(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    async with erasing(intake):
        await intake.post("/people/forget", {**DOCUMENT, **BECAUSE})
        await until_gone(intake, case_id)
    again = await intake.reported()
    assert not again["duplicate"]
    assert await person_of(intake, again["case_id"]) != await person_of(intake, case_id)
    assert (await intake.case(again["case_id"]))["citizen"] == CITIZEN
    assert (await intake.case(case_id))["citizen"] is None
    found = (await intake.post("/people/search", DOCUMENT)).json()
    assert [item["case_id"] for item in found["items"]] == [again["case_id"]]


async def test_an_imported_row_of_somebody_forgotten_is_known_by_nothing(intake: Intake) -> None:
    nameless: dict[str, object] = {"id_kind": "none", "citizen_id": None, "phone": "0812345678"}
    rows = [row(1, **nameless), row(2, **nameless), row(3), row(1, **nameless, reported_at=None)]
    first = await sent(intake, rows)
    forgotten = [await person_of(intake, first["rows"][number]["case_id"]) for number in (0, 3)]
    assert len(await _rows_known(intake)) == 4
    async with erasing(intake):
        for person_ref in forgotten:
            assert (await intake.post("/people/forget", {"person_ref": person_ref, **BECAUSE})).status_code == 202
            assert (await intake.post("/people/forget", {"person_ref": person_ref, **BECAUSE})).status_code == 202
        assert await _rows_known(intake) == {first["rows"][number]["case_id"] for number in (1, 2)}
        await until_gone(intake, first["rows"][3]["case_id"])
    again = await sent(intake, rows)
    assert results(again) == ["accepted", "matched", "matched", "accepted"]
    assert results(await sent(intake, rows)) == ["matched"] * 4
    assert await person_of(intake, again["rows"][0]["case_id"]) not in forgotten
    assert (await intake.case(first["rows"][0]["case_id"]))["citizen"] is None


async def _rows_known(intake: Intake) -> set[str]:
    async with intake.store.connection() as connection:
        found = await connection.execute("SELECT stream_id::text, scope FROM claims WHERE scope LIKE 'row%'")
        claims = await found.fetchall()
    known = {case_id for case_id, scope in claims if scope == "row"}
    assert {case_id for case_id, scope in claims if scope == "row_of"} <= known
    return known


async def test_files_that_were_sent_go_with_whoever_is_forgotten_and_say_nothing_afterwards(intake: Intake) -> None:
    taken = await sent(intake, [row(1), row(2, consent=None)])
    tried = await sent(intake, [row(1)], dry_run=True)
    await swept(intake.database.app, "intake")
    address = f"/imports/{taken['import_id']}"
    assert (await intake.http.get(f"{address}.xlsx")).status_code == 200
    document = {"id_kind": "thai", "citizen_id": citizen_id(1)}
    await intake.post("/people/forget", {**document, **BECAUSE})
    await swept(intake.database.app, "intake")
    for one in (taken, tried):
        gone = await intake.http.get(f"/imports/{one['import_id']}.xlsx")
        assert (gone.status_code, gone.json()["code"]) == (410, "file_erased")
    rows = (await intake.http.get(address)).json()["rows"]
    case_id = taken["rows"][0]["case_id"]
    assert [{name: one[name] for name in one if one[name] is not None} for one in rows] == [
        {"row": 2, "result": "accepted", "case_id": case_id},
        {"row": 3, "result": "refused", "column": "consent", "code": "consent_required"},
    ]
    async with intake.store.connection() as connection:
        assert await (await connection.execute("SELECT 1 FROM import_files")).fetchone() is None
    later = await sent(intake, [row(3)])
    await swept(intake.database.app, "intake")
    assert (await intake.http.get(f"/imports/{later['import_id']}.xlsx")).status_code == 200


async def test_nobody_the_key_of_a_case_and_an_unknown_document_are_not_found(intake: Intake) -> None:
    tip_off = UUID((await intake.reported(TIPOFF))["case_id"])
    of_the_case = await intake.vault.key_for_case(tip_off)
    for who in ({"person_ref": str(NOBODY)}, {"person_ref": str(of_the_case)}, {"person_ref": str(tip_off)}, DOCUMENT):
        assert (await intake.post("/people/forget", {**who, **BECAUSE})).status_code == 404
    assert (await intake.case(str(tip_off)))["detail"] == TIPOFF["detail"]


async def test_whom_to_forget_must_be_said_in_one_way(intake: Intake) -> None:
    for who, fault in (
        ({}, ("", "required")),
        ({"id_kind": "thai"}, ("/citizen_id", "required")),
        ({"citizen_id": ID}, ("/id_kind", "required")),
        ({"person_ref": str(NOBODY), **DOCUMENT}, ("/citizen_id", "invalid")),
        ({"person_ref": "somebody"}, ("/person_ref", "invalid")),
        ({**DOCUMENT, "ground": "because"}, ("/ground", "invalid")),
    ):
        answer = await intake.post("/people/forget", {**who, **BECAUSE})
        assert answer.status_code == 422
        assert fault in codes(answer), answer.text
    assert ("/reason", "required") in codes(await intake.post("/people/forget", DOCUMENT))


async def test_nothing_more_is_said_of_somebody_who_is_forgotten(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = await person_of(intake, case_id)
    await intake.post("/people/forget", {"person_ref": person_ref, **BECAUSE})
    correct = {"fields": {"first_name": "สมศรี"}, **BECAUSE}
    asked_at_once = await intake.post(f"/people/{person_ref}/correct", correct)
    async with erasing(intake):
        await until_gone(intake, case_id)
    asked_later = await intake.post(f"/people/{person_ref}/correct", correct)
    for answer in (asked_at_once, asked_later):
        assert (answer.status_code, answer.json()["code"]) == (409, "person_forgotten")
    withdrawn = await intake.withdraw(case_id)
    assert withdrawn.status_code == 200
    assert (await intake.case(case_id))["withdrawal_reason"] is None


async def test_the_reason_goes_with_the_person_and_the_ground_stays(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = UUID(await person_of(intake, case_id))
    await intake.post("/people/forget", {"person_ref": str(person_ref), **BECAUSE, "ground": "unlawful"})
    (event,) = (await intake.store.load(person_ref)).events
    assert isinstance(event, PersonForgotten)
    assert await intake.vault.open_many([event.words]) == [BECAUSE]
    async with erasing(intake):
        await until_gone(intake, case_id)
    assert await intake.vault.open_many([event.words]) == [Unopened.FORGOTTEN]
    assert event.ground == "unlawful"


async def test_what_is_kept_of_the_request_does_not_lead_back_to_the_document(intake: Intake) -> None:
    await intake.reported()
    hashes = []
    for key in ("first key", "second key"):
        assert (await intake.post("/people/forget", {**DOCUMENT, "reason": "ขอให้ลบ"}, key=key)).status_code == 202
        async with intake.store.connection() as connection:
            cursor = await connection.execute("SELECT body_hash FROM commands ORDER BY at DESC LIMIT 1")
            row = await cursor.fetchone()
        assert row is not None
        hashes.append(row[0])
    # The same body: who knows the pepper and tries all IDs needs the callers' keys as well, which are stored nowhere.
    assert hashes[0] != hashes[1]


async def test_whoever_dies_before_the_key_is_erased_the_next_one_erases_it(intake: Intake) -> None:
    """Killed between event and key, between key and position, and in the middle of the position's statement."""
    case_id = (await intake.reported())["case_id"]
    person_ref = UUID(await person_of(intake, case_id))
    await intake.post("/people/forget", {**DOCUMENT, **BECAUSE})
    assert await intake.vault.knows(person_ref)

    async with await connect(intake.database.app, name="dies between key and position") as connection:
        with contextlib.suppress(KilledError):
            async with connection.transaction():
                await Erasures(intake.database.app, "intake", intake.vault).step(connection)
                raise KilledError
    assert not await intake.vault.knows(person_ref)
    assert await _position(intake) == 0
    async with erasing(intake):
        await until_gone(intake, case_id)
        await _until_position(intake, await intake.store.head())
    assert await told_of(intake, str(person_ref)) == [PersonForgotten.TYPE]


class KilledError(Exception):
    pass


async def _position(intake: Intake) -> int:
    async with intake.store.connection() as connection:
        row = await (await connection.execute("SELECT coalesce(max(position), 0) FROM followed")).fetchone()
    assert row is not None
    return int(row[0])


async def _until_position(intake: Intake, wanted: int) -> None:
    end = asyncio.get_running_loop().time() + FORGOTTEN_SECONDS
    while await _position(intake) < wanted:
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.05)


async def test_a_vault_that_is_away_is_waited_for(intake: Intake, postgres: PostgresServer) -> None:
    case_id = (await intake.reported())["case_id"]
    async with erasing(intake):
        await intake.post("/people/forget", {**DOCUMENT, **BECAUSE})
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        end = asyncio.get_running_loop().time() + 30
        while (await intake.http.get(f"/needs/{case_id}")).json().get("citizen", "away") is not None:
            assert asyncio.get_running_loop().time() < end
            await asyncio.sleep(0.1)
