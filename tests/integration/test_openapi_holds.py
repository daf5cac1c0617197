"""The five services against their own OpenAPI documents: no failure, no answer that is not described, nothing taken that the
document forbids, and every operation at least once with success."""

from datetime import date
from typing import Any

import pytest

from tests.intake.people import BECAUSE, DOCUMENT, OTHER_ID, person_of
from tests.intake.running import AREA, CITIZEN, NAMED, running_intake
from tests.intake.running import NOW as INTAKE_NOW
from tests.intake.survey import as_csv, row
from tests.registry.roster import as_csv as roster_csv
from tests.registry.running import AREAS, appointment
from tests.registry.running import NOW as REGISTRY_NOW
from tests.registry.running import empty_database as registrys_database
from tests.registry.running import running as registry_running
from tests.reporting.given import an_id, need, unit, volunteer
from tests.reporting.running import SOMJAI, UNIT, empty_database, help_for, vault_of
from tests.reporting.running import running as reporting_running
from tests.routing.running import CLOSE, HELP, OWN_HELP, WHY
from tests.routing.running import NOW as ROUTING_NOW
from tests.routing.running import running as routing_running
from tests.screening.running import NOW as SCREENING_NOW
from tests.screening.running import running as screening_running
from tests.support.callers import ISSUER_KEY
from tests.support.described import Described
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize(
        "examples",
        [pytest.param(3, id="few"), pytest.param(12, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(1800)])],
    ),
]


async def test_registry_is_as_it_says(postgres: PostgresServer, vault_dsn: str, examples: int) -> None:
    async with registry_running(registrys_database(postgres), vault_dsn, dev_issuer_key=ISSUER_KEY, printing=True) as registry:
        described = await Described.of(registry.http, {"Songtor-Now": REGISTRY_NOW})
        await described.do("POST /dev/tokens", body={"sub": "somebody", "roles": ["admin"], "provinces": ["20"]})
        opened = {"name": "บ้านคลองนิยม", "area_code": AREAS[0], "opened_on": "2011-10-01"}
        unit_id = (await described.do("POST /service-units", body=opened)).json()["unit_id"]
        await described.do("POST /service-units/{unit_id}/close", unit_id=unit_id, body={"closed_on": "2011-11-01"})
        volunteer_id = (await described.do("POST /volunteers", body=appointment())).json()["volunteer_id"]
        named = {"volunteer_id": volunteer_id}
        await described.do("POST /volunteers/{volunteer_id}/renew", **named, body={"renewed_on": "2011-10-14"})
        gone = {"relieved_on": "2011-11-01", "reason": "ย้าย"}
        await described.do("POST /volunteers/{volunteer_id}/relieve", **named, body=gone)
        things = {"volunteer_id": await registry.appoint(2), "unit_id": unit_id, "area_code": AREAS[1], "province": "20"}
        things |= {"appointed_on": "2011-10-10", "opened_on": "2011-10-10", "month": "2011-10"}
        things |= await _activities_and_mobile_units(described)
        things |= await _centres_and_mentors(described, things["volunteer_id"])
        things |= await _cards_and_years(described, things["volunteer_id"], await registry.appoint(3, area_code=AREAS[2]))
        things |= await _rosters(described)
        await described.ask_all(examples, things)
    assert described.not_done == set()


async def _rosters(described: Described) -> dict[str, str]:
    roster = {"file": roster_csv([appointment(4), appointment(5, title=None)])}
    taken = await described.do("POST /volunteers/import", body=roster, media_type="multipart/form-data")
    import_id = taken.json()["import_id"]
    await described.do("GET /imports/{import_id}", import_id=import_id)
    await described.do("GET /imports/{import_id}.xlsx", import_id=import_id)
    await described.do("GET /volunteers/template.xlsx", province="20")
    return {"import_id": import_id}


async def _cards_and_years(described: Described, kept: str, lost: str) -> dict[str, Any]:
    """A card that is printed, another that went from hand to hand; terms renewed, allowances in every format."""
    await described.do("POST /cards/request", body={"volunteer_ids": [lost]})
    await described.do("POST /cards/print", body={"volunteer_ids": [kept, lost]})
    cards = (await described.do("GET /cards", province="20")).json()["items"]
    numbers = {card["volunteer_id"]: card["card_no"] for card in cards}
    for verb in ("hand-over", "lose"):
        await described.do(f"POST /cards/{{card_no}}/{verb}", card_no=numbers[lost], body={"on": "2011-10-15"})
    await described.do("POST /cards/print", body={"volunteer_ids": [lost]})
    await described.do("POST /cards/{card_no}/return", card_no=numbers[lost], body={"on": "2011-10-15"})
    await described.do("GET /volunteers/{volunteer_id}/card.pdf", volunteer_id=kept)
    await described.do("GET /cards/verify/{token}", token="A" * 48)
    await described.do("GET /volunteers/expiring", within_days=366)
    order = {"order_no": "9/2557", "renewed_on": "2011-10-14", "volunteer_ids": [lost]}
    await described.do("POST /volunteers/renewals", body=order)
    for accept in ("text/csv", "application/pdf", XLSX):
        await described.do("GET /allowances", accept=accept, month="2011-10", province="20")
    return {"card_no": numbers[kept], "volunteer_ids": [kept], "renewed_on": "2011-10-14", "on": "2011-10-15"}


