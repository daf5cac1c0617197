"""Rosters over HTTP on the real PostgreSQL: who is appointed, who serves there already, and that nobody is appointed twice
however often and in however many parts a roster is sent. What is the same for every import is tested with intake's."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import scalar_row
from python_calamine import CalamineWorkbook

from deploy.local.font import find_fonts
from shared.events.codes import ForgetGround
from shared.events.intake import PersonForgotten
from shared.sealed import Sealed
from tests.registry.roster import FIRST, as_csv, faults, results, send, taken
from tests.registry.running import AREAS, NAME, PHONE, SECRET, Registry, appointment, citizen_id, empty_database, running
from tests.support.api_process import api_process
from tests.support.callers import caller
from tests.support.imports import swept
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

LATER = "2015-06-01T03:00:00Z"
"""Eight months after the first terms have ended."""


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


async def serving(registry: Registry) -> list[tuple[Any, ...]]:
    """Who was appointed to what, as registry shows it."""
    found, cursor = list[tuple[Any, ...]](), None
    while True:
        page = await registry.get("/volunteers", limit=200, **({} if cursor is None else {"cursor": cursor}))
        found += [tuple(one[name] for name in ("citizen_id", "area_code", "appointed_on", "level")) for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return sorted(found)


async def test_good_rows_become_volunteers_and_bad_ones_are_named(registry: Registry) -> None:
    rows = [appointment(1), appointment(2, citizen_id="1970100000012"), appointment(3, title=None), appointment(4)]
    answer = await taken(registry, rows)
    assert results(answer) == ["accepted", "refused", "refused", "accepted"]
    assert faults(answer) == [("citizen_id", "invalid_citizen_id"), ("title", "required")]
    assert [one["row"] for one in answer["rows"]] == list(range(FIRST, FIRST + 4))
    assert (answer["accepted"], answer["matched"], answer["refused"]) == (2, 0, 2)
    shown = await registry.get(f"/volunteers/{answer['rows'][0]['volunteer_id']}")
    named = {"title": "นางสาว", "first_name": NAME, "last_name": "ใจดี", "citizen_id": citizen_id(1), "phone": PHONE}
    order = {"level": "subdistrict", "area_code": AREAS[0], "appointed_on": "2011-10-01", "order_no": "1/2555"}
    assert (named | order | {"term_ends_on": "2014-09-30", "status": "active"}).items() <= shown.items()
    assert (await registry.get("/coverage", province="20"))["volunteers_active"] == 2


async def test_thai_headings_words_and_days_are_understood(registry: Registry) -> None:
    file = (
        "ระดับ;เลขบัตรประชาชน ๑๓ หลัก *;คำนำหน้า;ชื่อ;นามสกุล;วันที่แต่งตั้ง;รหัสตำบล\n"
        f"ตำบล;{citizen_id(1)};นาง;สมใจ;ใจดี;๑ ตุลาคม ๒๕๕๔;{AREAS[0]} เนินพลับหวาน\n"
    )
    answer = (await send(registry, file.encode("cp874"))).json()
    assert results(answer) == ["accepted"]
    assert await serving(registry) == [(citizen_id(1), AREAS[0], "2011-10-01", "subdistrict")]


async def test_a_row_has_the_faults_that_the_appointment_alone_would_have(registry: Registry) -> None:
    unit = (await registry.done("/service-units", {"name": "หน่วย", "area_code": AREAS[0], "opened_on": "2011-09-01"}))["unit_id"]
    await registry.done(f"/service-units/{unit}/close", {"closed_on": "2011-10-01"})
    bad = [
        {"level": "province"},
        {"level": "district"},
        {"area_code": "209999"},
        {"village_no": "100"},
        {"appointed_on": "2012-02-01"},
        {"appointed_on": "31/2/2554"},
        {"unit_id": str(uuid4())},
        {"unit_id": unit},
        {"unit_id": "บ้านคลอง"},
        {"first_name": "ก" * 201},
        {"order_no": f"ของ {citizen_id(2)}"},
        {"phone": "ไม่มี"},
        {"citizen_id": "=1+1"},
    ]
    answer = await taken(registry, [appointment(1, **changed) for changed in bad])
    for changed, (column, code) in zip(bad, faults(answer), strict=True):
        alone = (await registry.post("/volunteers", appointment(1, **changed))).json()["errors"]
        assert (f"/{column}", code) in [(fault["pointer"], fault["code"]) for fault in alone] or {column} == changed.keys(), (
            changed
        )
    assert faults(answer)[4:8] == [
        ("appointed_on", "in_future"),
        ("appointed_on", "invalid"),
        ("unit_id", "unknown_unit"),
        ("unit_id", "unknown_unit"),
    ]
    assert await serving(registry) == []


async def test_who_serves_there_already_is_matched(registry: Registry) -> None:
    alone = await registry.appoint(1)
    rows = [appointment(1, appointed_on="2011-10-05"), appointment(1, area_code=AREAS[1]), appointment(2), appointment(2)]
    answer = await taken(registry, rows)
    assert results(answer) == ["matched", "accepted", "accepted", "matched"]
    ids = [one["volunteer_id"] for one in answer["rows"]]
    assert ids[0] == alone
    assert ids[2] == ids[3]
    again = await taken(registry, rows)
    assert results(again) == ["matched"] * 4
    assert [one["volunteer_id"] for one in again["rows"]] == ids
    assert await registry.events() == 3


async def test_the_terms_of_one_person_follow_each_other_in_one_file(registry: Registry) -> None:
    days = ["2005-10-01", "2006-01-01", "2008-10-01", "2008-10-02", "2011-10-01"]
    answer = await taken(registry, [appointment(1, appointed_on=day) for day in days], now=LATER)
    assert results(answer) == ["accepted", "matched", "accepted", "matched", "accepted"]
    assert [day for _, _, day, _ in await serving(registry)] == ["2005-10-01", "2008-10-01", "2011-10-01"]
    assert results(await taken(registry, [appointment(1, appointed_on=day) for day in days], now=LATER)) == ["matched"] * 5
    await registry.done(
        f"/volunteers/{answer['rows'][4]['volunteer_id']}/relieve", {"relieved_on": "2012-01-01", "reason": "ย้าย"}
    )
    later = await taken(registry, [appointment(1, appointed_on="2012-01-01")], now=LATER)
    assert results(later) == ["accepted"]


async def test_a_dry_run_says_the_same_and_leaves_nothing(registry: Registry, vault_dsn: str) -> None:
    await registry.appoint(1)
    rows = [
        *(appointment(1), appointment(2), appointment(2), appointment(3, level=None)),
        *(appointment(4, appointed_on=day) for day in ("2005-10-01", "2006-10-01", "2008-10-01")),
    ]
    before = await _kept(registry, vault_dsn)
    dry = await taken(registry, rows, dry_run=True)
    assert await _kept(registry, vault_dsn) == before
    real = await taken(registry, rows)
    told = [[(one["row"], one["result"], one.get("column"), one.get("code")) for one in answer["rows"]] for answer in (dry, real)]
    assert told[0] == told[1]
    assert {one["result"] for one in dry["rows"] if "volunteer_id" in one} == {"matched"}
    assert await registry.events() == 1 + real["accepted"]


async def _kept(registry: Registry, vault_dsn: str) -> list[Any]:
    counted = [await registry.asked(f"SELECT count(*) FROM {table}") for table in ("events", "claims", "commands")]
    async with await psycopg.AsyncConnection.connect(vault_dsn, row_factory=scalar_row) as connection:
        return [*counted, await (await connection.execute("SELECT count(key_ref) FROM keys")).fetchone()]


async def test_rows_of_another_province_are_not_found_and_its_units_unknown(registry: Registry) -> None:
    unit = (await registry.done("/service-units", {"name": "หน่วย", "area_code": "240409", "opened_on": "2011-09-01"}))["unit_id"]
    rows = [
        *(appointment(1), appointment(2, area_code="240409"), appointment(3, area_code="240409", title=None)),
        *(appointment(4, level="district", area_code="2404"), appointment(5, unit_id=unit)),
    ]
    answer = await taken(registry, rows, who=caller("province_officer", provinces=["20"]))
    assert faults(answer) == [("area_code", "not_found")] * 3 + [("unit_id", "unknown_unit")]
    assert results(answer)[0] == "accepted"
    assert results(await taken(registry, rows)) == ["matched", "accepted", "refused", "accepted", "accepted"]


async def test_two_who_send_the_same_roster_at_once_appoint_everybody_once(registry: Registry) -> None:
    rows = [appointment(number) for number in range(60)]
    answers = await asyncio.gather(*(taken(registry, rows, who=caller(sub=f"office {number}")) for number in range(2)))
    assert [Counter(pair) for pair in zip(*(results(answer) for answer in answers), strict=True)] == [
        Counter({"accepted": 1, "matched": 1})
    ] * 60
    first, second = ([one["volunteer_id"] for one in answer["rows"]] for answer in answers)
    assert first == second
    assert await registry.events() == 60


async def test_a_roster_may_be_sent_in_any_parts_and_any_part_again(registry: Registry) -> None:
    """Each split is of people of its own, so that one registry can tell them all."""
    people = 9
    for split in range(1, 4):
        how = Random(split)
        rows = _roster(how, first=split * people, people=people)
        cuts = sorted(how.sample(range(1, len(rows)), split))
        parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
        for place, part in enumerate(parts):
            await taken(registry, part, now=LATER)
            if place == 1:
                await taken(registry, [row for sent in parts[: place + 1] for row in sent], now=LATER)
    found = [(int(number[4:12]), *rest) for number, *rest in await serving(registry)]
    states = [sorted(one for one in found if one[0] // people == split) for split in range(1, 4)]
    expected = [_state(_roster(Random(split), first=split * people, people=people)) for split in range(1, 4)]
    assert states == expected


def _roster(how: Random, *, first: int, people: int) -> list[dict[str, Any]]:
    """Some of them in two areas, or for a second term, or twice."""
    rows = [appointment(first + number, area_code=how.choice(AREAS), appointed_on="2009-02-01") for number in range(people)]
    rows += [row | {"area_code": how.choice(AREAS)} for row in rows if how.random() < 0.5]
    rows += [row | {"appointed_on": how.choice(["2011-02-01", "2012-02-01"])} for row in rows if how.random() < 0.5]
    return rows


def _state(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What the rule comes to, one row after the other: three years from the day on, in one area."""
    serving: dict[tuple[str, str], str] = {}
    found = []
    for row in rows:
        place = (row["citizen_id"], row["area_code"])
        if row["appointed_on"] >= serving.get(place, ""):
            serving[place] = f"{int(row['appointed_on'][:4]) + 3}{row['appointed_on'][4:]}"
            found.append((int(row["citizen_id"][4:12]), row["area_code"], row["appointed_on"], row["level"]))
    return sorted(found)


