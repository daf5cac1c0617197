"""One need's way through the five services, step by step over HTTP, and back to where it began. Stories of whole provinces are
played in `test_stories.py`."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

import psycopg

from shared.sight import EVERYTHING_SHOWN
from tests.support.api_client import Api, Json, new_citizen, problem_of
from tests.support.local_stack import LocalStack
from tests.support.stack_contents import records

# A province and a fiscal year that no other test and no story uses.
PROVINCE, AREA, YEAR = "23", "230101", 2560
_STORED: LiteralString = "SELECT data::text FROM events WHERE stream_id = %s AND source = 'routing'"
REPORTED_AT, DECIDED_AT, HELPED_AT = "2017-05-10T03:00:00Z", "2017-05-12T03:00:00Z", "2017-05-20T03:00:00Z"


def row_of(report: Json, assistance_id: str) -> Json:
    (row,) = [row for row in report["rows"] if row["assistance_id"] == assistance_id]
    found: Json = row
    return found


def test_a_need_goes_from_the_village_to_the_national_total(stack: LocalStack, api: Api) -> None:
    before = api.shown("reporting", "/funnel", {"fiscal_year": YEAR, "province": PROVINCE})
    unit = api.open_unit(AREA, "2016-10-20")
    volunteer = api.appoint(AREA, "2016-11-01", unit_id=unit["unit_id"])
    citizen = new_citizen(title="นางสาว", first_name="ลำดวน", last_name="ศรีสุข", phone="081-000-0000")
    need = api.report(
        AREA, "job_domestic", at=REPORTED_AT, volunteer_id=volunteer["volunteer_id"], citizen=citizen, detail="อยากทำงานใกล้บ้าน"
    )
    case_id = need["case_id"]
    assert (need["status"], need["province"], need["urgent"], need["duplicate"]) == ("reported", PROVINCE, False, False)

    waiting = api.listed("screening", "/queue", {"province": PROVINCE}, after=need.position)
    (queued,) = [item for item in waiting if item["case_id"] == case_id]
    assert queued["reported_at"] == REPORTED_AT
    assert (queued["suggestion"]["decision"], queued["suggestion"]["agency"]) == ("eligible", "DOE")
    decision = api.decide(case_id, at=DECIDED_AT)
    assert (decision["decision"], decision["agency"], decision["assistance_type"]) == ("eligible", "DOE", "promote")
    assert (decision["decided_at"], decision["automatic"]) == (DECIDED_AT, False)

    sent = api.referral(case_id)
    shown = api.shown("routing", f"/referrals/{sent['referral_id']}", at=DECIDED_AT)
    assert shown["citizen"] == citizen
    assert (shown["agency"], shown["unit_id"], shown["referred_at"]) == ("DOE", unit["unit_id"], DECIDED_AT)
    assert datetime.fromisoformat(shown["due_at"]) == datetime.fromisoformat(DECIDED_AT) + timedelta(days=15)
    assert not shown["overdue"]
    assert api.shown("routing", f"/referrals/{sent['referral_id']}", at="2017-05-27T03:00:01Z")["overdue"]
    api.do("routing", f"/referrals/{sent['referral_id']}/accept", at="2017-05-13T03:00:00Z")
    help_ = api.help(sent["referral_id"], "2017-05-20", at=HELPED_AT)
    assert help_["case_id"] == case_id
    assert api.shown("routing", f"/referrals/{sent['referral_id']}")["status"] == "done"

    sp12 = api.shown("reporting", "/reports/sp12", {"unit_id": unit["unit_id"], "month": "2017-05"}, after=help_.position)
    row = row_of(sp12, help_["assistance_id"])
    assert (row["name"], row["citizen_id"]) == ("นางสาวลำดวน ศรีสุข", citizen["citizen_id"])
    assert (row["case_id"], row["service_date"], row["recorded_at"]) == (case_id, "2017-05-20", "2017-05-20T03:00:00.000000Z")
    assert (sp12["persons"], sp12["due_on"], sp12["on_time"], sp12["view"]) == (1, "2017-05-25", False, "live")
    snb2 = api.shown("reporting", "/reports/snb2", {"province": PROVINCE, "month": "2017-05"})
    assert row_of(snb2, help_["assistance_id"]) | {"no": 0} == row | {"no": 0}
    totals = api.shown("reporting", "/totals", {"month": "2017-05", "province": PROVINCE})
    assert totals["by_province"][0]["assistances"] == len(snb2["rows"])
    assert totals["by_province"][0]["persons"] == snb2["persons"]

    (was,), (now,) = (
        found["by_province"]
        for found in (before, api.shown("reporting", "/funnel", {"fiscal_year": YEAR, "province": PROVINCE}, at=HELPED_AT))
    )
    assert {name: now[name] - was[name] for name in now if name != "province"} == {
        "volunteers": 1,
        "target_reported": 30,
        "reported": 1,
        "screened": 1,
        "eligible": 1,
        "target_referred": now["target_referred"] - was["target_referred"],
        "referred": 1,
        "helped": 1,
        "target_helped": now["target_helped"] - was["target_helped"],
    }
    progress = api.shown("reporting", f"/volunteers/{volunteer['volunteer_id']}/progress", {"fiscal_year": YEAR})
    assert {name: progress[name] for name in ("target", "reported", "screened", "referred", "helped")} == {
        "target": 30,
        "reported": 1,
        "screened": 1,
        "referred": 1,
        "helped": 1,
    }
    _every_event_is_where_it_is_said_to_be(stack, api, case_id, help_["assistance_id"])
    _everything_sent_again_changes_nothing(stack, api)


def _every_event_is_where_it_is_said_to_be(stack: LocalStack, api: Api, case_id: str, assistance_id: str) -> None:
    """The timeline tells the whole story; each entry can be waited for in any service; lineage names records of Kafka."""
    story = ["NeedReported", "CaseScreened", "CaseReferred", "ReferralAccepted", "AssistanceRecorded", "ReferralDone"]
    told = api.until_status(case_id, "helped")["timeline"]
    assert [entry["event"] for entry in told] == story
    assert [entry["at"] for entry in told] == [REPORTED_AT, DECIDED_AT, DECIDED_AT, "2017-05-13T03:00:00Z", HELPED_AT, HELPED_AT]
    for entry in told:
        for service, path in (
            ("intake", "/needs"),
            ("screening", "/queue"),
            ("routing", "/referrals"),
            ("registry", "/coverage"),
        ):
            query = {"province": PROVINCE} if service == "registry" else {"limit": 1}
            assert api.get(service, path, query, after=entry["position"]).status_code == 200
    lineage = api.shown("reporting", f"/lineage/{assistance_id}", after=told[-1]["position"])
    assert [event["type"] for event in lineage["events"]] == story
    there = {
        (record.topic, record.partition, record.offset): dict(record.headers)["ce_id"].decode()
        for record in records(stack.file.broker())
        if record.key == case_id.encode()
    }
    told_at = {(event["topic"], event["partition"], event["offset"]): event["event_id"] for event in lineage["events"]}
    assert told_at == there


def stored(stack: LocalStack) -> dict[str, int]:
    """The head of each service's store."""
    heads = {}
    for name, dsn in stack.file.databases.items():
        with psycopg.connect(dsn, autocommit=True) as connection:
            row = connection.execute("SELECT position FROM head").fetchone()
            assert row is not None
            heads[name] = row[0]
    return heads


