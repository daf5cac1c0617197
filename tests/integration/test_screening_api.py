"""Screening over HTTP on the real PostgreSQL: the queue, one case, one decision, and what comes back."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.codes import Agency, NeedKind
from shared.events.routing import CaseReferred
from shared.ids import new_id
from shared.sealed import Sealed
from tests.screening.given import REPORTED_AT, declined, need, referral, returned, withdrawn
from tests.screening.running import Screening, running
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

TEXT = "นายสมชาย เลข 1970100000011 โทร 081-234-5678"


@pytest.fixture
async def screening(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Screening]:
    async with running(postgres, vault_dsn) as started:
        yield started


async def test_a_need_waits_in_the_queue_with_a_suggestion(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, duplicate_of=None)
    assert await screening.queue() == [
        {
            "case_id": str(case_id),
            "kind": "job_domestic",
            "province": "24",
            "area_code": "240409",
            "worker_type": "informal",
            "reported_at": "2021-05-10T02:30:00Z",
            "urgent": False,
            "duplicate": False,
            "duplicate_of": None,
            "needs_information": False,
            "reopened": False,
            "suggestion": {
                "decision": "eligible",
                "agency": "DOE",
                "assistance_type": "promote",
                "reasons": ["kind_default_agency", "worker_type_informal"],
            },
        }
    ]


async def test_a_decision_is_answered_stored_and_takes_the_case_out_of_the_queue(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, agency="DSD", assistance_type="develop", reasons=["asks_for_training"])
    assert answer.status_code == 200
    assert answer.headers["Songtor-Position"]
    expected = {
        "case_id": str(case_id),
        "decision": "eligible",
        "agency": "DSD",
        "assistance_type": "develop",
        "decided_at": "2021-05-12T03:00:00Z",
        "automatic": False,
    }
    assert answer.json().items() >= expected.items()
    case = await screening.case(case_id)
    (decision,) = case["decisions"]
    assert (case["status"], case["suggestion"]) == ("decided", None)
    assert {**decision, "case_id": str(case_id)}.items() >= expected.items()
    assert decision["reasons"] == ["asks_for_training"]
    assert await screening.queue() == []


async def test_without_an_agency_the_one_of_the_kind_is_taken(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, kind=NeedKind.SOCIAL_SECURITY_S40)
    answer = (await screening.decide(case_id)).json()
    assert (answer["agency"], answer["assistance_type"], answer["priority"]) == ("SSO", "protect", "normal")


async def test_a_decided_case_is_not_decided_twice(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    assert (await screening.decide(case_id, "not_eligible")).status_code == 200
    second = await screening.decide(case_id)
    assert (second.status_code, second.json()["code"]) == (409, "already_decided")


async def test_of_ten_decisions_at_once_one_holds(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answers = await asyncio.gather(*(screening.decide(case_id, key=str(uuid4())) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_decided"}
    assert await screening.said(case_id) == ["CaseScreened"]


async def test_the_same_key_gives_the_same_answer_also_when_the_state_has_moved_on(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    first = await screening.decide(case_id, key="k")
    await screening.hear(declined(need(case_id)))
    again = await screening.decide(case_id, key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened"]
    other = await screening.decide(case_id, "duplicate", key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_question_leaves_the_case_in_the_queue_marked(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    for _ in range(2):
        assert (await screening.decide(case_id, "needs_information")).json()["agency"] is None
        (waiting,) = await screening.queue()
        assert (waiting["needs_information"], waiting["reopened"]) == (True, False)
    assert (await screening.decide(case_id)).status_code == 200
    assert await screening.queue() == []


async def test_the_queue_has_urgent_ones_first_then_the_oldest_page_by_page(screening: Screening) -> None:
    later = await screening.needs(3, reported_at=REPORTED_AT + timedelta(days=1))
    early = await screening.needs(3)
    urgent = await screening.needs(2, urgent=True, reported_at=REPORTED_AT + timedelta(days=2))
    expected = [str(case_id) for case_id in (*sorted(urgent), *early, *sorted(later))]
    assert [row["case_id"] for row in await screening.queue()] == expected
    found: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    for _ in range(3):
        page = (await screening.http.get("/queue", params=query)).json()
        found += [row["case_id"] for row in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert (found, query["cursor"]) == (expected, None)


async def test_the_queue_is_asked_by_province_kind_and_urgency(screening: Screening) -> None:
    (chonburi,) = await screening.needs(1, province="20", area_code="200101")
    (training,) = await screening.needs(1, kind=NeedKind.SKILL_TRAINING)
    (urgent,) = await screening.needs(1, urgent=True)
    for query, expected in (
        ({"province": "20"}, [chonburi]),
        ({"province": "24"}, [urgent, training]),
        ({"kind": "skill_training"}, [training]),
        ({"urgent": "true"}, [urgent]),
        ({"urgent": "false"}, [chonburi, training]),
        ({"province": "24", "kind": "skill_training", "urgent": "true"}, []),
    ):
        assert [row["case_id"] for row in await screening.queue(**query)] == [str(case_id) for case_id in expected]


@pytest.mark.parametrize(
    "query",
    [
        {"province": "99"},
        {"province": "x"},
        {"kind": "money"},
        {"urgent": "perhaps"},
        {"limit": 0},
        {"limit": 201},
        {"cursor": "!"},
        {"cursor": base64.urlsafe_b64encode(b"[1]").decode()},
        {"cursor": base64.urlsafe_b64encode(b'[false,"yesterday","x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'[[],{},"x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'[false,"2021-05-10T02:30:00","01890000-0000-7000-8000-000000000001"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'["false","2021-05-10T02:30:00Z","01890000-0000-7000-8000-000000000001"]').decode()},
    ],
)
async def test_bad_query_values_are_refused(screening: Screening, query: dict[str, Any]) -> None:
    answer = await screening.http.get("/queue", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("kind", [kind for kind in NeedKind if kind.tipoff])
async def test_a_tip_off_is_decided_by_the_system_in_the_moment_it_is_heard(screening: Screening, kind: NeedKind) -> None:
    (case_id,) = await screening.needs(1, kind=kind)
    (decision,) = (await screening.case(case_id))["decisions"]
    assert (decision["automatic"], decision["decision"], decision["priority"]) == (True, "eligible", "urgent")
    assert decision["by"] == "system:screening"
    assert decision["decided_at"] == "2021-05-20T03:00:00Z", "the time of a played cause is the time of its effect"
    assert await screening.queue() == []
    assert (await screening.decide(case_id)).json()["code"] == "already_decided"


async def test_a_declined_case_is_back_in_the_queue_and_decided_in_a_second_round(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    reported = need(case_id)
    assert (await screening.decide(case_id)).json()["round"] == 1
    await screening.hear(referral(CaseReferred, reported), declined(reported))
    (waiting,) = await screening.queue()
    assert (waiting["case_id"], waiting["reopened"]) == (str(case_id), True)
    assert "came_back_from_agency" in waiting["suggestion"]["reasons"]
    assert (await screening.case(case_id))["status"] == "reopened"
    assert (await screening.decide(case_id, agency="PLO")).json()["round"] == 2
    await screening.hear(returned(reported, 2, Agency.PLO))
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened", "CaseScreened", "CaseReopened"]
    assert (await screening.decide(case_id, "needs_information")).status_code == 200
    (waiting,) = await screening.queue()
    assert (waiting["reopened"], waiting["needs_information"]) == (True, True)


async def test_a_decline_told_twice_brings_the_case_back_once(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    await screening.decide(case_id)
    told = message(recorded(declined(need(case_id))))
    await asyncio.gather(*(screening.ear.take(told) for _ in range(5)))
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened"]


async def test_a_withdrawn_need_leaves_the_queue_and_is_not_decided(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    await screening.hear(withdrawn(need(case_id)))
    assert await screening.queue() == []
    answer = await screening.decide(case_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert (await screening.case(case_id))["status"] == "withdrawn"


async def test_cases_heard_of_in_every_order_stand_the_same(screening: Screening) -> None:
    """A withdrawal that crosses a decline, with a decision before both: two topics, every order between them."""
    turns = sorted(set(itertools.permutations("iirr")))
    cases = []
    for turn in turns:
        case_id = new_id()
        cases.append(case_id)
        reported = need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)
        # Heard in an order of its own, but with the versions that its source gave.
        sources = {
            "i": iter([recorded(reported), recorded(withdrawn(reported), version=2)]),
            "r": iter([recorded(referral(CaseReferred, reported)), recorded(declined(reported), version=2)]),
        }
        for source in turn:
            await screening.ear.take(message(next(sources[source])))
    found = [await screening.case(case_id) for case_id in cases]
    assert {(case["status"], case["reopened"], case["needs_information"]) for case in found} == {("withdrawn", False, False)}
    assert await screening.queue() == []
    async with screening.store.connection() as connection:
        parked = await (await connection.execute("SELECT count(*) FROM parked")).fetchone()
    assert parked == (0,)


async def test_an_unknown_case_is_waited_for_and_then_not_found(screening: Screening) -> None:
    case_id = new_id()
    deciding = asyncio.create_task(screening.decide(case_id))
    await screening.hear(need(case_id))
    assert (await deciding).status_code == 200
    unknown = await screening.decide(new_id(), agency="no agency")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (await screening.http.get(f"/cases/{new_id()}")).status_code == 404
    assert (await screening.http.get("/cases/1970100000011")).status_code == 404
    assert (await screening.http.post("/cases/none/decision", json={})).status_code == 404


async def test_every_fault_of_a_decision_is_listed_and_nothing_is_stored(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, "not_eligible", agency="PLO", reasons=["No!"], note="\x00", more=1)
    assert answer.status_code == 422
    assert {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]} == {
        ("/agency", "invalid"),
        ("/reasons/0", "invalid"),
        ("/note", "invalid"),
        ("/more", "unknown_field"),
    }
    assert await screening.said(case_id) == []


async def sealed_notes(screening: Screening, case_id: UUID) -> list[Sealed]:
    events = (await screening.store.load(case_id)).records
    return [Sealed.model_validate(record.fields["words"]) for record in events if record.source == "screening"]


async def test_a_note_is_sealed_for_the_person(screening: Screening) -> None:
    person = await screening.vault.enrol("thai", "1970100000011")
    (case_id,) = await screening.needs(1, person_ref=person)
    assert (await screening.decide(case_id, note=TEXT)).status_code == 200
    (box,) = await sealed_notes(screening, case_id)
    assert box.key_ref == person
    assert await screening.vault.open_many([box]) == [{"note": TEXT}]
    assert TEXT not in str(await screening.case(case_id))


async def test_a_note_about_a_tip_off_is_sealed_for_the_case(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, kind=NeedKind.TIPOFF_JOB_SCAM)
    await screening.hear(declined(need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)))
    assert (await screening.decide(case_id, note=TEXT)).status_code == 200
    records = (await screening.store.load(case_id)).records
    box = Sealed.model_validate(records[-1].fields["words"])
    assert box.key_ref == await screening.vault.key_for_case(case_id)
    assert await screening.vault.open_many([box]) == [{"note": TEXT}]


async def test_no_note_can_be_kept_about_a_forgotten_person(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, note=TEXT)
    assert (answer.status_code, answer.json()["code"]) == (409, "person_forgotten")
    assert await screening.said(case_id) == []
