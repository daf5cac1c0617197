"""The two forms and the lineage of their rows over HTTP on the real PostgreSQL, in the shape that the contract names."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.events.codes import AssistanceType, WorkerType
from shared.events.routing import AssistanceRecorded, CaseReferred, ReferralDone
from shared.vault import Vault
from tests.reporting.given import an_id, corrected, helped, need, referral, screened, unit, voided
from tests.reporting.running import OTHER_UNIT, RECORDED_AT, SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.callers import UNKNOWN_SECONDS
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


DAENG = {"id_kind": "none", "first_name": "แดง", "last_name": "มีสุข"}


async def test_sp12_has_the_units_help_from_the_26th_to_the_25th_in_the_contracts_shape(
    reporting: Reporting, vault: Vault
) -> None:
    case = need(an_id(50))
    first = await help_for(vault, 12, SOMJAI, service_date=date(2021, 4, 26), case_id=case.case_id, referral_id=an_id(60))
    last = await help_for(
        vault, 11, DAENG, service_date=date(2021, 5, 25), worker_type=WorkerType.ELDERLY, in_database=False,
        assistance_type=AssistanceType.PROTECT, project_name="ประกันสังคม ม.40",
    )  # fmt: skip
    elsewhere = [
        await help_for(vault, 13, SOMJAI, service_date=date(2021, 4, 25)),
        await help_for(vault, 14, SOMJAI, service_date=date(2021, 5, 26)),
        await help_for(vault, 15, SOMJAI, unit_id=OTHER_UNIT),
        await help_for(vault, 16, SOMJAI, unit_id=None),
        helped(an_id(17), unit_id=UNIT, person_ref=None, worker_type=None),
    ]
    await reporting.tell(*(recorded(event) for event in (unit(UNIT), last, first, *elsewhere)))
    found = await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05", now="2021-05-25T05:00:00Z")
    rows = [
        {
            "no": 1,
            "name": "นางสาวสมใจ ใจดี",
            "citizen_id": "1970100000011",
            "assistance_type": "promote",
            "worker_type": "informal",
            "project_name": "ส่งเสริมอาชีพ",
            "in_database": True,
            "late": False,
            "assistance_id": str(an_id(12)),
            "case_id": str(case.case_id),
            "service_date": "2021-04-26",
            "recorded_at": "2021-05-26T03:04:05.000678Z",
        },
        {
            "no": 2,
            "name": "แดง มีสุข",
            "citizen_id": None,
            "assistance_type": "protect",
            "worker_type": "elderly",
            "project_name": "ประกันสังคม ม.40",
            "in_database": False,
            "late": False,
            "assistance_id": str(an_id(11)),
            "case_id": None,
            "service_date": "2021-05-25",
            "recorded_at": "2021-05-26T03:04:05.000678Z",
        },
    ]
    assert datetime.fromisoformat(found.pop("as_of")).tzinfo is not None
    assert found == {
        "form": "sp12",
        "period": "2021-05",
        "province": "24",
        "unit_id": str(UNIT),
        "centre": None,
        "title": (
            "แบบรายงานผลการช่วยเหลือแรงงานนอกระบบ แรงงานสูงอายุ และแรงงานคนพิการ"
            " ของศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน) หน่วยบริการชุมชนบ้านคลองนิยม"
            " ประจำเดือน พฤษภาคม พ.ศ. ๒๕๖๔ จำนวน ๒ คน"
        ),
        "due_on": "2021-05-25",
        "first_submitted_at": None,
        "on_time": None,
        "revision": 0,
        "view": "live",
        "persons": 2,
        "rows": rows,
        "hash": _hash(rows, [first, last]),
    }
    assert await reporting.get(
        "/reports/sp12.json", unit_id=UNIT, month="2021-05", now="2021-05-25T05:00:00Z"
    ) == await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05", now="2021-05-25T05:00:00Z", view="live")


def _hash(rows: list[dict[str, Any]], helps: list[AssistanceRecorded]) -> str:
    """As the contract says it."""
    left_out = ("name", "citizen_id", "no", "late")
    facts = [
        {name: value for name, value in row.items() if name not in left_out} | {"person_ref": str(help_.person_ref)}
        for row, help_ in zip(rows, helps, strict=True)
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


async def test_snb2_has_the_provinces_help_of_the_calendar_month_in_its_order(reporting: Reporting) -> None:
    early, late = RECORDED_AT, RECORDED_AT + timedelta(microseconds=1)
    shown = [
        helped(an_id(15), unit_id=UNIT, service_date=date(2021, 5, 1), recorded_at=late),
        helped(an_id(14), unit_id=None, service_date=date(2021, 5, 2), recorded_at=early),
        helped(an_id(12), unit_id=UNIT, service_date=date(2021, 5, 2), recorded_at=late, person_ref=an_id(99)),
        helped(an_id(13), unit_id=OTHER_UNIT, service_date=date(2021, 5, 2), recorded_at=late),
        helped(an_id(11), unit_id=UNIT, service_date=date(2021, 5, 31), recorded_at=early),
    ]
    others = [
        helped(an_id(16), service_date=date(2021, 4, 30)),
        helped(an_id(17), service_date=date(2021, 6, 1)),
        helped(an_id(18), province="20"),
    ]
    await reporting.tell(*(recorded(event) for event in (*others, *reversed(shown))))
    found = await reporting.get("/reports/snb2", province="24", month="2021-05")
    assert [row["assistance_id"] for row in found["rows"]] == [str(help_.assistance_id) for help_ in shown]
    assert [row["no"] for row in found["rows"]] == [1, 2, 3, 4, 5]
    assert (found["form"], found["unit_id"], found["province"], found["persons"]) == ("snb2", None, "24", 2)
    assert found["due_on"] == "2021-06-05"
    assert found["title"].endswith("ประจำปี ๒๕๖๔ จังหวัดฉะเชิงเทรา ประจำเดือน พฤษภาคม พ.ศ. ๒๕๖๔ จำนวน ๒ คน")


async def test_an_empty_store_gives_an_empty_form(reporting: Reporting) -> None:
    found = await reporting.get("/reports/snb2", province="10", month="2021-05")
    assert (found["rows"], found["persons"], found["as_of"]) == ([], 0, None)
    assert found["hash"] == hashlib.sha256(b"[]").hexdigest()


async def test_a_correction_changes_its_row_and_a_void_takes_it_away(reporting: Reporting) -> None:
    help_ = helped(an_id(11), recorded_at=RECORDED_AT)
    better = corrected(help_, project_name="อีกโครงการ", service_date=date(2021, 5, 21))
    await reporting.tell(recorded(help_), recorded(better, version=2))
    (row,) = (await reporting.get("/reports/snb2", province="24", month="2021-05"))["rows"]
    assert (row["project_name"], row["service_date"]) == ("อีกโครงการ", "2021-05-21")
    assert row["recorded_at"] == "2021-05-26T03:04:05.000678Z"
    await reporting.tell(recorded(voided(better), version=3))
    assert (await reporting.get("/reports/snb2", province="24", month="2021-05"))["rows"] == []


async def test_a_forgotten_person_stays_on_the_form_without_a_name_and_the_hash_stays(reporting: Reporting, vault: Vault) -> None:
    help_ = await help_for(vault, 11, SOMJAI)
    await reporting.tell(recorded(unit(UNIT)), recorded(help_))
    assert help_.person_ref is not None
    await vault.forget(help_.person_ref)
    found = await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05")
    (row,) = found["rows"]
    assert (row["name"], row["citizen_id"]) == ("ลบข้อมูลตามคำขอ", None)
    assert (found["hash"], found["persons"]) == (_hash([row], [help_]), 1)


async def test_a_form_is_overdue_when_the_day_is_over_in_bangkok(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(UNIT)))
    for now, expected in (("2021-05-25T16:59:59Z", None), ("2021-05-25T17:00:00Z", False)):
        assert (await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05", now=now))["on_time"] is expected
    for now, expected in (("2021-06-05T16:59:59Z", None), ("2021-06-05T17:00:00Z", False)):
        assert (await reporting.get("/reports/snb2", province="24", month="2021-05", now=now))["on_time"] is expected


async def test_a_unit_that_is_on_its_way_is_waited_for_and_an_unknown_one_is_not_found(reporting: Reporting) -> None:
    asking = asyncio.create_task(reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05"))
    done, _ = await asyncio.wait({asking}, timeout=0.2)
    assert not done
    await reporting.tell(recorded(unit(UNIT)))
    assert (await asking)["unit_id"] == str(UNIT)
    started = time.monotonic()
    found = await reporting.get("/reports/sp12", unit_id=OTHER_UNIT, month="2021-05", status=404)
    assert found["code"] == "not_found"
    assert UNKNOWN_SECONDS <= time.monotonic() - started < 3


async def test_a_bad_question_is_refused_in_words_that_help(reporting: Reporting) -> None:
    for path, query, code, words in (
        ("/reports/snb2", {"province": "24"}, "required", "given"),
        ("/reports/snb2", {"province": "24", "month": "2021-13"}, "invalid", "YYYY-MM"),
        ("/reports/snb2", {"province": "24", "month": "2564-05"}, "invalid", "2021"),
        ("/reports/snb2", {"province": "24", "month": "May"}, "invalid", "2021-05"),
        ("/reports/snb2", {"province": "98", "month": "2021-05"}, "unknown_place", "province"),
        ("/reports/snb2", {"province": "2404", "month": "2021-05"}, "unknown_place", "province"),
        ("/reports/snb2", {"month": "2021-05"}, "required", "given"),
        ("/reports/sp12", {"unit_id": "x", "month": "2021-05"}, "invalid", "valid"),
        ("/totals", {}, "required", "month or a fiscal year"),
        ("/totals", {"month": "2021-05", "fiscal_year": "2564"}, "invalid", "either"),
        ("/totals", {"month": "2021-00"}, "invalid", "YYYY-MM"),
        ("/totals", {"fiscal_year": "2021"}, "invalid", "2564"),
        ("/totals", {"fiscal_year": "99999999999999999999"}, "invalid", "2564"),
        ("/totals", {"fiscal_year": "2564", "province": "00"}, "unknown_place", "province"),
        ("/funnel", {}, "required", "given"),
        ("/funnel", {"fiscal_year": "x"}, "invalid", "valid"),
        ("/funnel", {"fiscal_year": "0"}, "invalid", "Buddhist"),
        (f"/volunteers/{UNIT}/progress", {}, "required", "given"),
        (f"/volunteers/{UNIT}/progress", {"fiscal_year": "2020"}, "invalid", "2563"),
    ):
        found = await reporting.get(path, status=422, **query)
        assert (found["code"], found["errors"][0]["code"]) == (code, code), (path, query)
        assert words in found["errors"][0]["message"], (path, query)


async def test_the_first_and_the_last_month_have_forms_too(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(UNIT)))
    for month in ("1941-01", "2399-12"):
        assert (await reporting.get("/reports/sp12", month=month, unit_id=UNIT))["rows"] == []
        assert (await reporting.get("/reports/snb2", month=month, province="24"))["rows"] == []
        assert (await reporting.get("/totals", month=month))["national"]["assistances"] == 0


async def test_what_is_nowhere_is_not_found(reporting: Reporting) -> None:
    for path in (f"/lineage/{UNIT}", "/lineage/x", f"/volunteers/{UNIT}/progress?fiscal_year=2564", "/volunteers/x/progress"):
        answer = await reporting.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_lineage_names_every_event_of_the_case_but_not_its_other_help(reporting: Reporting) -> None:
    reported = need(an_id(1))
    help_, other = helped(an_id(11), reported), helped(an_id(12), reported)
    moment = datetime(2021, 5, 10, 3, 0, tzinfo=UTC)
    said = [
        recorded(help_, version=2, at=moment + timedelta(hours=3)),
        recorded(reported, at=moment),
        recorded(other, version=4, at=moment + timedelta(hours=5)),
        recorded(voided(help_), version=5, at=moment + timedelta(hours=6)),
        recorded(screened(reported), at=moment + timedelta(hours=1)),
        recorded(referral(CaseReferred, reported), at=moment + timedelta(hours=2)),
        recorded(referral(ReferralDone, reported), version=3, at=moment + timedelta(hours=4)),
    ]
    await reporting.tell(*said)
    found = await reporting.get(f"/lineage/{help_.assistance_id}")
    assert found["assistance_id"] == str(help_.assistance_id)
    assert found["reports"] == []
    types = ["NeedReported", "CaseScreened", "CaseReferred", "AssistanceRecorded", "ReferralDone", "AssistanceVoided"]
    assert [event["type"] for event in found["events"]] == types
    assert found["events"][0] == {
        "event_id": str(said[1].id),
        "type": "NeedReported",
        "at": "2021-05-10T03:00:00.000000Z",
        "by": "somebody",
        "topic": "intake.needs",
        "partition": 0,
        "offset": 0,
    }
    assert [event["offset"] for event in found["events"] if event["topic"] == "routing.assistance"] == [0, 2]


async def test_help_of_a_unit_by_itself_has_a_lineage_of_its_own(reporting: Reporting) -> None:
    await reporting.tell(recorded(helped(an_id(11))), recorded(helped(an_id(12))))
    found = await reporting.get(f"/lineage/{an_id(11)}")
    assert [event["type"] for event in found["events"]] == ["AssistanceRecorded"]


async def test_help_at_a_mobile_unit_stands_under_its_project_on_the_form_of_the_province(
    reporting: Reporting, vault: Vault
) -> None:
    there = await help_for(vault, 11, SOMJAI, unit_id=None, mobile_unit_id=an_id(70), project_name="ออกหน่วย")
    by_unit = await help_for(vault, 12, SOMJAI, mobile_unit_id=an_id(70), project_name="ออกหน่วย")
    await reporting.tell(*(recorded(event) for event in (unit(UNIT), there, by_unit)))
    for path, place, expected in (
        ("/reports/snb2", {"province": "24"}, [there, by_unit]),
        ("/reports/sp12", {"unit_id": UNIT}, [by_unit]),
    ):
        found = await reporting.get(path, **place, month="2021-05")
        ids = [(row["assistance_id"], row["case_id"], row["project_name"]) for row in found["rows"]]
        assert ids == [(str(event.assistance_id), None, "ออกหน่วย") for event in expected]


async def test_no_name_number_or_phone_is_in_any_table(reporting: Reporting, vault: Vault) -> None:
    help_ = await help_for(vault, 11, SOMJAI | {"phone": "0812345678"})
    await reporting.tell(recorded(unit(UNIT)), recorded(help_))
    assert (await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05"))["rows"][0]["name"] == "นางสาวสมใจ ใจดี"
    text = str(await reporting.rows())
    assert str(help_.person_ref) in text
    assert not any(word in text for word in ("สมใจ", "ใจดี", "1970100000011", "0812345678"))