def _everything_sent_again_changes_nothing(stack: LocalStack, api: Api) -> None:
    """Every write of the story, although the state has moved on since; also with its fields in another order. Another body
    under the same key is refused."""
    api.until_caught_up()
    before = stored(stack)
    for write in list(api.writes):
        turned = dict(reversed((write.body or {}).items()))
        again = api.post(write.service, write.path, turned, **write.how)
        assert (again.status_code, again.content) == (write.answer.status_code, write.answer.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Songtor-Position"] == write.answer.headers["Songtor-Position"]
        assert again.headers.get("Location") == write.answer.headers.get("Location")
        other = api.post(write.service, write.path, {**turned, "something": "else"}, **write.how)
        problem_of(other, 422, "idempotency_key_reused")
    assert stored(stack) == before


def test_a_tip_off_reaches_the_agencys_topic_by_itself(stack: LocalStack, api: Api) -> None:
    need = api.report(AREA, "tipoff_job_scam", at="2017-06-01T17:30:00Z", detail="นายหน้าเก็บเงินล่วงหน้า")
    case_id = need["case_id"]
    assert need["urgent"]
    referral = api.referral(case_id)
    assert (referral["agency"], referral["priority"], referral["citizen"]) == ("DOE", "urgent", None)
    assert (referral["referred_at"], referral["due_at"]) == ("2017-06-01T17:30:00Z", "2017-06-04T17:30:00Z")
    decided = api.shown("screening", f"/cases/{case_id}")["decisions"]
    assert [(one["automatic"], one["agency"], one["by"]) for one in decided] == [(True, "DOE", "system:screening")]

    of_case = [record for record in records(stack.file.broker()) if record.key == case_id.encode()]
    cause, record, decision = sorted(of_case, key=lambda record: record.topic)
    assert [one.topic for one in (cause, record, decision)] == ["intake.needs", "referrals.doe", "screening.cases"]
    headers = {name: value.decode() for name, value in record.headers}
    assert UUID(headers.pop("ce_id"))
    assert int(headers.pop("ce_position")) > 0
    assert headers == {
        "ce_specversion": "1.0",
        "ce_type": "CaseReferred",
        "ce_source": "routing",
        "ce_subject": case_id,
        "ce_time": "2017-06-01T17:30:00.000000Z",
        "content-type": "application/json",
        "ce_dataversion": "1",
        "ce_streamversion": "1",
        "ce_correlationid": dict(cause.headers)["ce_correlationid"].decode(),
        "ce_causationid": dict(decision.headers)["ce_id"].decode(),
        "ce_actor": "system:routing",
        "ce_played": "true",
    }
    with psycopg.connect(stack.file.databases["routing"], autocommit=True, options=EVERYTHING_SHOWN) as connection:
        row = connection.execute(
            "SELECT data::text FROM events WHERE stream_id = %s AND source = 'routing'", [case_id]
        ).fetchone()
    assert row is not None
    assert record.value == row[0].encode()


def test_a_declined_case_comes_back_and_goes_to_another_agency(api: Api) -> None:
    case_id = api.report(AREA, "skill_training", at=REPORTED_AT)["case_id"]
    api.decide(case_id, at=DECIDED_AT)
    first = api.referral(case_id)
    declined = api.do(
        "routing", f"/referrals/{first['referral_id']}/decline", {"reason": "ไม่ใช่งานของเรา"}, at="2017-05-14T03:00:00Z"
    )
    assert declined["status"] == "declined"
    reopened = api.until_told(case_id, "CaseReopened")
    assert (reopened["status"], reopened["timeline"][-1]["at"]) == ("declined", "2017-05-14T03:00:00Z")

    waiting = api.listed("screening", "/queue", {"province": PROVINCE}, after=declined.position)
    (queued,) = [item for item in waiting if item["case_id"] == case_id]
    assert queued["reopened"]
    problem_of(api.post("routing", f"/referrals/{first['referral_id']}/accept"), 409, "wrong_state")
    again = api.decide(case_id, agency="PLO", assistance_type="promote", at="2017-05-15T03:00:00Z")
    assert again["agency"] == "PLO"
    problem_of(api.post("screening", f"/cases/{case_id}/decision", {"decision": "not_eligible"}), 409, "already_decided")
    second = api.referral(case_id)
    assert (second["agency"], second["round"]) == ("PLO", 2)
    api.do("routing", f"/referrals/{second['referral_id']}/accept", at="2017-05-16T03:00:00Z")
    help_ = api.help(second["referral_id"], "2017-05-17", at="2017-05-17T03:00:00Z")
    assert api.until_status(case_id, "helped")

    path = f"/assistance/{help_['assistance_id']}"
    corrected = api.do(
        "routing", f"{path}/correct", {"service_date": "2017-06-02", "reason": "ลงวันที่ผิด"}, at="2017-06-03T03:00:00Z"
    )
    may, june = ({"province": PROVINCE, "month": month} for month in ("2017-05", "2017-06"))
    in_june = row_of(api.shown("reporting", "/reports/snb2", june, after=corrected.position), help_["assistance_id"])
    assert (in_june["service_date"], in_june["recorded_at"]) == ("2017-06-02", "2017-05-17T03:00:00.000000Z")
    assert help_["assistance_id"] not in str(api.shown("reporting", "/reports/snb2", may))

    voided = api.do("routing", f"{path}/void", {"reason": "บันทึกผิดคน"}, at="2017-06-04T03:00:00Z")
    assert voided["void"]
    assert help_["assistance_id"] not in str(api.shown("reporting", "/reports/snb2", june, after=voided.position))
    assert api.until_status(case_id, "accepted")
    assert api.shown("routing", f"/referrals/{second['referral_id']}")["status"] == "accepted"
    problem_of(api.post("routing", f"{path}/void", {"reason": "อีกครั้ง"}), 409, "wrong_state")
    problem_of(api.post("routing", f"{path}/correct", {"service_date": "2017-06-01", "reason": "x"}), 409, "wrong_state")
    _everything_replays(api)


def _everything_replays(api: Api) -> None:
    for write in list(api.writes):
        again = api.post(write.service, write.path, write.body, **write.how)
        assert (again.status_code, again.content) == (write.answer.status_code, write.answer.content)
        assert again.headers["Idempotent-Replayed"] == "true"


def test_a_withdrawal_and_a_decision_that_cross_leave_nothing_open(stack: LocalStack, api: Api) -> None:
    """Intake does not know of the decision yet, and screening not of the withdrawal: their workers stand still meanwhile."""
    case_id = api.report(AREA, "welfare", at=REPORTED_AT)["case_id"]
    api.shown("screening", f"/cases/{case_id}")
    stack.stop_program("intake-worker", "screening-worker")
    api.decide(case_id, at=DECIDED_AT)
    withdrawn = api.do("intake", f"/needs/{case_id}/withdraw", {"reason": "ได้งานแล้ว"}, at="2017-05-12T04:00:00Z")
    assert withdrawn["status"] == "withdrawn"
    stack.start_program("screening-worker")
    sent = api.referral(case_id)
    stack.start_program("intake-worker")
    assert api.referral(case_id, "cancelled")["referral_id"] == sent["referral_id"]
    problem_of(api.post("routing", f"/referrals/{sent['referral_id']}/accept"), 409, "wrong_state")
    told = api.until_told(case_id, "ReferralCancelled")
    assert (told["status"], told["timeline"][-1]["event"]) == ("withdrawn", "ReferralCancelled")
    assert api.shown("screening", f"/cases/{case_id}")["status"] == "withdrawn"


def test_help_that_a_unit_gave_itself_stands_on_its_form(api: Api) -> None:
    unit = api.open_unit(AREA, "2016-10-20")
    body = {"assistance_type": "develop", "project_name": "อบรมอาชีพ", "service_date": "2017-07-25", "unit_id": unit["unit_id"]}
    body |= {"citizen": new_citizen(), "worker_type": "elderly", "consent": True}
    help_ = api.do("routing", "/assistance", body, at="2017-07-26T03:00:00Z")
    assert help_["case_id"] is None
    july, august = ({"unit_id": unit["unit_id"], "month": month} for month in ("2017-07", "2017-08"))
    assert row_of(api.shown("reporting", "/reports/sp12", july, after=help_.position), help_["assistance_id"])
    assert api.shown("reporting", "/reports/sp12", august)["rows"] == []


def test_names_come_out_sign_by_sign_as_they_went_in(api: Api) -> None:
    """Combining marks in both orders, composed and not, emoji, quotes, markup, signs of other scripts."""
    names = ["น้ำผึ้ง", "กํา", "กำ", "é", "e\u0301", "👩🏽‍🌾", 'O\'Brien "x"', "<b>&amp;</b>", "\\u0e01%20{0}", "ภูมิ\u200bใจ", "الاسم"]
    unit = api.open_unit(AREA, "2016-10-20")["unit_id"]
    body = {"assistance_type": "protect", "project_name": "โครงการ", "service_date": "2017-07-10", "unit_id": unit}
    body |= {"worker_type": "informal", "consent": True}
    for name in names:
        help_ = api.do(
            "routing", "/assistance", {**body, "citizen": new_citizen(first_name=name, last_name=name)}, at="2017-07-11T03:00:00Z"
        )
        case_id = api.report(AREA, citizen=new_citizen(first_name=name, last_name=name), detail=f"{name}\n{name}")["case_id"]
        told = api.case(case_id)
        assert (told["citizen"]["first_name"], told["citizen"]["last_name"], told["detail"]) == (name, name, f"{name}\n{name}")
    report = api.shown("reporting", "/reports/sp12", {"unit_id": unit, "month": "2017-07"}, after=help_.position)
    assert [row["name"] for row in report["rows"]] == [f"นาง{name} {name}" for name in names]


def test_a_duplicate_is_marked_and_the_queue_says_so(api: Api) -> None:
    citizen = new_citizen()
    first = api.report(AREA, "welfare", at=REPORTED_AT, citizen=citizen)
    second = api.report(AREA, "welfare", at="2017-05-11T03:00:00Z", citizen=citizen)
    assert (second["duplicate"], second["duplicate_of"]) == (True, first["case_id"])
    waiting = api.listed("screening", "/queue", {"province": PROVINCE, "kind": "welfare"}, after=second.position)
    (queued,) = [item for item in waiting if item["case_id"] == second["case_id"]]
    assert (queued["duplicate_of"], queued["suggestion"]["decision"]) == (first["case_id"], "duplicate")
    api.decide(second["case_id"], "duplicate", at=DECIDED_AT)
    assert api.until_status(second["case_id"], "closed")
    problem_of(api.post("intake", f"/needs/{second['case_id']}/withdraw", {"reason": "x"}), 409, "wrong_state")