async def _centres_and_mentors(described: Described, volunteer_id: str) -> dict[str, str]:
    """One of each, with the volunteer in the committee and looked after."""
    order = {"province": "20", "order_no": "292/2564", "established_on": "2011-10-01"}
    centre_id = (await described.do("POST /centres", body=order)).json()["centre_id"]
    members = [{"role": "chair", "volunteer_id": volunteer_id}, {"role": "adviser", "agency": "DOE", **SOMEBODY}]
    committee = {"order_no": "1/2555", "from": "2011-10-05", "members": members}
    await described.do("POST /centres/{centre_id}/committees", centre_id=centre_id, body=committee)
    mentor = {"title": "นาง", "agency": "PLO", "province": "20", **SOMEBODY}
    mentor_id = (await described.do("POST /mentors", body=mentor)).json()["mentor_id"]
    given = {"mentor_id": mentor_id, "from": "2011-10-10"}
    await described.do("POST /volunteers/{volunteer_id}/mentor", volunteer_id=volunteer_id, body=given)
    for path, name, id_ in (("centres", "centre_id", centre_id), ("mentors", "mentor_id", mentor_id)):
        await described.do(f"GET /{path}", province="20")
        await described.do(f"GET /{path}/{{{name}}}", **{name: id_})
    await described.do("GET /mentors/{mentor_id}/volunteers", mentor_id=mentor_id)
    return {"centre_id": centre_id, "mentor_id": mentor_id, "established_on": "2011-10-01", "from": "2011-10-12"}


async def _activities_and_mobile_units(described: Described) -> dict[str, str]:
    """One of each that stands, one that was done with; the ids of those that stand."""
    activity = {"kind": "visit", "province": "20", "title": "เยี่ยม อสร.", "held_on": "2011-10-14", "note": "ฝนตก"}
    voided, stands = [(await described.do("POST /activities", body=activity)).json()["activity_id"] for _ in range(2)]
    await described.do("POST /activities/{activity_id}/void", activity_id=voided, body=WHY)
    plan: dict[str, Any] = {"province": "20", "area_code": AREAS[0], "planned_on": "2011-10-15", "project_name": "ออกหน่วย"}
    plan |= {"agencies": ["DOE"], "kinds": ["job_domestic"], "expected_people": 80}
    ids = [(await described.do("POST /mobile-units", body=plan)).json()["mobile_unit_id"] for _ in range(3)]
    held = {"held_on": "2011-10-15", "people_served": 60, "satisfaction": {"5": 40, "4": 9}}
    await described.do("POST /mobile-units/{mobile_unit_id}/hold", mobile_unit_id=ids[0], body=held)
    await described.do("POST /mobile-units/{mobile_unit_id}/cancel", mobile_unit_id=ids[1], body=WHY)
    for path, name, id_ in (("activities", "activity_id", voided), ("mobile-units", "mobile_unit_id", ids[0])):
        await described.do(f"GET /{path}", province="20")
        await described.do(f"GET /{path}/{{{name}}}", **{name: id_})
    return {"activity_id": stands, "mobile_unit_id": ids[2], "held_on": "2011-10-14", "planned_on": "2011-10-20"}


async def test_intake_is_as_it_says(postgres: PostgresServer, vault_dsn: str, examples: int) -> None:
    async with running_intake(postgres, vault_dsn) as intake:
        described = await Described.of(intake.http, INTAKE_NOW)
        case_id = (await described.do("POST /needs", body=NAMED)).json()["case_id"]
        person_ref = await person_of(intake, case_id)
        await described.do("GET /needs/{case_id}", case_id=case_id)
        await described.do("POST /people/search", body=DOCUMENT)
        corrected = {"fields": {"first_name": "สมหญิง"}, "reason": "พิมพ์ผิด"}
        await described.do("POST /people/{person_ref}/correct", person_ref=person_ref, body=corrected)
        await described.do("POST /needs/{case_id}/withdraw", case_id=case_id, body={"reason": "ได้งานแล้ว"})
        await described.do("POST /people/forget", body={**DOCUMENT, **BECAUSE})
        sheet = {"file": as_csv([row(1), row(2, consent=None)])}
        imported = await described.do("POST /needs/import", body=sheet, media_type="multipart/form-data")
        import_id = imported.json()["import_id"]
        await described.do("GET /imports/{import_id}", import_id=import_id)
        await described.do("GET /imports/{import_id}.xlsx", import_id=import_id)
        await described.do("GET /needs/template.xlsx", province="24")
        other = (await intake.reported(citizen={**CITIZEN, "citizen_id": OTHER_ID}))["case_id"]
        things = {"case_id": other, "person_ref": str(await person_of(intake, other)), "citizen": CITIZEN, "citizen_id": OTHER_ID}
        things |= {
            "import_id": import_id,
            "area_code": AREA,
            "province": "24",
            "reported_at": NAMED["reported_at"],
            "unit_id": None,
            "volunteer_id": None,
        }
        await described.ask_all(examples, things)
    assert described.not_done == set()


