"""Routing over HTTP on the real PostgreSQL. What other services say is fed to its reactions by hand, without Kafka."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from services.routing.projection import PROJECTION
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority, WorkerType
from shared.events.registry import ServiceUnitClosed
from shared.events.routing import (
    AssistanceCorrected,
    AssistanceRecorded,
    AssistanceVoided,
    CaseReferred,
    ReferralClosed,
    ReferralDeclined,
    ReferralReturned,
)
from shared.ids import derived_id, new_id
from shared.projection import prepare, rebuild
from shared.sealed import Sealed
from tests.routing.given import UNIT, unit
from tests.routing.running import CITIZEN, HELP, ID, NAME, NAMED, OWN_HELP, PHONE, Routing, running
from tests.screening.given import need, screened, withdrawn
from tests.support.kafka_records import MOMENT, message, recorded
from tests.support.servers import PostgresServer, wait_until_empty
from tests.support.stores import Database, migrated

pytestmark = pytest.mark.integration

Found = TypeVar("Found")

OWNER, APP = "routing_test_owner", "routing_test"
WHY = {"reason": f"โทรหา {NAME} ที่ {PHONE} แล้ว"}
TIPOFF = {"kind": NeedKind.TIPOFF_JOB_SCAM}
CLOSE = {**WHY, "outcome": "not_reached"}
WRONG_STATE = (409, "wrong_state")


@pytest.fixture(scope="module")
def template(postgres_of_run: PostgresServer) -> str:
    """The name of an empty database of routing, to be copied."""
    made = migrated(postgres_of_run.copy_of("template0", owner=OWNER, app=APP))
    asyncio.run(_prepare(made))
    with psycopg.connect(made.owner) as connection:
        name = connection.info.dbname
    wait_until_empty(postgres_of_run.dsn, name)
    return name


async def _prepare(made: Database) -> None:
    async with await psycopg.AsyncConnection.connect(made.owner, autocommit=True) as connection:
        await prepare(connection, PROJECTION)


@pytest.fixture
async def routing(postgres: PostgresServer, template: str, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(Database(*postgres.copy_of(template, owner=OWNER, app=APP)), vault_dsn) as found:
        await found.hear(unit())
        yield found


async def test_an_eligible_case_is_referred_and_shown_with_its_person(routing: Routing) -> None:
    reported = await routing.need(village_no=3)
    decision = screened(reported, agency=Agency.DSD, assistance_type=AssistanceType.DEVELOP)
    await routing.hear(decision)
    referral_id = str(derived_id(recorded(decision).id, "referral"))
    expected = {
        "referral_id": referral_id,
        "case_id": str(reported.case_id),
        "round": 1,
        "agency": "DSD",
        "province": "24",
        "area_code": "240409",
        "village_no": 3,
        "kind": "job_domestic",
        "worker_type": "informal",
        "assistance_type": "develop",
        "priority": "normal",
        "status": "sent",
        "referred_at": "2021-05-20T03:00:00Z",
        "due_at": "2021-06-04T03:00:00Z",
        "overdue": False,
        "unit_id": str(UNIT),
        "citizen": CITIZEN,
    }
    assert await routing.get(f"/referrals/{referral_id}") == expected
    assert await routing.get("/referrals") == {"items": [expected], "next_cursor": None}
    (record,) = [one for one in (await routing.store.load(reported.case_id)).records if one.source == "routing"]
    assert (record.topic, record.meta["actor"], record.meta["played"]) == ("referrals.dsd", "system:routing", True)
    assert record.meta["causation"] == str(recorded(decision).id)


async def test_a_decision_told_again_refers_once(routing: Routing) -> None:
    reported = await routing.need()
    told = message(recorded(screened(reported)))
    await asyncio.gather(*(routing.ear.take(told) for _ in range(5)))
    assert await routing.said(reported.case_id) == ["CaseReferred"]


async def test_what_is_not_eligible_is_not_referred(routing: Routing) -> None:
    reported = await routing.need()
    for decision in Decision:
        if decision is not Decision.ELIGIBLE:
            await routing.hear(screened(reported, decision))
    assert await routing.listed() == []


async def test_an_urgent_referral_is_overdue_after_three_days_while_it_is_open(routing: Routing) -> None:
    referral_id = await routing.refer(priority=Priority.URGENT)
    due = MOMENT + timedelta(days=3)
    before, after = due.isoformat(), (due + timedelta(microseconds=1)).isoformat()
    for now, overdue in ((before, False), (after, True)):
        assert (await routing.get(f"/referrals/{referral_id}", now=now))["overdue"] == overdue
        assert [row["overdue"] for row in await routing.listed(now=now)] == [overdue]
        assert len(await routing.listed(now=now, overdue="true")) == overdue
        assert len(await routing.listed(now=now, overdue="false")) == (not overdue)
    await routing.done(f"/referrals/{referral_id}/accept", now=after)
    assert len(await routing.listed(now=after, overdue="true")) == 1
    await routing.done(f"/referrals/{referral_id}/close", CLOSE, now=after)
    assert await routing.listed(now=after, overdue="true") == []
    assert (await routing.get(f"/referrals/{referral_id}", now=after))["overdue"] is False


async def test_referrals_are_listed_by_agency_province_case_and_status(routing: Routing) -> None:
    plo = await routing.refer(agency=Agency.PLO)
    chonburi = await routing.refer(await routing.need(province="20", area_code="200101"))
    third = await routing.need()
    accepted = await routing.refer(third)
    await routing.done(f"/referrals/{accepted}/accept")
    for query, expected in (
        ({"agency": "PLO"}, [plo]),
        ({"agency": "SSO"}, []),
        ({"province": "20"}, [chonburi]),
        ({"case_id": third.case_id}, [accepted]),
        ({"case_id": uuid4()}, []),
        ({"status": "accepted"}, [accepted]),
        ({"status": "sent"}, sorted([plo, chonburi])),
        ({"agency": "DOE", "province": "24", "status": "accepted", "overdue": "false"}, [accepted]),
    ):
        assert [row["referral_id"] for row in await routing.listed(**query)] == expected, query


async def test_the_list_goes_page_by_page_the_oldest_first(routing: Routing) -> None:
    days = [3, 1, 2, 1, 0]
    made = [(day, await routing.refer(at=MOMENT + timedelta(days=day))) for day in days]
    expected = [referral_id for _, referral_id in sorted(made)]
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = await routing.get("/referrals", **query)
        found += [row["referral_id"] for row in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert (found, query["cursor"]) == (expected, None)


BAD_QUERIES: list[dict[str, Any]] = [
    {"agency": "MOL"},
    {"province": "99"},
    {"case_id": ID},
    {"status": "open"},
    {"overdue": "perhaps"},
    {"limit": 0},
    {"cursor": "!"},
    {"cursor": base64.urlsafe_b64encode(b"[1]").decode()},
    {"cursor": base64.urlsafe_b64encode(b'["yesterday","x"]').decode()},
    {"cursor": base64.urlsafe_b64encode(b"[[],{}]").decode()},
    {"cursor": base64.urlsafe_b64encode(b'["2021-05-10T02:30:00","01890000-0000-7000-8000-000000000001"]').decode()},
]


async def test_bad_query_values_are_refused(routing: Routing) -> None:
    for query in BAD_QUERIES:
        answer = await routing.http.get("/referrals", params=query)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query
        assert ID not in answer.text


async def test_a_forgotten_person_has_no_name_but_a_referral(routing: Routing) -> None:
    reported = await routing.need()
    referral_id = await routing.refer(reported)
    assert reported.person_ref is not None
    await routing.vault.forget(reported.person_ref)
    await until(lambda: routing.get(f"/referrals/{referral_id}"), lambda found: found["citizen"] is None)
    assert [row["citizen"] for row in await routing.listed()] == [None]
    assert (await routing.done(f"/referrals/{referral_id}/close", CLOSE))["status"] == "closed", "its words are not kept"
    (words,) = await routing.vault.open_many([(await routing.last(reported.case_id, ReferralClosed)).words])
    assert words == {}


async def until(ask: Callable[[], Awaitable[Found]], good: Callable[[Found], bool]) -> None:
    end = asyncio.get_running_loop().time() + 15
    while not good(await ask()):
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.2)


async def test_what_is_unknown_is_not_found_whatever_the_body(routing: Routing) -> None:
    reported = await routing.need()
    paths = [f"/referrals/{unknown}/{answer}" for unknown in (new_id(), ID) for answer in ANSWERS]
    paths += [f"/assistance/{unknown}/{answer}" for unknown in (new_id(), ID) for answer in ("correct", "void")]
    found = await asyncio.gather(*(routing.refused(path, {"nonsense": 1}) for path in paths))
    assert found == [(404, "not_found")] * len(paths)
    # A case is no referral.
    for unknown in (new_id(), reported.case_id, ID):
        assert (await routing.http.get(f"/referrals/{unknown}")).status_code == 404


async def test_a_referral_on_its_way_is_waited_for(routing: Routing) -> None:
    reported = await routing.need()
    decision = screened(reported)
    referral_id = derived_id(recorded(decision).id, "referral")
    accepting = asyncio.create_task(routing.post(f"/referrals/{referral_id}/accept"))
    await routing.hear(decision)
    assert (await accepting).status_code == 200


ANSWERS: dict[str, Any] = {"accept": None, "decline": WHY, "return": WHY, "close": CLOSE, "assistance": HELP}
THEN = {"accept": "accepted", "decline": "declined", "return": "returned", "close": "closed", "assistance": "done"}
ALLOWED = {
    "sent": {*ANSWERS},
    "accepted": {"return", "close", "assistance"},
    "done": {"assistance"},
}


@pytest.mark.parametrize("first", ["accept", "decline", "return", "close", "assistance", "withdraw"])
async def test_what_an_agency_may_do_depends_on_the_state(routing: Routing, first: str) -> None:
    for second in ANSWERS:
        reported = await routing.need()
        referral_id = await routing.refer(reported)
        if first == "withdraw":
            await routing.hear(withdrawn(reported))
        else:
            await routing.done(f"/referrals/{referral_id}/{first}", ANSWERS[first])
        status = await routing.status(referral_id)
        assert status == THEN.get(first, "cancelled")
        said = await routing.said(reported.case_id)
        answer = await routing.post(f"/referrals/{referral_id}/{second}", ANSWERS[second])
        if second in ALLOWED.get(status, set()):
            assert answer.status_code in (200, 201)
            assert await routing.status(referral_id) == THEN[second]
        else:
            assert (answer.status_code, answer.json()["code"]) == WRONG_STATE
            assert (await routing.status(referral_id), await routing.said(reported.case_id)) == (status, said)


async def test_an_answer_says_how_the_referral_stands_and_names_nobody(routing: Routing) -> None:
    referral_id = await routing.refer()
    answer = await routing.post(f"/referrals/{referral_id}/decline", WHY)
    shown = await routing.get(f"/referrals/{referral_id}")
    assert {**answer.json(), "citizen": CITIZEN} == shown
    assert (shown["status"], answer.headers["Songtor-Position"] != "") == ("declined", True)
    assert NAME not in answer.text


@pytest.mark.parametrize(
    ("answer", "body", "event"),
    [("decline", WHY, ReferralDeclined), ("return", WHY, ReferralReturned), ("close", CLOSE, ReferralClosed)],
)
@pytest.mark.parametrize("facts", [{}, TIPOFF], ids=["named", "tip-off"])
async def test_reasons_are_sealed_for_the_person_or_else_for_the_case(
    routing: Routing, answer: str, body: dict[str, Any], event: Any, facts: dict[str, Any]
) -> None:
    reported = await routing.need(**facts)
    await routing.done(f"/referrals/{await routing.refer(reported)}/{answer}", body)
    said = await routing.last(reported.case_id, event)
    assert said.words.key_ref == (reported.person_ref or await routing.vault.key_for_case(reported.case_id))
    assert await routing.vault.open_many([said.words]) == [{"reason": WHY["reason"]}]


async def test_a_declined_case_that_is_decided_again_is_referred_again(routing: Routing) -> None:
    reported = await routing.need()
    first = await routing.refer(reported)
    await routing.done(f"/referrals/{first}/decline", WHY)
    second = await routing.refer(reported, 2, agency=Agency.PLO)
    assert [(row["referral_id"], row["round"], row["agency"], row["status"]) for row in await routing.listed()] in (
        [(first, 1, "DOE", "declined"), (second, 2, "PLO", "sent")],
        [(second, 2, "PLO", "sent"), (first, 1, "DOE", "declined")],
    )
    assert await routing.refused(f"/referrals/{first}/accept") == WRONG_STATE
    await routing.done(f"/referrals/{second}/accept")
    assert (await routing.status(first), await routing.status(second)) == ("declined", "accepted")


async def test_of_an_acceptance_and_a_refusal_at_once_one_holds(routing: Routing) -> None:
    for _ in range(10):
        reported = await routing.need()
        referral_id = await routing.refer(reported)
        answers = await asyncio.gather(
            *(routing.post(f"/referrals/{referral_id}/{what}", ANSWERS[what]) for what in ("accept", "decline") * 3)
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"wrong_state"}
        assert len(await routing.said(reported.case_id)) == 2


async def test_a_withdrawal_and_a_decision_in_every_order_leave_nothing_open(routing: Routing) -> None:
    ends = set()
    for turn in sorted(set(itertools.permutations("iis"))):
        reported = need(new_id())
        sources = {
            "i": iter([recorded(reported), recorded(withdrawn(reported), version=2)]),
            "s": iter([recorded(screened(reported))]),
        }
        for source in turn:
            await routing.ear.take(message(next(sources[source])))
        rows = await routing.listed(case_id=reported.case_id)
        assert {row["status"] for row in rows} <= {"cancelled"}
        ends.add(tuple(await routing.said(reported.case_id)))
    assert ends == {(), ("CaseReferred", "ReferralCancelled")}, "what is known to be withdrawn is not sent at all"
    assert await routing.asked("SELECT count(*) FROM parked") == [0]


async def test_a_withdrawal_and_a_decision_heard_at_once_leave_nothing_open(routing: Routing) -> None:
    """As by two workers, each of which reads one of the topics."""
    for _ in range(20):
        reported = await routing.need()
        await asyncio.gather(routing.hear(screened(reported)), routing.hear(withdrawn(reported)))
        assert {row["status"] for row in await routing.listed(case_id=reported.case_id)} <= {"cancelled"}


async def test_a_withdrawal_that_meets_help_takes_nothing_of_it_away(routing: Routing) -> None:
    for _ in range(20):
        reported = await routing.need()
        referral_id = await routing.refer(reported)
        answer, _ = await asyncio.gather(
            routing.post(f"/referrals/{referral_id}/assistance", HELP), routing.hear(withdrawn(reported))
        )
        assert (answer.status_code, await routing.status(referral_id)) in ((201, "done"), (409, "cancelled"))


async def test_help_accepts_and_ends_a_referral_and_is_stored_whole(routing: Routing) -> None:
    reported = await routing.need(volunteer_id=new_id())
    referral_id = await routing.refer(reported)
    answer = await routing.post(f"/referrals/{referral_id}/assistance", {**HELP, "note": WHY["reason"]})
    assert answer.status_code == 201
    found = answer.json()
    assert (
        found.items()
        >= {
            "case_id": str(reported.case_id),
            "referral_id": referral_id,
            "person_ref": str(reported.person_ref),
        }.items()
    )
    assert await routing.said(reported.case_id) == ["CaseReferred", "ReferralAccepted", "AssistanceRecorded", "ReferralDone"]
    event = await routing.last(reported.case_id, AssistanceRecorded)
    assert event == AssistanceRecorded(
        assistance_id=found["assistance_id"],
        revision=1,
        case_id=reported.case_id,
        referral_id=UUID(referral_id),
        agency=Agency.DOE,
        kind=NeedKind.JOB_DOMESTIC,
        volunteer_id=reported.volunteer_id,
        fiscal_year=2564,
        province="24",
        area_code="240409",
        unit_id=UNIT,
        person_ref=reported.person_ref,
        person=reported.person,
        worker_type=WorkerType.INFORMAL,
        assistance_type=AssistanceType.PROMOTE,
        project_name="ส่งเสริมอาชีพ",
        service_date=date(2021, 5, 20),
        recorded_at=datetime(2021, 5, 21, 3, tzinfo=UTC),
        words=event.words,
    )
    assert await routing.vault.open_many([event.words]) == [{"note": WHY["reason"]}]
    assert event.words.key_ref == reported.person_ref
    assert await routing.status(referral_id) == "done"
    await routing.done(f"/referrals/{referral_id}/assistance", HELP)
    assert (await routing.said(reported.case_id))[4:] == ["AssistanceRecorded"]


async def test_help_may_be_another_units(routing: Routing) -> None:
    reported = await routing.need()
    other = new_id()
    await routing.hear(unit(other))
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    await routing.done(path, {**HELP, "unit_id": str(other)})
    assert (await routing.last(reported.case_id, AssistanceRecorded)).unit_id == other
    assert await routing.refused(path, {**HELP, "unit_id": str(new_id())}) == (422, "unknown_unit")


async def test_the_needs_own_unit_need_not_be_open_any_more_unless_it_is_named(routing: Routing) -> None:
    reported = await routing.need()
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    await routing.hear(ServiceUnitClosed(**unit().model_dump(exclude={"closed_on"}), closed_on=date(2021, 5, 20)))
    assert await routing.refused(path, {**HELP, "unit_id": str(UNIT)}) == (422, "unknown_unit")
    await routing.done(path, HELP)
    assert (await routing.last(reported.case_id, AssistanceRecorded)).unit_id == UNIT


async def test_a_case_helps_its_own_person_and_no_other(routing: Routing) -> None:
    path = f"/referrals/{await routing.refer()}/assistance"
    answer = await routing.post(path, {**HELP, **NAMED})
    assert answer.status_code == 422
    assert {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]} == {
        ("/citizen", "invalid"),
        ("/worker_type", "invalid"),
        ("/consent", "invalid"),
    }


async def test_after_a_tip_off_somebody_or_nobody_is_helped(routing: Routing) -> None:
    reported = await routing.need(**TIPOFF)
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    assert (await routing.done(path, {**HELP, "note": "ตรวจแล้ว"}))["person_ref"] is None
    nobody = await routing.last(reported.case_id, AssistanceRecorded)
    assert (nobody.person, nobody.worker_type, nobody.consent) == (None, None, False)
    assert nobody.words.key_ref == await routing.vault.key_for_case(reported.case_id)
    found = await routing.done(path, {**HELP, **NAMED, "note": "ตรวจแล้ว"})
    assert found["person_ref"] == str(await routing.vault.find("thai", ID))
    somebody = await routing.last(reported.case_id, AssistanceRecorded)
    assert (somebody.worker_type, somebody.consent, somebody.words.key_ref) == ("informal", True, somebody.person_ref)
    assert await routing.vault.open_many([somebody.person]) == [CITIZEN]
    assert await routing.refused(path, {**HELP, "citizen": CITIZEN, "consent": True}) == (422, "required")
    assert await routing.refused(path, {**HELP, "citizen": CITIZEN, "worker_type": "elderly"}) == (422, "consent_required")
    assert await routing.refused(path, {**HELP, "worker_type": "elderly", "consent": True}) == (422, "citizen_required")


async def test_who_told_of_something_is_not_who_was_helped(routing: Routing) -> None:
    """A tip-off may name the one from whom it comes."""
    ref = await routing.vault.enrol("thai", ID)
    reported = await routing.need(**TIPOFF, person_ref=ref, person=await routing.vault.seal(ref, CITIZEN))
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    assert (await routing.done(path, HELP))["person_ref"] is None
    assert (await routing.last(reported.case_id, AssistanceRecorded)).person is None


async def test_a_unit_helps_by_itself_in_its_own_province(routing: Routing) -> None:
    found = await routing.done("/assistance", {**OWN_HELP, "note": WHY["reason"]})
    assert (found["case_id"], found["referral_id"]) == (None, None)
    event = await routing.last(found["assistance_id"], AssistanceRecorded)
    assert (event.province, event.area_code, event.unit_id, event.agency) == ("24", "240409", UNIT, None)
    assert (str(event.person_ref), event.consent) == (found["person_ref"], True)
    assert await routing.vault.open_many([event.person, event.words]) == [CITIZEN, {"note": WHY["reason"]}]
    again = await routing.done("/assistance", OWN_HELP)
    assert again["person_ref"] == found["person_ref"], "the same person by the same document"
    assert again["assistance_id"] != found["assistance_id"]


async def test_who_has_no_document_is_a_new_person_each_time(routing: Routing) -> None:
    citizen = {"id_kind": "none", "first_name": "แดง", "last_name": "มีสุข"}
    one, two = [(await routing.done("/assistance", {**OWN_HELP, "citizen": citizen}))["person_ref"] for _ in range(2)]
    assert one != two


@pytest.mark.parametrize(
    ("day", "good"), [("2021-05-06", False), ("2021-05-07", True), ("2021-05-19", True), ("2021-05-20", False)]
)
async def test_a_unit_helps_while_it_is_open(routing: Routing, day: str, good: bool) -> None:
    await routing.hear(ServiceUnitClosed(**unit().model_dump(exclude={"closed_on"}), closed_on=date(2021, 5, 20)))
    answer = await routing.post("/assistance", {**OWN_HELP, "service_date": day})
    assert answer.status_code == (201 if good else 422)
    if not good:
        assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [("/unit_id", "unknown_unit")]


async def test_a_unit_that_has_just_opened_is_waited_for(routing: Routing) -> None:
    new = new_id()
    helping = asyncio.create_task(routing.post("/assistance", {**OWN_HELP, "unit_id": str(new)}))
    await routing.hear(unit(new))
    assert (await helping).status_code == 201
    assert await routing.refused("/assistance", {**OWN_HELP, "unit_id": str(new_id())}) == (422, "unknown_unit")


async def test_the_day_of_help_is_bangkoks(routing: Routing) -> None:
    body = {**OWN_HELP, "service_date": "2021-05-22"}
    assert await routing.refused("/assistance", body, now="2021-05-21T16:59:59Z") == (422, "in_future")
    await routing.done("/assistance", body, now="2021-05-21T17:00:00Z")


async def test_every_fault_of_a_help_is_listed_and_nothing_is_stored(routing: Routing) -> None:
    referral_id = await routing.refer(await routing.need(**TIPOFF))
    body = {
        "assistance_type": "pray",
        "project_name": f"ช่วย {ID}",
        "service_date": "2021-06-01",
        "unit_id": str(new_id()),
        "note": "\x00",
        "citizen": {**CITIZEN, "citizen_id": "1970100000012", "birth_year": 2600},
        "worker_type": "young",
        "consent": False,
        "more": 1,
    }
    expected = {
        ("/assistance_type", "invalid"),
        ("/project_name", "invalid"),
        ("/service_date", "in_future"),
        ("/unit_id", "unknown_unit"),
        ("/note", "invalid"),
        ("/citizen/citizen_id", "invalid_citizen_id"),
        ("/citizen/birth_year", "invalid"),
        ("/worker_type", "invalid"),
        ("/consent", "consent_required"),
        ("/more", "unknown_field"),
    }
    before = await routing.asked("SELECT count(*) FROM events")
    for path in (f"/referrals/{referral_id}/assistance", "/assistance"):
        answer = await routing.post(path, body)
        assert answer.status_code == 422
        assert {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]} == expected
        assert not any(part in answer.text for part in (ID, "1970100000012", NAME, PHONE))
    assert await routing.refused("/assistance", HELP | {"unit_id": str(UNIT)}) == (422, "invalid")
    assert await routing.asked("SELECT count(*) FROM events") == before
    assert await routing.vault.find("thai", ID) is None


async def test_the_same_help_from_ten_at_once_is_recorded_once(routing: Routing) -> None:
    reported = await routing.need()
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    answers = await asyncio.gather(*(routing.post(path, HELP, key="once") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (await routing.said(reported.case_id)).count("AssistanceRecorded") == 1
    other = await routing.post(path, {**HELP, "note": "x"}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    own = await asyncio.gather(*(routing.post("/assistance", OWN_HELP, key="own") for _ in range(10)))
    assert len({answer.content for answer in own}) == 1
    assert await routing.asked("SELECT count(*) FROM events WHERE type = 'AssistanceRecorded'") == [2]


async def test_help_from_ten_at_once_ends_a_referral_once(routing: Routing) -> None:
    reported = await routing.need()
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    answers = await asyncio.gather(*(routing.post(path, HELP) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [201] * 10
    said = await routing.said(reported.case_id)
    assert (said.count("AssistanceRecorded"), said.count("ReferralAccepted"), said.count("ReferralDone")) == (10, 1, 1)


async def test_a_correction_changes_what_it_names_and_keeps_the_rest(routing: Routing) -> None:
    reported = await routing.need()
    path = f"/referrals/{await routing.refer(reported)}/assistance"
    helped = await routing.done(path, {**HELP, "note": "เดิม"})
    first = await routing.last(reported.case_id, AssistanceRecorded)
    changes = {"assistance_type": "protect", "project_name": "ม.40", "service_date": "2021-05-18", "worker_type": "elderly"}
    correct = f"/assistance/{helped['assistance_id']}/correct"
    found = await routing.done(correct, {**changes, **WHY}, now="2021-05-25T03:00:00Z")
    assert found == {**helped, "revision": 2}
    second = await routing.last(reported.case_id, AssistanceCorrected)
    assert second.model_dump(mode="json", exclude={"reason"}) == {
        **first.model_dump(mode="json", exclude={"consent"}),
        **changes,
        "revision": 2,
    }
    assert await routing.vault.open_many([second.reason]) == [WHY]
    await routing.done(correct, {"note": "ใหม่", **WHY})
    third = await routing.last(reported.case_id, AssistanceCorrected)
    assert (third.revision, third.recorded_at, third.project_name) == (3, first.recorded_at, "ม.40")
    assert await routing.vault.open_many([third.words]) == [{"note": "ใหม่"}]
    assert (await routing.said(reported.case_id))[-3:] == ["ReferralDone", "AssistanceCorrected", "AssistanceCorrected"]


async def test_a_correction_must_correct_something(routing: Routing) -> None:
    found = await routing.done("/assistance", OWN_HELP)
    correct = f"/assistance/{found['assistance_id']}/correct"
    assert await routing.refused(correct, WHY) == (422, "required")
    assert await routing.refused(correct, {**WHY, **HELP}) == (422, "invalid"), "it is recorded so already"
    assert await routing.refused(correct, {"project_name": "ม.40"}) == (422, "required")
    assert await routing.refused(correct, {**WHY, "service_date": "2021-06-01"}) == (422, "in_future")
    assert await routing.refused(correct, {**WHY, "service_date": "2021-05-06"}) == (422, "unknown_unit"), "not open yet"
    assert await routing.refused(correct, {**WHY, "unit_id": str(UNIT)}) == (422, "invalid")
    assert await routing.said(found["assistance_id"]) == ["AssistanceRecorded"]


async def test_help_for_nobody_has_no_kind_of_worker(routing: Routing) -> None:
    reported = await routing.need(**TIPOFF)
    found = await routing.done(f"/referrals/{await routing.refer(reported)}/assistance", HELP)
    correct = f"/assistance/{found['assistance_id']}/correct"
    assert await routing.refused(correct, {**WHY, "worker_type": "elderly"}) == (422, "citizen_required")
    await routing.done(correct, {**WHY, "note": "ตรวจแล้ว", "service_date": "2021-05-19"})
    corrected = await routing.last(reported.case_id, AssistanceCorrected)
    key = await routing.vault.key_for_case(reported.case_id)
    assert (corrected.words.key_ref, corrected.reason.key_ref) == (key, key)


async def test_a_void_help_opens_its_referral_unless_there_is_other_help(routing: Routing) -> None:
    reported = await routing.need()
    referral_id = await routing.refer(reported)
    one, two = [(await routing.done(f"/referrals/{referral_id}/assistance", HELP))["assistance_id"] for _ in range(2)]
    assert (await routing.done(f"/assistance/{one}/void", WHY)).items() >= {"revision": 2, "void": True}.items()
    assert await routing.status(referral_id) == "done"
    await routing.done(f"/assistance/{two}/void", WHY)
    assert await routing.status(referral_id) == "accepted"
    assert (await routing.said(reported.case_id))[-3:] == ["AssistanceVoided", "AssistanceVoided", "ReferralReopened"]
    for path, body in (("void", WHY), ("correct", {**WHY, "note": "x"})):
        assert await routing.refused(f"/assistance/{one}/{path}", body) == WRONG_STATE
    await routing.done(f"/referrals/{referral_id}/assistance", HELP)
    assert await routing.status(referral_id) == "done"


async def test_help_of_a_unit_is_voided_alone(routing: Routing) -> None:
    found = await routing.done("/assistance", OWN_HELP)
    await routing.done(f"/assistance/{found['assistance_id']}/void", WHY)
    assert await routing.said(found["assistance_id"]) == ["AssistanceRecorded", "AssistanceVoided"]
    voided = await routing.last(found["assistance_id"], AssistanceVoided)
    assert (voided.void, voided.project_name, voided.unit_id) == (True, HELP["project_name"], UNIT)
    assert await routing.vault.open_many([voided.reason]) == [WHY]


@pytest.mark.parametrize("withdrawn_first", [True, False])
async def test_a_withdrawn_need_whose_only_help_is_voided_is_not_open_again(routing: Routing, withdrawn_first: bool) -> None:
    reported = await routing.need()
    referral_id = await routing.refer(reported)
    found = await routing.done(f"/referrals/{referral_id}/assistance", HELP)
    if withdrawn_first:
        await routing.hear(withdrawn(reported))
        assert await routing.status(referral_id) == "done"
    await routing.done(f"/assistance/{found['assistance_id']}/void", WHY)
    if not withdrawn_first:
        await routing.hear(withdrawn(reported))
    assert await routing.status(referral_id) == "cancelled"


async def test_of_ten_voids_and_corrections_at_once_nothing_is_said_after_a_void(routing: Routing) -> None:
    for _ in range(5):
        reported = await routing.need()
        found = await routing.done(f"/referrals/{await routing.refer(reported)}/assistance", HELP)
        path = f"/assistance/{found['assistance_id']}"
        answers: list[httpx.Response] = await asyncio.gather(
            *(routing.post(f"{path}/void", WHY) for _ in range(5)),
            *(routing.post(f"{path}/correct", {**WHY, "project_name": f"แผน {number}"}) for number in range(5)),
        )
        assert [answer.status_code for answer in answers[:5]].count(200) == 1
        assert {answer.json()["code"] for answer in answers if answer.status_code != 200} <= {"wrong_state"}
        said = await routing.said(reported.case_id)
        assert said[-2:] == ["AssistanceVoided", "ReferralReopened"]
        assert said.count("AssistanceCorrected") == [answer.status_code for answer in answers[5:]].count(200)


async def test_help_for_a_forgotten_person_can_still_be_voided(routing: Routing) -> None:
    found = await routing.done("/assistance", OWN_HELP)
    path, person_ref = f"/assistance/{found['assistance_id']}", UUID(found["person_ref"])
    await routing.vault.forget(person_ref)
    # Another process keeps a key for some seconds yet.
    await until(
        lambda: routing.post(f"{path}/correct", {**WHY, "note": "x"}),
        lambda answer: answer.status_code == 409 and answer.json()["code"] == "person_forgotten",
    )
    await routing.done(f"{path}/void", WHY)
    reason: Sealed = (await routing.last(found["assistance_id"], AssistanceVoided)).reason
    assert reason.key_ref != person_ref
    assert await routing.vault.open_many([reason]) == [{}], "what was decided is kept, its words are not"


async def test_what_a_write_says_is_in_the_list_at_once(routing: Routing) -> None:
    referral_id = await routing.refer()
    for answer, status in (("accept", "accepted"), ("return", "returned")):
        await routing.done(f"/referrals/{referral_id}/{answer}", ANSWERS[answer])
        assert [row["referral_id"] for row in await routing.listed(status=status)] == [referral_id]


async def test_a_rebuild_gives_the_same_rows(routing: Routing) -> None:
    for answer, body in ANSWERS.items():
        await routing.done(f"/referrals/{await routing.refer()}/{answer}", body)
    before = await routing.listed()
    async with (
        await psycopg.AsyncConnection.connect(routing.database.owner, autocommit=True) as connection,
        await psycopg.AsyncConnection.connect(routing.database.owner, autocommit=True) as reader,
    ):
        found = await rebuild(connection, reader, PROJECTION, compare=True)
    assert found.differing == {"referrals": 0}
    assert await routing.listed() == before


async def test_nothing_personal_is_stored_in_clear(routing: Routing) -> None:
    reported = await routing.need()
    path = f"/referrals/{await routing.refer(reported)}"
    helped = await routing.done(f"{path}/assistance", {**HELP, "note": WHY["reason"]})
    await routing.done(f"/assistance/{helped['assistance_id']}/correct", {**WHY, "note": WHY["reason"]})
    await routing.done(f"/assistance/{helped['assistance_id']}/void", WHY)
    await routing.post("/assistance", OWN_HELP, key="k")
    await routing.done(f"{path}/close", CLOSE)
    rows = " ".join(
        await routing.asked(
            "SELECT events::text FROM events UNION ALL SELECT commands::text FROM commands"
            " UNION ALL SELECT claims::text FROM claims UNION ALL SELECT referrals::text FROM referrals"
        )
    )
    for part in (NAME, ID, PHONE, r"\u0e2a\u0e21", "นางสาว"):
        assert part not in rows
    assert CaseReferred.TYPE in rows
