"""Reporting over HTTP on the real PostgreSQL: the two forms, totals, funnel, progress, lineage, position, before and after a
rebuild, and in every order in which events may arrive."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from services.reporting.app import DEFINITION
from services.reporting.projection import PROJECTION
from shared.consume.hearing import Hearing
from shared.events.codes import AssistanceType, Level, NeedKind, WorkerType
from shared.events.registry import VolunteerTermRenewed
from shared.events.routing import AssistanceRecorded, CaseReferred, ReferralDone
from shared.places import PROVINCES
from shared.projection import rebuild
from shared.vault import Vault, vault_pool
from tests.reporting.given import (
    PROVINCES as SOME_PROVINCES,
)
from tests.reporting.given import (
    Fate,
    World,
    an_id,
    corrected,
    helped,
    need,
    referral,
    screened,
    unit,
    voided,
    volunteer,
)
from tests.reporting.running import MASTER, PEPPER, Reporting, running, stop
from tests.support.kafka_records import at_offsets, message, recorded, send
from tests.support.servers import KafkaServer, PostgresServer, wait_until_empty
from tests.support.stores import Database, migrated
from tests.support.topics import make_topics

pytestmark = pytest.mark.integration

UNIT, OTHER_UNIT = an_id(1), an_id(2)
OWNER, APP = "reporting_test_owner", "reporting_test"
SOMJAI = {"id_kind": "thai", "citizen_id": "1970100000011", "title": "นางสาว", "first_name": "สมใจ", "last_name": "ใจดี"}
DAENG = {"id_kind": "none", "first_name": "แดง", "last_name": "มีสุข"}
RECORDED_AT = datetime(2021, 5, 26, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture(scope="module")
def template(postgres_of_run: PostgresServer) -> str:
    """The name of an empty database of reporting, to be copied."""
    made = migrated(postgres_of_run.copy_of("template0", owner=OWNER, app=APP))
    with psycopg.connect(made.owner) as connection:
        name = connection.info.dbname
    wait_until_empty(postgres_of_run.dsn, name)
    return name


@pytest.fixture
def new_database(postgres: PostgresServer, template: str) -> Callable[[], Database]:
    return lambda: Database(*postgres.copy_of(template, owner=OWNER, app=APP))


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    return new_database()


@pytest.fixture
async def reporting(database: Database, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(database, vault_dsn) as found:
        yield found


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_pool(vault_dsn) as opened:
        yield Vault(opened, master_key=MASTER, pepper=PEPPER, service="routing")


async def help_for(vault: Vault, number: int, person: dict[str, Any], **changed: Any) -> AssistanceRecorded:
    """Help by the unit to a person whom the vault knows."""
    ref = await vault.enrol(person["id_kind"], person.get("citizen_id"))
    box = await vault.seal(ref, person)
    facts: dict[str, Any] = {"unit_id": UNIT, "recorded_at": RECORDED_AT, "person_ref": ref, "person": box}
    return helped(an_id(number), **(facts | changed))


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
    await asyncio.sleep(0.2)
    assert not asking.done()
    await reporting.tell(recorded(unit(UNIT)))
    assert (await asking)["unit_id"] == str(UNIT)
    started = time.monotonic()
    found = await reporting.get("/reports/sp12", unit_id=OTHER_UNIT, month="2021-05", status=404)
    assert found["code"] == "not_found"
    assert 0.9 < time.monotonic() - started < 3


async def test_a_bad_question_is_refused_in_words_that_help(reporting: Reporting) -> None:
    for path, query, code, words in (
        ("/reports/snb2", {"province": "24"}, "required", "given"),
        ("/reports/snb2", {"province": "24", "month": "2021-13"}, "invalid", "YYYY-MM"),
        ("/reports/snb2", {"province": "24", "month": "2564-05"}, "invalid", "2021"),
        ("/reports/snb2", {"province": "24", "month": "May"}, "invalid", "2021-05"),
        ("/reports/snb2", {"province": "98", "month": "2021-05"}, "unknown_place", "province"),
        ("/reports/snb2", {"province": "2404", "month": "2021-05"}, "unknown_place", "province"),
        ("/reports/snb2", {"province": "24", "month": "2021-05", "view": "asof"}, "invalid", "live"),
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


async def test_what_is_nowhere_is_not_found(reporting: Reporting) -> None:
    for path in (f"/lineage/{UNIT}", "/lineage/x", f"/volunteers/{UNIT}/progress?fiscal_year=2564", "/volunteers/x/progress"):
        answer = await reporting.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_totals_count_help_and_people_with_all_codes_and_provinces(reporting: Reporting) -> None:
    helps = [
        helped(an_id(11), service_date=date(2021, 5, 1)),
        helped(an_id(12), service_date=date(2021, 5, 31), assistance_type=AssistanceType.PROTECT, in_database=False),
        helped(an_id(13), province="20", worker_type=WorkerType.ELDERLY),
        helped(an_id(14), province="20", person_ref=an_id(99), worker_type=WorkerType.DISABLED),
        helped(an_id(15), person_ref=None, worker_type=None, assistance_type=AssistanceType.DEVELOP),
        helped(an_id(16), service_date=date(2021, 6, 1), person_ref=an_id(98)),
    ]
    gone = helped(an_id(17), person_ref=an_id(97))
    await reporting.tell(*map(recorded, helps), recorded(gone), recorded(voided(gone), version=2))
    found = await reporting.get("/totals", month="2021-05")
    assert found["period"] == "2021-05"
    assert [entry["province"] for entry in found["by_province"]] == list(PROVINCES)
    by_province = {entry.pop("province"): entry for entry in found["by_province"]}
    nothing = {
        "persons": 0,
        "assistances": 0,
        "by_assistance_type": {"promote": 0, "protect": 0, "develop": 0, "drug_prevention": 0},
        "by_worker_type": {"informal": 0, "elderly": 0, "disabled": 0},
        "in_database": 0,
        "not_in_database": 0,
    }
    assert all(total == nothing for province, total in by_province.items() if province not in ("20", "24"))
    assert by_province["24"] == {
        "persons": 1,
        "assistances": 3,
        "by_assistance_type": {"promote": 1, "protect": 1, "develop": 1, "drug_prevention": 0},
        "by_worker_type": {"informal": 2, "elderly": 0, "disabled": 0},
        "in_database": 1,
        "not_in_database": 1,
    }
    assert by_province["20"]["persons"] == 2
    assert found["national"] == {
        "persons": 2,
        "assistances": 5,
        "by_assistance_type": {"promote": 3, "protect": 1, "develop": 1, "drug_prevention": 0},
        "by_worker_type": {"informal": 2, "elderly": 1, "disabled": 1},
        "in_database": 3,
        "not_in_database": 1,
    }
    one = await reporting.get("/totals", month="2021-05", province="20")
    assert one["by_province"] == [{"province": "20", **by_province["20"]}]
    assert one["national"] == found["national"]
    year = await reporting.get("/totals", fiscal_year=2564)
    assert (year["period"], year["national"]["assistances"], year["national"]["persons"]) == ("2564", 6, 3)
    assert (await reporting.get("/totals", fiscal_year=2563))["national"] == nothing


def _expected(fates: list[Fate], fiscal_year: int, province: str | None = None) -> dict[str, int]:
    counted = [
        fate.counts
        for fate in fates
        if fate.counted and fate.reported.fiscal_year == fiscal_year and province in (None, fate.reported.province)
    ]
    return {name: sum(counts[name] for counts in counted) for name in ("reported", "screened", "eligible", "referred", "helped")}


@pytest.mark.parametrize("order", [1, 2, 3])
async def test_the_funnel_is_what_a_person_would_tell_in_every_order_of_arrival(reporting: Reporting, order: int) -> None:
    world = World(1, 200)
    await reporting.tell(*world.arrivals(order), batch=10 * order)
    for year in (2564, 2565):
        found = await reporting.get("/funnel", fiscal_year=year)
        national = _expected(world.fates, year)
        assert national["reported"] > national["screened"] > national["eligible"] > national["helped"] > 0
        assert found["national"] == found["national"] | national
        assert [entry["province"] for entry in found["by_province"]] == list(PROVINCES)
        for entry in found["by_province"]:
            assert entry == entry | _expected(world.fates, year, entry["province"])
    (one,) = (await reporting.get("/funnel", fiscal_year=2564, province="24"))["by_province"]
    assert one == one | _expected(world.fates, 2564, "24")


async def test_a_volunteers_progress_counts_as_the_funnel_does(reporting: Reporting) -> None:
    world = World(7, 200)
    ids = [an_id(9_000_000 + number) for number in range(3)]
    await reporting.tell(*world.arrivals(3), *(recorded(volunteer(id_)) for id_ in ids))
    for id_ in ids:
        own = [fate for fate in world.fates if fate.reported.volunteer_id == id_]
        found = await reporting.get(f"/volunteers/{id_}/progress", fiscal_year=2564)
        expected = _expected(own, 2564)
        del expected["eligible"]
        assert found == {"volunteer_id": str(id_), "target": 30, "by_kind": found["by_kind"], **expected}
        kinds = [fate.reported.kind for fate in own if fate.counted and fate.reported.fiscal_year == 2564]
        assert found["by_kind"] == {kind.value: kinds.count(kind) for kind in NeedKind if not kind.tipoff}


async def test_volunteers_in_service_on_the_last_day_of_the_year_set_the_targets(reporting: Reporting) -> None:
    last = date(2021, 9, 30)
    renewed = volunteer(an_id(8), term_starts_on=date(2017, 10, 1), term_ends_on=date(2020, 9, 30))
    after_a_gap = {"term_starts_on": date(2022, 1, 1), "term_ends_on": date(2024, 12, 31), "renewed_on": date(2022, 1, 1)}
    early = volunteer(an_id(9))
    ahead = {"term_starts_on": date(2023, 10, 1), "term_ends_on": date(2026, 9, 30), "renewed_on": date(2021, 8, 1)}
    await reporting.tell(
        recorded(volunteer(an_id(1))),
        recorded(volunteer(an_id(2), term_ends_on=last)),
        recorded(volunteer(an_id(3), term_ends_on=last - timedelta(days=1))),
        recorded(volunteer(an_id(4), term_starts_on=last + timedelta(days=1))),
        recorded(volunteer(an_id(5), relieved_on=last)),
        recorded(volunteer(an_id(6), relieved_on=last + timedelta(days=1))),
        recorded(volunteer(an_id(7), level=Level.VILLAGE)),
        recorded(renewed),
        recorded(VolunteerTermRenewed.model_validate(renewed.model_dump() | after_a_gap), version=2),
        recorded(early),
        recorded(VolunteerTermRenewed.model_validate(early.model_dump() | ahead), version=2),
        recorded(volunteer(an_id(10), province="20")),
    )
    found = await reporting.get("/funnel", fiscal_year=2564, now="2022-06-01T00:00:00Z")
    by_province = {entry["province"]: entry for entry in found["by_province"]}
    assert by_province["24"]["volunteers"] == 4
    assert {name: by_province["24"][name] for name in ("target_reported", "target_referred", "target_helped")} == {
        "target_reported": 120,
        "target_referred": 36,
        "target_helped": 10,
    }
    assert (found["national"]["volunteers"], found["national"]["target_helped"]) == (5, 13)
    before_the_end = await reporting.get("/funnel", fiscal_year=2564, now="2021-09-28T17:00:00Z")
    assert before_the_end["national"]["volunteers"] == 7


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


async def _answers(http: httpx.AsyncClient) -> dict[str, bytes]:
    """Every report there is of the world below, byte for byte."""
    paths = [
        *(f"/reports/snb2?province={province}&month=2021-05" for province in SOME_PROVINCES),
        f"/reports/sp12?unit_id={UNIT}&month=2021-05",
        "/totals?month=2021-05",
        "/totals?fiscal_year=2564",
        "/funnel?fiscal_year=2564",
        f"/volunteers/{an_id(9_000_000)}/progress?fiscal_year=2564",
    ]
    found = {}
    for path in paths:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = answer.content
    return found


async def test_a_rebuild_finds_equal_tables_and_every_report_is_the_same_byte_for_byte(
    reporting: Reporting, vault: Vault
) -> None:
    helps = [await help_for(vault, number, SOMJAI) for number in range(11, 16)]
    singles = [unit(UNIT), volunteer(an_id(9_000_000)), *helps]
    await reporting.tell(*World(5, 150).arrivals(5), *map(recorded, singles), recorded(corrected(helps[0]), version=2), batch=100)
    before = await _answers(reporting.http)
    async with (
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as reader,
    ):
        for _ in range(2):
            found = await rebuild(owner, reader, PROJECTION, compare=True)
            assert found.differing == {table.name: 0 for table in PROJECTION.tables}
            assert await _answers(reporting.http) == before


async def test_every_batch_size_and_a_repeat_from_the_start_write_the_same_rows(
    new_database: Callable[[], Database], vault_dsn: str
) -> None:
    records = World(11, 120).arrivals(4)
    written = []
    for heard, batch in ((2000, 2000), (7, 1), (1, 13)):
        async with running(new_database(), vault_dsn, projecting=False) as reporting:
            await reporting.tell(*records, batch=heard)
            await reporting.project_all(batch)
            written.append(await reporting.rows())
            async with await psycopg.AsyncConnection.connect(reporting.database.owner, autocommit=True) as owner:
                await owner.execute("UPDATE projections SET position = 0")
            await reporting.project_all(batch)
            written.append(await reporting.rows())
    assert written[0]["assistance_versions"]
    assert all(rows == written[0] for rows in written)


async def test_with_kafka_away_the_position_is_told_in_time_and_nothing_is_said_to_be_caught_up(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(UNIT)))
    started = time.monotonic()
    found = await reporting.get("/position")
    assert time.monotonic() - started < 2
    assert found["caught_up"] is False
    assert found["partitions"] == [{"topic": "registry.units", "partition": 0, "offset": 1, "end_offset": None}]


async def test_the_position_tells_what_is_not_heard_or_not_projected(
    database: Database, vault_dsn: str, kafka: KafkaServer
) -> None:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix)
    units = [message(recorded(unit(an_id(number)))) for number in range(1, 6)]
    async with running(database, vault_dsn, kafka=kafka.bootstrap, topic_suffix=suffix, projecting=False) as reporting:
        found = await reporting.get("/position")
        assert (found["caught_up"], found["lag_seconds"]) == (True, 0)
        assert {(part["offset"], part["end_offset"]) for part in found["partitions"]} == {(0, 0)}
        assert len(found["partitions"]) == 4 * len(DEFINITION.hears)

        await send(kafka.bootstrap, at_offsets(units), suffix=suffix)
        await asyncio.sleep(0.1)  # so that a lag is to be seen
        found = await reporting.get("/position")
        assert found["caught_up"] is False
        assert 0.1 <= found["lag_seconds"] < 30
        assert _units(found) == (0, 5)

        ear = Hearing(reporting.state.store, database.app, kafka.bootstrap, DEFINITION.hears, topic_suffix=suffix)
        hearing = asyncio.create_task(ear.run())
        end = time.monotonic() + 20
        while _units(found := await reporting.get("/position")) != (5, 5):
            assert time.monotonic() < end, found
            await asyncio.sleep(0.05)
        assert found["caught_up"] is False
        assert found["lag_seconds"] > 0
        await reporting.project_all(2)
        found = await reporting.get("/position")
        assert (found["caught_up"], found["lag_seconds"]) == (True, 0)
        await stop([hearing])


def _units(found: dict[str, Any]) -> tuple[int, int]:
    """(offset, end_offset) of the one partition that was written to."""
    part = next(part for part in found["partitions"] if (part["topic"], part["partition"]) == ("registry.units", 0))
    return part["offset"], part["end_offset"]


async def test_the_position_finds_kafka_again_after_an_outage(database: Database, vault_dsn: str, kafka: KafkaServer) -> None:
    suffix = f"--{uuid4().hex[:8]}"
    make_topics(kafka.bootstrap, suffix, ("registry.units",))
    async with running(database, vault_dsn, kafka=kafka.bootstrap, topic_suffix=suffix) as reporting:
        assert (await reporting.get("/position"))["caught_up"] is True
        await asyncio.to_thread(kafka.stop)
        started = time.monotonic()
        assert (await reporting.get("/position"))["caught_up"] is False
        assert time.monotonic() - started < 2
        await asyncio.to_thread(kafka.start)
        end = time.monotonic() + 20
        while not (await reporting.get("/position"))["caught_up"]:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)


async def test_no_name_number_or_phone_is_in_any_table(reporting: Reporting, vault: Vault) -> None:
    help_ = await help_for(vault, 11, SOMJAI | {"phone": "0812345678"})
    await reporting.tell(recorded(unit(UNIT)), recorded(help_))
    assert (await reporting.get("/reports/sp12", unit_id=UNIT, month="2021-05"))["rows"][0]["name"] == "นางสาวสมใจ ใจดี"
    text = str(await reporting.rows())
    assert str(help_.person_ref) in text
    assert not any(word in text for word in ("สมใจ", "ใจดี", "1970100000011", "0812345678"))
