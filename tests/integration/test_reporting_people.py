"""People on forms as they were put right and when they are forgotten, and one person's whole record, on the real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contract import Event
from shared.events.routing import CaseReferred
from shared.ids import PersonRef
from shared.vault import Vault
from tests.reporting.given import an_id, forgotten, helped, need, put_right, referral, screened, unit, volunteer
from tests.reporting.running import SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

SP12: dict[str, Any] = {"unit_id": str(UNIT), "month": "2021-05"}
SUDA = {"id_kind": "thai", "citizen_id": "3972200000126", "title": "นาง", "first_name": "สุดา", "last_name": "ใจงาม"}
TOMBSTONE = "ลบข้อมูลตามคำขอ"
FORGOTTEN_SECONDS = 10.0
VIEWS: tuple[dict[str, Any], ...] = ({"view": "live"}, {"view": "submitted"}, {"view": "asof", "at": "2100-01-01T00:00:00Z"})


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


async def told(reporting: Reporting, *events: Event, version: int = 1) -> None:
    """By the real clock."""
    await reporting.tell(*(recorded(event, version=version, played=False) for event in events))


async def rows(reporting: Reporting, **view: Any) -> dict[str, tuple[str, str | None]]:
    """Name and ID of each row of the form, by help."""
    found = await reporting.get("/reports/sp12", **SP12, **view)
    return {row["assistance_id"]: (row["name"], row["citizen_id"]) for row in found["rows"]}


async def correct(vault: Vault, person_ref: UUID, **fields: Any) -> Event:
    return put_right(person_ref, await vault.seal(person_ref, fields))


async def a_submitted_form(reporting: Reporting, vault: Vault) -> PersonRef:
    """Two helps of Somjai and one of Suda. Returns who Somjai is."""
    helps = [await help_for(vault, 11, SOMJAI), await help_for(vault, 12, SUDA), await help_for(vault, 13, SOMJAI)]
    await told(reporting, unit(UNIT), *helps)
    await reporting.post("/reports/sp12/submit", **SP12)
    found = await vault.find("thai", SOMJAI["citizen_id"])
    assert found is not None
    return found


async def test_a_name_that_was_put_right_stands_on_every_view_and_no_hash_changes(reporting: Reporting, vault: Vault) -> None:
    somjai = await a_submitted_form(reporting, vault)
    before = {view["view"]: await reporting.get("/reports/sp12", **SP12, **view) for view in VIEWS}
    await told(reporting, await correct(vault, somjai, first_name="สมศรี"))
    await told(reporting, await correct(vault, somjai, first_name="สมพร", citizen_id="5973300001008", id_kind="thai"), version=2)
    for view in VIEWS:
        assert await rows(reporting, **view) == {
            str(an_id(11)): ("นางสาวสมพร ใจดี", "5973300001008"),
            str(an_id(12)): ("นางสุดา ใจงาม", SUDA["citizen_id"]),
            str(an_id(13)): ("นางสาวสมพร ใจดี", "5973300001008"),
        }
        after = await reporting.get("/reports/sp12", **SP12, **view)
        assert (after["hash"], after["persons"]) == (before[view["view"]]["hash"], 2)
    refused = await reporting.post("/reports/sp12/submit", status=409, **SP12)
    assert refused["code"] == "nothing_changed"


async def test_corrections_that_come_in_the_wrong_order_count_by_their_own(reporting: Reporting, vault: Vault) -> None:
    somjai = await a_submitted_form(reporting, vault)
    await told(reporting, await correct(vault, somjai, first_name="สมพร"), version=2)
    await told(reporting, await correct(vault, somjai, first_name="สมศรี"), version=1)
    assert (await rows(reporting))[str(an_id(11))][0] == "นางสาวสมพร ใจดี"


@pytest.mark.parametrize("suffix", ["", ".csv"])
async def test_a_forgotten_person_is_a_tombstone_in_every_view_and_file(reporting: Reporting, vault: Vault, suffix: str) -> None:
    somjai = await a_submitted_form(reporting, vault)
    await told(reporting, await correct(vault, somjai, first_name="สมพร"))
    before = {view["view"]: await reporting.get("/reports/sp12", **SP12, **view) for view in VIEWS}
    await told(reporting, forgotten(somjai), version=2)
    await vault.forget(somjai)
    for view in VIEWS:
        await until_gone(reporting, f"/reports/sp12{suffix}", {**SP12, **view})
        after = await reporting.get("/reports/sp12", **SP12, **view)
        assert [row["name"] for row in after["rows"]] == [TOMBSTONE, "นางสุดา ใจงาม", TOMBSTONE]
        plain = ("name", "citizen_id")
        assert [{n: row[n] for n in row if n not in plain} for row in after["rows"]] == [
            {n: row[n] for n in row if n not in plain} for row in before[view["view"]]["rows"]
        ]
        assert (after["hash"], after["persons"], after["revision"]) == (before[view["view"]]["hash"], 2, 1)


async def until_gone(reporting: Reporting, path: str, query: dict[str, Any]) -> None:
    """Keys are remembered for a few seconds."""
    end = asyncio.get_running_loop().time() + FORGOTTEN_SECONDS
    while "สมพร" in (text := (await reporting.http.get(path, params=query)).text) or SOMJAI["citizen_id"] in text:
        assert asyncio.get_running_loop().time() < end, "the name is still shown"
        await asyncio.sleep(0.1)


async def test_a_record_tells_all_that_is_held_of_a_person(reporting: Reporting, vault: Vault) -> None:
    somjai = await a_submitted_form(reporting, vault)
    box, words = await vault.seal(somjai, SOMJAI), await vault.seal(somjai, {"detail": "ลูก 2 คน"})
    reported = need(an_id(21), person_ref=somjai, person=box, words=words)
    await told(reporting, reported, screened(reported), volunteer(an_id(31), person_ref=somjai, person=box))
    await told(reporting, referral(CaseReferred, reported))
    await told(reporting, need(an_id(22)), helped(an_id(14)))  # of somebody else
    await told(reporting, await correct(vault, somjai, last_name="ใจงาม"))
    found = await reporting.get(f"/people/{somjai}/record")
    assert found["person_ref"] == str(somjai)
    assert found["person"] == {**SOMJAI, "last_name": "ใจงาม"}
    assert found["forgotten_at"] is None
    streams = {(event["type"], event["stream_id"]) for event in found["events"]}
    assert streams == {
        ("AssistanceRecorded", str(an_id(11))),
        ("AssistanceRecorded", str(an_id(13))),
        ("NeedReported", str(an_id(21))),
        ("CaseScreened", str(an_id(21))),
        ("CaseReferred", str(an_id(21))),
        ("VolunteerAppointed", str(an_id(31))),
        ("PersonCorrected", str(somjai)),
    }
    (told_of_need,) = [event for event in found["events"] if event["type"] == "NeedReported"]
    assert told_of_need["personal"] == {"person": SOMJAI, "words": {"detail": "ลูก 2 คน"}}
    assert told_of_need["facts"]["kind"] == "job_domestic"
    assert "box" not in str(found)
    assert {(report["form"], report["period"], report["assistance_id"]) for report in found["reports"]} == {
        ("sp12", "2021-05", str(an_id(number))) for number in (11, 13)
    }


async def test_the_record_of_one_who_told_of_something_does_not_name_who_was_helped(reporting: Reporting, vault: Vault) -> None:
    teller, helped_one = await vault.enrol("thai", SOMJAI["citizen_id"]), await vault.enrol("thai", SUDA["citizen_id"])
    told_by = need(an_id(21), kind="tipoff_child_labour", person_ref=teller, person=await vault.seal(teller, SOMJAI))
    help_ = await help_for(vault, 15, SUDA, case_id=told_by.case_id)
    await told(reporting, told_by, help_)
    of_teller = await reporting.get(f"/people/{teller}/record")
    of_helped = await reporting.get(f"/people/{helped_one}/record")
    assert [event["type"] for event in of_teller["events"]] == ["NeedReported"]
    assert [event["type"] for event in of_helped["events"]] == ["AssistanceRecorded"]
    assert (of_teller["person"], of_helped["person"]) == (SOMJAI, SUDA)
    assert "สุดา" not in str(of_teller)
    assert "สมใจ" not in str(of_helped)


async def test_the_record_of_a_forgotten_person_is_what_is_left(reporting: Reporting, vault: Vault) -> None:
    somjai = await a_submitted_form(reporting, vault)
    await told(reporting, forgotten(somjai))
    await vault.forget(somjai)
    found = await reporting.get(f"/people/{somjai}/record")
    assert (found["person"], found["forgotten_at"]) == (None, "2021-05-11T02:30:00.000000Z")
    assert all(part is None for event in found["events"] for part in event["personal"].values())
    (last,) = [event for event in found["events"] if event["type"] == "PersonForgotten"]
    assert last["facts"]["ground"] == "requested"
    assert len(found["reports"]) == 2


@pytest.mark.parametrize("who", [str(uuid4()), str(an_id(1)), "somebody"])
async def test_nobody_has_no_record(reporting: Reporting, vault: Vault, who: str) -> None:
    await a_submitted_form(reporting, vault)
    await reporting.get(f"/people/{who}/record", status=404)