async def test_screening_is_as_it_says(postgres: PostgresServer, vault_dsn: str, examples: int) -> None:
    async with screening_running(postgres, vault_dsn) as screening:
        described = await Described.of(screening.http, SCREENING_NOW, lenient=["POST /decisions"])
        decided, in_bulk, waiting = await screening.needs(3)
        await described.do("POST /cases/{case_id}/decision", case_id=decided, body={"decision": "eligible"})
        items = [{"case_id": str(in_bulk), "decision": "not_eligible", "reasons": ["no_need"]}, {"decision": "eligible"}]
        await described.do("POST /decisions", body={"items": items})
        await described.do("GET /cases/{case_id}", case_id=decided)
        await described.ask_all(examples, {"case_id": str(waiting), "province": "24", "reasons": ["no_need"]})
    assert described.not_done == set()


async def test_routing_is_as_it_says(postgres: PostgresServer, vault_dsn: str, examples: int) -> None:
    async with routing_running(postgres, vault_dsn) as routing:
        described = await Described.of(routing.http, {"Songtor-Now": ROUTING_NOW})
        for answer, body in {"accept": {}, "decline": WHY, "return": WHY, "close": CLOSE, "assistance": HELP}.items():
            await described.do(f"POST /referrals/{{referral_id}}/{answer}", referral_id=await routing.refer(), body=body)
        assistance_id = (await described.do("POST /assistance", body=OWN_HELP)).json()["assistance_id"]
        corrected = {"project_name": "ประกันสังคม ม.40", "reason": "พิมพ์ผิด"}
        await described.do("POST /assistance/{assistance_id}/correct", assistance_id=assistance_id, body=corrected)
        await described.do("POST /assistance/{assistance_id}/void", assistance_id=assistance_id, body=WHY)
        things = {**OWN_HELP, "assistance_id": (await routing.done("/assistance", OWN_HELP))["assistance_id"], **WHY}
        things |= {"referral_id": await routing.refer(), "province": "24", "agency": "DOE", "note": None}
        await described.ask_all(examples, things)
    assert described.not_done == set()


async def test_reporting_is_as_it_says(postgres: PostgresServer, vault_dsn: str, examples: int) -> None:
    async with (
        vault_of(vault_dsn) as vault,
        reporting_running(empty_database(postgres), vault_dsn, printing=True) as reporting,
    ):
        case = need(an_id(50))
        help_ = await help_for(vault, 1, SOMJAI, service_date=date(2021, 5, 3), case_id=case.case_id)
        await reporting.tell(*(recorded(event, played=False) for event in (unit(UNIT), volunteer(an_id(7)), case, help_)))
        described = await Described.of(reporting.http, {"Songtor-Now": "2021-06-30T05:00:00Z"})
        sp12, snb2 = {"unit_id": str(UNIT), "month": "2021-05"}, {"province": "24", "month": "2021-05"}
        await described.do("POST /reports/sp12/submit", body=sp12)
        await described.do("POST /reports/snb2/submit", body=snb2)
        target = {"province": "24", "fiscal_year": 2564, "project_name": "ส่งเสริมอาชีพ", "target": 30}
        await described.do("POST /reports/snb1/targets", body=target)
        for accept in ("text/csv", "application/pdf", XLSX):
            await described.do("GET /reports/sp12", accept=accept, **sp12)
            for report in ("snb2", "snb1", "doe-tipoffs", "dlpw-tipoffs"):
                await described.do(f"GET /reports/{report}", accept=accept, **snb2)
        for path in ("/completeness", "/reports/calendar"):
            await described.do(f"GET {path}", accept="text/csv", **snb2)
        for path in ("/totals", "/funnel"):
            await described.do(f"GET {path}", fiscal_year=2564)
        await described.do("GET /reports/snb2-book", month="2021-05", format="csv")
        things = {**sp12, **snb2, **target, "volunteer_id": str(an_id(7)), "assistance_id": str(help_.assistance_id)}
        things |= {"person_ref": str(help_.person_ref), "format": "csv", "view": "live", "at": "2021-06-01T00:00:00Z"}
        await described.ask_all(examples, things)
    assert described.not_done == set()


SOMEBODY = {"first_name": "สมหญิง", "last_name": "ใจเย็น"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