async def test_an_import_that_broke_off_is_completed_by_sending_it_again(postgres: PostgresServer, vault_dsn: str) -> None:
    database = empty_database(postgres)
    content = as_csv([appointment(number) for number in range(1600)])
    async with running(database, vault_dsn) as registry:
        sending = asyncio.create_task(send(registry, content, key="k"))
        async with asyncio.timeout(30):
            while await registry.events() == 0:
                await asyncio.sleep(0.005)
    broken = await sending
    assert (broken.status_code, broken.json()["code"]) == (503, "interrupted")
    async with running(database, vault_dsn) as registry:
        before = await registry.events()
        assert 0 < before < 1600
        again = (await send(registry, content, key="k")).json()
        assert (again["accepted"], again["matched"], again["refused"]) == (1600 - before, before, 0)
        assert await registry.events() == 1600


async def test_killed_in_the_middle_and_sent_again_nobody_is_appointed_twice(registry: Registry) -> None:
    content = as_csv([appointment(number) for number in range(1600)])
    settings = registry.state.settings
    keys = {"card_key": SECRET, "fonts": str(find_fonts()), "printers": "1"}
    async with api_process("registry", settings, **keys) as (process, http):
        sending = asyncio.create_task(send(registry, content, key="k", http=http))
        async with asyncio.timeout(30):
            while await registry.events() == 0:
                await asyncio.sleep(0.005)
        process.kill()
        with pytest.raises(httpx.TransportError):
            await sending
        await process.wait()
    left = await registry.events()
    assert 0 < left < 1600
    again = (await send(registry, content, key="another")).json()
    assert (again["accepted"], again["matched"], again["refused"]) == (1600 - left, left, 0)
    assert await registry.events() == 1600


