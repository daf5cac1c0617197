"""Survey sheets over HTTP on the real PostgreSQL: what becomes of rows, good and bad, and what is answered. Bad files and what
breaks have files of their own."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import scalar_row
from python_calamine import CalamineWorkbook

from shared.sheets.words import RESULTS
from tests.intake.given import UNIT, VOLUNTEER, unit, volunteer
from tests.intake.running import Intake, another_api, running_intake
from tests.intake.survey import FIRST, Row, as_csv, citizen_id, faults, results, row, send, sent
from tests.support.callers import caller
from tests.support.imports import swept
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

TIPOFF: Row = {"kind": "tipoff_child_labour", "area_code": "240409", "reported_at": "2021-05-10", "detail": "โรงงานริมคลอง"}
SECONDS = 30.0


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def kept(intake: Intake, vault_dsn: str) -> dict[str, int | None]:
    """How much there is of everything that an import may leave."""
    counted: dict[str, int | None] = {}
    async with await psycopg.AsyncConnection.connect(intake.database.owner, row_factory=scalar_row) as connection:
        for table in ("events", "claims", "commands"):
            counted[table] = await (await connection.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
    async with await psycopg.AsyncConnection.connect(vault_dsn, row_factory=scalar_row) as connection:
        counted["keys"] = await (await connection.execute("SELECT count(key_ref) FROM keys")).fetchone()
    return counted


async def ended(intake: Intake, import_id: str) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        while (shown := (await intake.http.get(f"/imports/{import_id}")).json())["state"] == "running":
            await asyncio.sleep(0.02)
    found: dict[str, Any] = shown
    return found


async def test_good_rows_become_needs_and_bad_ones_are_named(intake: Intake) -> None:
    answer = await sent(intake, [row(1), row(2, citizen_id="1970100000012"), row(3, consent=None), row(4)])
    assert results(answer) == ["accepted", "refused", "refused", "accepted"]
    assert faults(answer) == [("citizen_id", "invalid_citizen_id"), ("consent", "consent_required")]
    assert [one["row"] for one in answer["rows"]] == [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
    assert (answer["accepted"], answer["matched"], answer["refused"]) == (2, 0, 2)
    case = await intake.case(answer["rows"][0]["case_id"])
    assert (case["citizen"]["last_name"], case["detail"], case["reported_at"]) == (
        "ใจดี1",
        "ขอคำแนะนำเรื่องสวัสดิการ",
        "2021-05-09T17:00:00Z",
    )


async def test_every_fault_of_a_row_is_one_that_a_report_alone_would_have(intake: Intake) -> None:
    await intake.hear(volunteer(), unit())
    bad: list[tuple[Row, tuple[str, str]]] = [
        ({"kind": "money"}, ("kind", "invalid")),
        ({"kind": None}, ("kind", "required")),
        ({"area_code": "249999"}, ("area_code", "unknown_place")),
        ({"village_no": "100"}, ("village_no", "invalid")),
        ({"reported_at": "2021-05-13"}, ("reported_at", "in_future")),
        ({"reported_at": "someday"}, ("reported_at", "invalid")),
        ({"volunteer_id": "01890000-0000-7000-8000-0000000000ff"}, ("volunteer_id", "unknown_volunteer")),
        ({"volunteer_id": "อสร. สมศรี"}, ("volunteer_id", "invalid")),
        ({"unit_id": "01890000-0000-7000-8000-0000000000fe"}, ("unit_id", "unknown_unit")),
        ({"citizen_id": None}, ("citizen_id", "required")),
        ({"id_kind": "none"}, ("citizen_id", "invalid")),
        ({"first_name": None}, ("first_name", "required")),
        (
            dict.fromkeys(("id_kind", "citizen_id", "title", "first_name", "last_name")),
            ("citizen_id", "citizen_required"),
        ),
        ({"birth_year": "2022"}, ("birth_year", "in_future")),
        ({"worker_type": None}, ("worker_type", "required")),
        ({"consent": "ไม่"}, ("consent", "consent_required")),
        ({"detail": "ก" * 4001}, ("detail", "too_long")),
        ({"first_name": "ก" * 201}, ("first_name", "too_long")),
    ]
    answer = await sent(intake, [row(number, **changed) for number, (changed, _) in enumerate(bad)])
    assert faults(answer) == [expected for _, expected in bad]
    assert await intake.listed() == []


async def test_the_same_rows_are_there_already_whatever_file_they_stand_in(intake: Intake) -> None:
    first = await sent(intake, [row(1), row(2)])
    cases = [one["case_id"] for one in first["rows"]]
    again = await sent(intake, [row(2, title="นางสาว"), row(3), row(1)])
    assert results(again) == ["matched", "accepted", "matched"]
    assert [again["rows"][place]["case_id"] for place in (2, 0)] == cases
    twice = await sent(intake, [row(4), row(4, detail="อื่น")])
    assert results(twice) == ["accepted", "matched"]
    assert len({one["case_id"] for one in twice["rows"]}) == 1
    await intake.withdraw(cases[0])
    assert results(await sent(intake, [row(1)])) == ["matched"]
    assert len(await intake.listed()) == 4


async def test_the_same_need_on_another_day_is_a_duplicate_of_the_first(intake: Intake) -> None:
    days = [f"2021-05-{day:02}" for day in (10, 3, 8)]
    answer = await sent(intake, [row(1, reported_at=day) for day in days])
    assert results(answer) == ["accepted"] * 3
    cases = [await intake.case(one["case_id"]) for one in answer["rows"]]
    first = cases[0]["case_id"]
    assert [(case["duplicate"], case["duplicate_of"]) for case in cases] == [(False, None), (True, first), (True, first)]
    alone = await intake.reported(citizen={"id_kind": "thai", "citizen_id": citizen_id(1), "first_name": "ส", "last_name": "จ"})
    assert alone["duplicate_of"] == first
    await intake.withdraw(first)
    later = await intake.case((await sent(intake, [row(1, reported_at="2021-05-11")]))["rows"][0]["case_id"])
    assert later["duplicate_of"] == cases[1]["case_id"]


async def test_what_was_reported_alone_is_another_need_and_the_original(intake: Intake) -> None:
    alone = await intake.reported()
    same = row(citizen_id="1970100000011", kind="welfare", reported_at="2021-05-10")
    answer = await sent(intake, [same])
    assert results(answer) == ["accepted"]
    assert (await intake.case(answer["rows"][0]["case_id"]))["duplicate_of"] == alone["case_id"]


async def test_tip_offs_need_nobody_and_are_known_by_what_they_tell(intake: Intake) -> None:
    await intake.hear(volunteer(unit_id=UNIT), unit())
    rows = [TIPOFF, TIPOFF | {"detail": "ท้ายซอย"}, TIPOFF | {"volunteer_id": str(VOLUNTEER)}, TIPOFF]
    answer = await sent(intake, rows)
    assert results(answer) == ["accepted", "accepted", "accepted", "matched"]
    cases = [await intake.case(one["case_id"]) for one in answer["rows"]]
    assert [(case["urgent"], case["citizen"], case["duplicate"]) for case in cases] == [(True, None, False)] * 4
    assert [case["detail"] for case in cases] == ["โรงงานริมคลอง", "ท้ายซอย", "โรงงานริมคลอง", "โรงงานริมคลอง"]
    assert (cases[2]["volunteer_id"], cases[2]["unit_id"]) == (str(VOLUNTEER), str(UNIT))
    assert results(await sent(intake, rows)) == ["matched"] * 4


async def test_somebody_without_a_document_is_matched_by_name(intake: Intake) -> None:
    nobody = row(id_kind="none", citizen_id=None)
    other = nobody | {"last_name": "ใจงาม"}
    assert results(await sent(intake, [nobody, other, nobody])) == ["accepted", "accepted", "matched"]
    assert results(await sent(intake, [nobody | {"reported_at": "2021-05-11"}])) == ["accepted"]
    assert {need["duplicate"] for need in await intake.listed()} == {False}


async def test_who_was_forgotten_is_a_new_person(intake: Intake) -> None:
    first = (await sent(intake, [row(1)]))["rows"][0]["case_id"]
    person_ref = (await intake.case(first))["person_ref"]
    assert await intake.vault.forget(UUID(person_ref)) == 1
    assert results(await sent(intake, [row(1)])) == ["accepted"]


async def test_the_same_key_gives_the_first_answer_again(intake: Intake) -> None:
    content = as_csv([row(1), row(2, consent=None)])
    first = await send(intake, content, key="k")
    again = await send(intake, content, key="k")
    assert (again.content, again.headers["Songtor-Position"]) == (first.content, first.headers["Songtor-Position"])
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    other = await send(intake, as_csv([row(3)]), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await send(intake, content, key="k", who=caller(sub="else"))).json()["matched"] == 1
    at_once = await asyncio.gather(*(send(intake, as_csv([row(7), row(8)]), key="at once") for _ in range(4)))
    assert {(answer.status_code, answer.content) for answer in at_once} == {(200, at_once[0].content)}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in at_once) == 1
    assert len(await intake.listed()) == 3


async def test_who_does_not_want_to_wait_follows_it(intake: Intake) -> None:
    content = as_csv([row(number) for number in range(600)] + [row(1000, consent=None)])
    begun = await send(intake, content, key="k", prefer="wait=5, respond-async")
    import_id = begun.json()["import_id"]
    assert (begun.status_code, begun.json()) == (202, {"import_id": import_id})
    assert begun.headers["Location"] == f"/imports/{import_id}"
    assert begun.headers["Preference-Applied"] == "respond-async"
    shown = await ended(intake, import_id)
    assert {name: shown[name] for name in ("state", "code", "done", "total", "accepted", "matched", "refused")} == {
        "state": "done",
        "code": None,
        "done": 601,
        "total": 601,
        "accepted": 600,
        "matched": 0,
        "refused": 1,
    }
    assert Counter(results(shown)) == {"accepted": 600, "refused": 1}
    assert [one["row"] for one in shown["rows"]] == list(range(FIRST, FIRST + 601))
    again = await send(intake, content, key="k", prefer="respond-async")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (202, {"import_id": import_id}, "true")
    for address in (f"/imports/{import_id}", f"/imports/{import_id}.xlsx", f"/imports/{VOLUNTEER}", "/imports/nonsense"):
        assert (await intake.http.get(address, headers=caller(sub="else"))).status_code == 404


async def test_the_file_comes_back_with_what_was_wrong_for_a_day(intake: Intake) -> None:
    answer = await sent(intake, [row(1), row(2, citizen_id="1970100000012"), row(1)])
    address = f"/imports/{answer['import_id']}.xlsx"
    marked = await intake.http.get(address)
    assert marked.status_code == 200
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(marked.content)).get_sheet_by_index(0).to_python()
    place = head.index("ผลการนำเข้า")
    assert [one[place] for one in rows] == [RESULTS["accepted"], RESULTS["refused"], RESULTS["matched"]]
    assert "เลขประจำตัวประชาชน" in str(rows[1][place + 1])
    assert [one[head.index("last_name")] for one in rows] == ["ใจดี1", "ใจดี2", "ใจดี1"]
    async with await psycopg.AsyncConnection.connect(intake.database.owner, autocommit=True) as owner:
        await owner.execute("UPDATE imports SET created_at = created_at - interval '25 hours'")
    await swept(intake.database.app, "intake")
    gone = await intake.http.get(address)
    assert (gone.status_code, gone.json()["code"]) == (410, "file_erased")
    assert results((await intake.http.get(f"/imports/{answer['import_id']}")).json()) == ["accepted", "refused", "matched"]
    async with await psycopg.AsyncConnection.connect(intake.database.owner, row_factory=scalar_row) as owner:
        assert await (await owner.execute("SELECT count(*) FROM import_files")).fetchone() == 0


async def test_a_dry_run_says_the_same_and_leaves_nothing(intake: Intake, vault_dsn: str) -> None:
    await sent(intake, [row(1)])
    rows = [
        *(row(1), row(2), row(2, title="นาย"), row(3, consent=None), row(2, reported_at="2021-05-11")),
        *(TIPOFF, TIPOFF, row(id_kind="none", citizen_id=None), row(9, citizen_id="๑-๙๗๐๑-๐๐๐๐๐-๐๒-๐")),
    ]
    before = await kept(intake, vault_dsn)
    dry = await sent(intake, rows, key="k", dry_run=True)
    assert await kept(intake, vault_dsn) == before
    assert (await intake.http.get(f"/imports/{dry['import_id']}.xlsx")).status_code == 200
    real = await sent(intake, rows, key="k")
    parts = [[(one["row"], one["result"], one.get("column"), one.get("code")) for one in told["rows"]] for told in (dry, real)]
    assert parts[0] == parts[1]
    assert {one["result"] for one in dry["rows"] if "case_id" in one} == {"matched"}
    assert len(await intake.listed()) == 1 + real["accepted"]


async def test_rows_of_another_province_or_unit_are_not_found(intake: Intake) -> None:
    await intake.hear(unit(), unit(UUID(int=UNIT.int + 1)))
    rows = [row(1), row(2, area_code="200101"), row(3, unit_id=str(UUID(int=UNIT.int + 1)))]
    officer = caller("province_officer", provinces=["24"])
    foreign = ("area_code", "not_found")
    assert faults(await sent(intake, rows, who=officer)) == [foreign]
    clerk = caller("unit_clerk", provinces=["24"], unit_id=UNIT)
    answer = await sent(intake, rows, who=clerk)
    assert (results(answer), faults(answer)) == (["matched", "refused", "refused"], [foreign, ("unit_id", "not_found")])
    assert "case_id" not in answer["rows"][0], "it is of another unit"
    own = await sent(intake, [row(5)], who=clerk)
    assert (await intake.case(own["rows"][0]["case_id"]))["unit_id"] == str(UNIT)
    assert results(await sent(intake, [row(1)], who=caller("province_officer", provinces=["20"]))) == ["refused"]


async def test_a_template_is_handed_out_empty(intake: Intake) -> None:
    answer = await intake.http.get("/needs/template.xlsx", params={"province": "24"})
    assert answer.status_code == 200
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert {"ความต้องการ", "เลขประจำตัวประชาชน"} <= {str(cell).strip("* ") for cell in sheet[0]}
    sent_back = await send(intake, answer.content, name="template.xlsx")
    assert (sent_back.status_code, sent_back.json()["code"]) == (422, "no_rows")
    assert (await intake.http.get("/needs/template.xlsx", params={"province": "99"})).status_code == 422


async def test_two_processes_follow_the_same_import(intake: Intake) -> None:
    async with another_api(intake.settings) as other:
        answer = await sent(intake, [row(1)])
        assert (await other.get(f"/imports/{answer['import_id']}")).json()["rows"] == answer["rows"]
        again = await send(intake, as_csv([row(1)]), key="k", http=other)
        assert (await send(intake, as_csv([row(1)]), key="k")).content == again.content


async def test_a_volunteer_may_be_named_by_the_card(intake: Intake) -> None:
    card, elsewhere = "24-2564-7F3KQ9", {"province": "20", "area_code": "200101", "card_no": "20-2564-AAAAAA"}
    await intake.hear(volunteer(card_no=card), volunteer(UUID(int=VOLUNTEER.int + 1), **elsewhere))
    rows = [row(1, volunteer_id=card), row(2, volunteer_id=f" {card.lower()} "), row(3, volunteer_id="24-2564-ZZZZZZ")]
    officer = caller("province_officer", provinces=["24"])
    answer = await sent(intake, [*rows, row(4, volunteer_id="20-2564-AAAAAA")], who=officer)
    assert results(answer) == ["accepted", "accepted", "refused", "refused"]
    assert set(faults(answer)) == {("volunteer_id", "unknown_volunteer")}
    assert {need["volunteer_id"] for need in await intake.listed()} == {str(VOLUNTEER)}
