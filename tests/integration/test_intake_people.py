"""People over HTTP on the real PostgreSQL and vault: found by their document, put right, forgotten, and forgotten again after an
older vault was put back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from services.intake.app import DEFINITION
from services.intake.people.erasures import Erasures
from services.intake.people.reapply import reapply
from shared.connecting import connect
from shared.events.intake import PersonCorrected, PersonForgotten
from shared.process import main
from shared.sealed import Unopened
from shared.vault import Vault, vault_pool
from tests.intake.running import CITIZEN, PERSONAL, TIPOFF, Intake, another_api, codes, running_intake
from tests.support.servers import PostgresServer, wait_until_empty

pytestmark = pytest.mark.integration

ID, OTHER_ID = "1970100000011", "3972200000126"
DOCUMENT = {"id_kind": "thai", "citizen_id": ID}
BECAUSE = {"reason": "ขอให้ลบ โทร 081-234-5678 สมใจ"}
NOBODY = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
FORGOTTEN_SECONDS = 10.0


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


@contextlib.asynccontextmanager
async def erasing(intake: Intake) -> AsyncIterator[None]:
    """As intake's worker does it."""
    task = asyncio.create_task(Erasures(intake.database.app, "intake", intake.vault).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until_gone(intake: Intake, case_id: str) -> dict[str, Any]:
    """The case as soon as it names nobody."""
    end = asyncio.get_running_loop().time() + FORGOTTEN_SECONDS
    while (case := await intake.case(case_id))["citizen"] is not None:
        assert asyncio.get_running_loop().time() < end, "the name is still shown"
        await asyncio.sleep(0.05)
    return case


async def told_of(intake: Intake, person_ref: str) -> list[str]:
    return [record.type for record in (await intake.store.load(UUID(person_ref))).records]


async def person_of(intake: Intake, case_id: str) -> str:
    found: str = (await intake.case(case_id))["person_ref"]
    return found


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
    ):
        answer = await intake.post("/people/search", body)
        assert answer.status_code == 422
        assert fault in codes(answer)
        assert "1970100000012" not in answer.text


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


# Forgetting


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
    async with erasing(intake):
        answers = await asyncio.gather(*(intake.post("/people/forget", {**DOCUMENT, **BECAUSE}) for _ in range(8)))
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


# After a restore


def backup(postgres: PostgresServer, vault_dsn: str) -> str:
    """A copy of the vault as it is, under a name of its own."""
    name, copy = str(conninfo_to_dict(vault_dsn)["dbname"]), f"backup_{uuid4().hex[:8]}"
    postgres.end_connections(vault_dsn)
    wait_until_empty(postgres.dsn, name)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" OWNER vault_owner'.encode())
    return copy


def restore(postgres: PostgresServer, vault_dsn: str, copy: str) -> None:
    """The copy in place of the vault."""
    name = str(conninfo_to_dict(vault_dsn)["dbname"])
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        connection.execute(f'ALTER DATABASE "{copy}" RENAME TO "{name}"'.encode())
        connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO vault'.encode())


async def test_after_an_older_vault_was_put_back_everybody_is_forgotten_again(
    postgres: PostgresServer, vault_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_intake(postgres, vault_dsn) as intake:
        forgotten = (await intake.reported())["case_id"]
        corrected = (await intake.reported(citizen={**CITIZEN, "citizen_id": "5973300001008"}))["case_id"]
        settings, database = intake.settings, intake.database
    copy = await asyncio.to_thread(backup, postgres, vault_dsn)
    async with running_again(intake, vault_dsn) as vault:
        ref = UUID(await asyncio.to_thread(_person_in, database.app, forgotten))
        put_right = UUID(await asyncio.to_thread(_person_in, database.app, corrected))
        async with another_api(intake.settings) as http:
            assert (await http.post("/people/forget", json={**DOCUMENT, **BECAUSE})).status_code == 202
            fields = {"id_kind": "thai", "citizen_id": OTHER_ID}
            answer = await http.post(f"/people/{put_right}/correct", json={"fields": fields, **BECAUSE})
            assert answer.status_code == 200
        async with await connect(database.app, name="erasures") as connection:
            await Erasures(database.app, "intake", vault).step(connection)
        assert not await vault.knows(ref)
    await asyncio.to_thread(restore, postgres, vault_dsn, copy)
    async with running_again(intake, vault_dsn) as vault:
        assert await vault.find("thai", ID) == ref  # the older vault knows the person
        assert await vault.find("thai", OTHER_ID) is None
    for name in ("database", "vault", "master_key", "pepper"):
        monkeypatch.setenv(f"SONGTOR_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("ENV", "development")
    for still_known in (1, 0):
        assert await asyncio.to_thread(main, DEFINITION, ["people", "reapply"]) == 0
        said = capsys.readouterr().out
        assert f"1 people are to be forgotten; the vault still knew {still_known} of them" in said
        assert "1 people are found by the document that they were corrected to" in said
    async with running_again(intake, vault_dsn) as vault:
        assert await vault.find("thai", ID) is None
        assert not await vault.knows(ref)
        assert await vault.find("thai", OTHER_ID) == put_right
        async with another_api(intake.settings) as http:
            assert (await http.get(f"/needs/{forgotten}")).json()["citizen"] is None
            assert (await http.get(f"/needs/{corrected}")).json()["citizen"]["citizen_id"] == OTHER_ID


async def test_a_document_that_somebody_has_taken_since_is_said_and_left(intake: Intake) -> None:
    """Somebody was reported to the older vault by the document that another was corrected to."""
    person_ref = UUID(await person_of(intake, (await intake.reported())["case_id"]))
    fields = {"id_kind": "thai", "citizen_id": OTHER_ID}
    await intake.post(f"/people/{person_ref}/correct", {"fields": fields, **BECAUSE})
    await intake.vault.rekey(person_ref, "thai", ID)  # as the older vault has it
    other = await intake.vault.enrol("thai", OTHER_ID)
    async with await connect(intake.database.app, name="reapply") as connection:
        done = await reapply(connection, intake.vault)
    assert done.refused == (person_ref,)
    assert await intake.vault.find("thai", OTHER_ID) == other


@contextlib.asynccontextmanager
async def running_again(intake: Intake, vault_dsn: str) -> AsyncIterator[Vault]:
    """The vault with new connections and nothing cached."""
    async with vault_pool(make_conninfo(vault_dsn)) as pool:
        settings = intake.settings
        yield Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes, service="intake")


def _person_in(dsn: str, case_id: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT data ->> 'person_ref' FROM events WHERE stream_id = %s", [case_id]).fetchone()
    assert row is not None
    found: str = row[0]
    return found
