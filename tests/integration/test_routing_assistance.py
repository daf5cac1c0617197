"""Help over HTTP on the real PostgreSQL: recorded through a referral or by a unit itself, corrected, voided."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from shared.events.codes import Agency, AssistanceType, NeedKind, WorkerType
from shared.events.registry import ServiceUnitClosed
from shared.events.routing import (
    AssistanceCorrected,
    AssistanceRecorded,
    AssistanceVoided,
)
from shared.ids import new_id
from shared.sealed import Sealed
from tests.routing.given import UNIT, unit
from tests.routing.running import (
    CITIZEN,
    HELP,
    ID,
    NAME,
    NAMED,
    OWN_HELP,
    PHONE,
    TIPOFF,
    WHY,
    WRONG_STATE,
    Routing,
    running,
    until,
)
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        yield found


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


async def test_other_things_are_corrected_also_when_the_unit_turns_out_to_have_been_closed_that_day(routing: Routing) -> None:
    found = await routing.done("/assistance", OWN_HELP)
    await routing.hear(ServiceUnitClosed(**unit().model_dump(exclude={"closed_on"}), closed_on=date(2021, 5, 20)))
    correct = f"/assistance/{found['assistance_id']}/correct"
    await routing.done(correct, {**WHY, "project_name": "ม.40", "service_date": HELP["service_date"]})
    await routing.done(correct, {**WHY, "service_date": "2021-05-19"})
    assert await routing.refused(correct, {**WHY, "service_date": HELP["service_date"]}) == (422, "unknown_unit")


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