async def test_who_was_forgotten_is_a_new_person(registry: Registry) -> None:
    first = (await taken(registry, [appointment(1)]))["rows"][0]["volunteer_id"]
    (ref,) = await registry.asked("SELECT data->>'person_ref' FROM events WHERE stream_id = %s", first)
    assert await registry.vault.forget(UUID(ref)) == 1
    assert results(await taken(registry, [appointment(1)])) == ["accepted"]
    assert await registry.events() == 2


async def test_nothing_personal_lies_in_the_clear(registry: Registry) -> None:
    await taken(registry, [appointment(1), appointment(2, title=None), appointment(1)])
    tables = ("events", "claims", "commands", "audit", "imports", "import_rows", "import_files")
    for table in tables:
        for row in await registry.asked(f"SELECT row_to_json({table})::text FROM {table}"):
            assert [word for word in (NAME, PHONE, citizen_id(1), citizen_id(2)) if word in row] == [], table


async def test_a_template_is_handed_out_for_the_callers_provinces(registry: Registry) -> None:
    officer = caller("province_officer", provinces=["20"])
    answer = await registry.http.get("/volunteers/template.xlsx", headers=officer)
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    offered = {str(cell).split()[0] for row in book.get_sheet_by_name("ตัวเลือก").iter_rows() for cell in row if cell}
    assert {AREAS[0], "2001", "ตำบล"} <= offered
    assert "240409" not in offered
    assert (await send(registry, answer.content)).json()["code"] == "no_rows"


async def test_a_roster_goes_when_intake_says_that_somebody_is_forgotten(registry: Registry) -> None:
    answer = await taken(registry, [appointment(1)])
    address = f"/imports/{answer['import_id']}.xlsx"
    assert (await registry.http.get(address)).status_code == 200
    somebody = uuid4()
    words = Sealed(key_ref=somebody, box="A" * 40)
    at = datetime(2012, 1, 1, tzinfo=UTC)
    await registry.hear(PersonForgotten(person_ref=somebody, ground=ForgetGround.REQUESTED, forgotten_at=at, words=words))
    await swept(registry.database.app, "registry")
    gone = await registry.http.get(address)
    assert (gone.status_code, gone.json()["code"]) == (410, "file_erased")
    assert await registry.asked("SELECT count(*) FROM import_files") == [0]
