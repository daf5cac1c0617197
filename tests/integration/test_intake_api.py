"""Intake over HTTP on the real PostgreSQL: reporting, one case, taking back, the list. Duplicates and bad input have files of
their own."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import scalar_row

from services.intake.domain import fold
from shared.consume.hearing import checked
from shared.events.case_status import CaseStatus
from shared.events.codes import Agency, Decision
from shared.events.routing import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralDone
from shared.ids import new_id
from shared.store import Recorded
from shared.store.call import hear_call
from shared.store.groups import Heard
from shared.web.position import marks_of
from tests.intake.given import (
    REPORTED_AT,
    UNIT,
    VOLUNTEER,
    as_recorded,
    heard_in_some_order,
    helped,
    history,
    need,
    referral,
    relieved,
    reopened,
    screened,
    unit,
    volunteer,
)
from tests.intake.running import AREA, CITIZEN, NAMED, PERSONAL, TIPOFF, Intake, codes, running_intake
from tests.support.callers import UNKNOWN_SECONDS
from tests.support.kafka_records import message
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

STORIES = 150


def taken_from(record: Recorded) -> Heard:
    return checked(message(record))


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def test_a_named_need_is_reported_and_told_whole(intake: Intake) -> None:
    await intake.hear(volunteer(unit_id=UNIT), unit())
    answer = await intake.report(volunteer_id=str(VOLUNTEER))
    found = answer.json()
    case_id = found["case_id"]
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/needs/{case_id}")
    assert found == {
        "case_id": case_id,
        "status": "reported",
        "province": "24",
        "kind": "welfare",
        "urgent": False,
        "duplicate": False,
        "duplicate_of": None,
        "warnings": ["unknown_district"],
    }
    case = await intake.case(case_id)
    person_ref = await intake.vault.find("thai", "1970100000011")
    assert case == {
        "case_id": case_id,
        "status": "reported",
        "kind": "welfare",
        "urgent": False,
        "province": "24",
        "area_code": AREA,
        "village_no": 3,
        "volunteer_id": str(VOLUNTEER),
        "unit_id": str(UNIT),
        "person_ref": str(person_ref),
        "worker_type": "informal",
        "reported_at": "2021-05-10T02:30:00Z",
        "fiscal_year": 2564,
        "duplicate": False,
        "duplicate_of": None,
        "consent": True,
        "citizen": CITIZEN,
        "detail": NAMED["detail"],
        "withdrawn_at": None,
        "withdrawal_reason": None,
        "timeline": [
            {
                "event": "NeedReported",
                "at": "2021-05-12T03:00:00Z",
                "by": case["timeline"][0]["by"],
                "position": answer.headers["Songtor-Position"],
                "service": "intake",
            }
        ],
    }


async def test_a_bare_tip_off_is_urgent_and_sealed_for_the_case(intake: Intake) -> None:
    found = await intake.reported(TIPOFF)
    assert (found["urgent"], found["duplicate"]) == (True, False)
    case = await intake.case(found["case_id"])
    assert (case["citizen"], case["person_ref"], case["detail"]) == (None, None, TIPOFF["detail"])
    assert case["reported_at"] == "2021-05-12T03:00:00Z"
    (event,) = (await intake.store.load(UUID(found["case_id"]))).records
    assert event.fields["words"]["key_ref"] == str(await intake.vault.key_for_case(UUID(found["case_id"])))


async def test_names_keep_every_sign_of_theirs(intake: Intake) -> None:
    name = 'ปิ่น‘เพ็ชร์’ "O\'Neil\\n" 👩🏽‍🌾 กำ่ น้ำ'
    citizen = CITIZEN | {"first_name": name, "last_name": name[::-1], "title": "น.ส."}
    case = await intake.case((await intake.reported(citizen=citizen))["case_id"])
    assert case["citizen"] == citizen


async def test_an_id_in_thai_digits_and_groups_is_the_same_person(intake: Intake) -> None:
    first = await intake.reported()
    second = await intake.reported(citizen=CITIZEN | {"citizen_id": "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑"})
    assert (second["duplicate"], second["duplicate_of"]) == (True, first["case_id"])
    assert (await intake.case(second["case_id"]))["citizen"] == CITIZEN


async def test_nothing_personal_stands_in_clear_in_any_table(intake: Intake) -> None:
    case_id = (await intake.reported(key="k"))["case_id"]
    await intake.reported(TIPOFF)
    await intake.withdraw(case_id, key="k")
    await intake.listed()
    async with await psycopg.AsyncConnection.connect(intake.database.owner, row_factory=scalar_row) as connection:
        tables = await (
            await connection.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relowner = current_user::regrole"
            )
        ).fetchall()
        assert {"events", "commands", "claims", "intake_needs_b1"} <= set(tables)
        rows = [
            row for table in tables for row in await (await connection.execute(f'SELECT t::text FROM "{table}" t')).fetchall()
        ]
    assert [part for part in PERSONAL if any(part in row for row in rows)] == []


async def test_of_a_forgotten_person_only_the_facts_are_told(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    person_ref = await intake.vault.find("thai", "1970100000011")
    assert person_ref is not None
    await intake.vault.forget(person_ref)

    async def told() -> dict[str, Any]:
        return await intake.case(case_id)

    async with asyncio.timeout(20):
        while (case := await told())["citizen"] is not None:
            await asyncio.sleep(0.05)
    assert (case["citizen"], case["detail"], case["person_ref"], case["kind"]) == (None, None, str(person_ref), "welfare")


async def test_a_volunteer_heard_of_a_moment_later_is_waited_for(intake: Intake) -> None:
    reporting = asyncio.create_task(intake.report(volunteer_id=str(VOLUNTEER), unit_id=str(UNIT)))
    await intake.hear(volunteer())
    await intake.hear(unit())
    assert (await reporting).status_code == 201


async def test_who_stays_unknown_is_refused_after_a_moment_with_all_else(intake: Intake) -> None:
    started = asyncio.get_running_loop().time()
    answer = await intake.report(volunteer_id=str(VOLUNTEER), unit_id=str(UNIT), consent=False)
    assert UNKNOWN_SECONDS <= asyncio.get_running_loop().time() - started < 2.0
    assert (answer.status_code, codes(answer)) == (
        422,
        {("/volunteer_id", "unknown_volunteer"), ("/unit_id", "unknown_unit"), ("/consent", "consent_required")},
    )


async def test_who_is_out_of_service_on_the_day_of_the_report_is_refused(intake: Intake) -> None:
    serving = volunteer()
    await intake.hear(serving, relieved(serving, date(2021, 5, 11)), unit(opened_on=date(2021, 5, 11)))
    # 17:00 in UTC is midnight in Bangkok.
    before = (await intake.report(volunteer_id=str(VOLUNTEER), reported_at="2021-05-10T16:59:59Z")).status_code
    after = await intake.report(volunteer_id=str(VOLUNTEER), reported_at="2021-05-10T17:00:00Z")
    assert (before, after.status_code, codes(after)) == (201, 422, {("/volunteer_id", "unknown_volunteer")})
    closed = await intake.report(unit_id=str(UNIT), reported_at="2021-05-10T16:59:59Z")
    assert (closed.status_code, codes(closed)) == (422, {("/unit_id", "unknown_unit")})
    assert (await intake.report(unit_id=str(UNIT), reported_at="2021-05-10T17:00:00Z")).status_code == 201


async def test_the_same_key_and_body_report_once(intake: Intake) -> None:
    first = await intake.report(key="k")
    answers = await asyncio.gather(*(intake.report(key="k") for _ in range(10)))
    assert {answer.content for answer in answers} == {first.content}
    assert {answer.headers["Idempotent-Replayed"] for answer in answers} == {"true"}
    assert len(await intake.listed()) == 1
    other = await intake.report(TIPOFF, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_key_from_ten_at_once_reports_once(intake: Intake) -> None:
    answers = await asyncio.gather(*(intake.report(key="k") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.content, answer.headers["Location"], answer.headers["Songtor-Position"]) for answer in answers}) == 1
    assert len(await intake.listed()) == 1


async def test_a_need_is_taken_back_once_and_says_why(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    answer = await intake.withdraw(case_id, key="k")
    assert answer.status_code == 200
    assert answer.json() == {"case_id": case_id, "status": "withdrawn", "withdrawn_at": "2021-05-12T03:00:00Z"}
    case = await intake.case(case_id)
    assert (case["status"], case["withdrawn_at"], case["citizen"]) == ("withdrawn", "2021-05-12T03:00:00Z", CITIZEN)
    assert case["withdrawal_reason"] == "ลูก 2 คน ได้งานแล้ว"
    assert [entry["event"] for entry in case["timeline"]] == ["NeedReported", "NeedWithdrawn"]
    assert [row["status"] for row in await intake.listed()] == ["withdrawn"]
    again = await intake.withdraw(case_id)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert (await intake.withdraw(case_id, key="k")).headers["Idempotent-Replayed"] == "true"


async def test_a_tip_off_is_taken_back_too(intake: Intake) -> None:
    case_id = (await intake.reported(TIPOFF))["case_id"]
    assert (await intake.withdraw(case_id)).status_code == 200
    assert (await intake.case(case_id))["withdrawal_reason"] == "ลูก 2 คน ได้งานแล้ว"


async def test_a_question_leaves_it_to_be_taken_back_and_a_decision_does_not(intake: Intake) -> None:
    asked, decided = [await intake.reported(kind=kind) for kind in ("welfare", "labour_rights")]
    for answer, decision in ((asked, Decision.NEEDS_INFORMATION), (decided, Decision.NOT_ELIGIBLE)):
        await intake.hear(screened(need(UUID(answer["case_id"])), decision))
    assert (await intake.case(asked["case_id"]))["status"] == "reported"
    assert (await intake.withdraw(asked["case_id"])).status_code == 200
    refused = await intake.withdraw(decided["case_id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


async def test_of_ten_who_take_it_back_at_once_one_does(intake: Intake) -> None:
    case_id = (await intake.reported())["case_id"]
    answers = await asyncio.gather(*(intake.withdraw(case_id) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert (await intake.store.load(UUID(case_id))).version == 2


async def test_what_is_no_need_is_not_found(intake: Intake) -> None:
    await intake.hear(volunteer())
    for name in (str(new_id()), str(VOLUNTEER), "1970100000011", "template.xls"):
        assert (await intake.http.get(f"/needs/{name}")).status_code == 404
        answer = await intake.post(f"/needs/{name}/withdraw", {"nonsense": 1})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_timeline_tells_what_every_service_said(intake: Intake) -> None:
    reported = await intake.report()
    case_id = UUID(reported.json()["case_id"])
    said = need(case_id)
    declined = referral(ReferralDeclined, said)
    statuses = []
    for event in (
        screened(said),
        referral(CaseReferred, said),
        referral(ReferralAccepted, said),
        declined,
        reopened(declined),
        screened(said, round_=2),
        referral(CaseReferred, said, 2, Agency.PLO),
        referral(ReferralDone, said, 2, Agency.PLO),
        helped(said),
    ):
        await intake.hear(event)
        statuses.append((await intake.case(case_id))["status"])
        assert [row["status"] for row in await intake.listed()] == statuses[-1:]
    assert statuses == ["screened", "referred", "accepted", "declined", "declined", "screened", "referred", "helped", "helped"]
    timeline = (await intake.case(case_id))["timeline"]
    assert timeline[0]["event"] == "NeedReported"
    assert {entry["event"] for entry in timeline} >= {"CaseScreened", "CaseReferred", "CaseReopened", "AssistanceRecorded"}
    assert len(timeline) == 10
    for entry in timeline:
        ((_, source, stream, _),) = marks_of(entry["position"])
        assert (source, stream) == (entry["service"], case_id)
        waited = await intake.http.get(f"/needs/{case_id}", headers={"Songtor-After": entry["position"]})
        assert waited.status_code == 200


async def test_the_list_is_asked_by_province_volunteer_status_and_kind(intake: Intake) -> None:
    await intake.hear(volunteer())
    ours = (await intake.reported(volunteer_id=str(VOLUNTEER)))["case_id"]
    chonburi = (await intake.reported(TIPOFF, area_code="200101"))["case_id"]
    gone = (await intake.reported(kind="labour_rights"))["case_id"]
    await intake.withdraw(gone)
    for query, expected in (
        ({}, {ours, chonburi, gone}),
        ({"province": "24"}, {ours, gone}),
        ({"province": "24", "status": "reported"}, {ours}),
        ({"status": "withdrawn"}, {gone}),
        ({"volunteer_id": str(VOLUNTEER)}, {ours}),
        ({"volunteer_id": str(new_id())}, set()),
        ({"kind": "tipoff_child_labour"}, {chonburi}),
        ({"kind": "tipoff_child_labour", "province": "24"}, set()),
    ):
        rows = await intake.listed(**query)
        assert {row["case_id"] for row in rows} == expected
        assert not any(part in str(rows) for part in PERSONAL)


async def test_the_list_goes_from_the_newest_back_page_by_page(intake: Intake) -> None:
    days = [0, 5, 5, 3, 9]
    made = [await intake.reported(TIPOFF, reported_at=(REPORTED_AT - timedelta(days=day)).isoformat()) for day in days]
    expected = [
        case for _, case in sorted(zip([-day for day in days], [one["case_id"] for one in made], strict=True), reverse=True)
    ]
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = (await intake.http.get("/needs", params=query)).json()
        found += [row["case_id"] for row in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert (found, query["cursor"]) == (expected, None)


@pytest.mark.parametrize(
    "query",
    [
        {"province": "99"},
        {"kind": "money"},
        {"status": "lost"},
        {"volunteer_id": "me"},
        {"limit": 0},
        {"limit": 201},
        {"cursor": "!"},
        {"cursor": base64.urlsafe_b64encode(b'["yesterday","x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b"[{},[]]").decode()},
        {"cursor": base64.urlsafe_b64encode(b'["2021-05-10T02:30:00","01890000-0000-7000-8000-000000000001"]').decode()},
    ],
)
async def test_bad_query_values_are_refused(intake: Intake, query: dict[str, Any]) -> None:
    answer = await intake.http.get("/needs", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_the_list_and_the_case_say_the_same_of_every_story_in_every_order(intake: Intake) -> None:
    """Many stories, each heard in an order of its own, in batches that cut through them."""
    random = Random(2564)
    records = [record for _ in range(STORIES) for record in as_recorded(history(random, new_id()))]
    heard = [taken_from(record) for record in heard_in_some_order(random, records)]
    while heard:
        size = random.randrange(1, 80)
        async with intake.store.connection() as connection:
            await hear_call(connection, heard[:size])
        heard = heard[size:]
    cases = {record.stream for record in records}
    expected = {case_id: fold(stream.events).status for case_id, stream in (await intake.store.load_many([*cases])).items()}
    assert {UUID(row["case_id"]): row["status"] for row in await intake.listed()} == expected
    assert set(expected.values()) == {*CaseStatus}
