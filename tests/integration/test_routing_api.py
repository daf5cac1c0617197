"""Referrals over HTTP on the real PostgreSQL. What other services say is fed to routing's reactions by hand, without Kafka."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.events.codes import Agency, AssistanceType, Decision, Priority
from shared.events.routing import (
    ReferralClosed,
    ReferralDeclined,
    ReferralReturned,
)
from shared.ids import derived_id, new_id
from tests.routing.given import UNIT
from tests.routing.running import (
    ANSWERS,
    CITIZEN,
    CLOSE,
    ID,
    NAME,
    TIPOFF,
    WHY,
    WRONG_STATE,
    Routing,
    running,
    until,
)
from tests.screening.given import screened, withdrawn
from tests.support.kafka_records import MOMENT, recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
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
    second = await routing.refer(reported, 2, agency=Agency.PLO, at=MOMENT + timedelta(days=1))
    assert [(row["referral_id"], row["round"], row["agency"], row["status"]) for row in await routing.listed()] == [
        (first, 1, "DOE", "declined"),
        (second, 2, "PLO", "sent"),
    ]
    assert await routing.refused(f"/referrals/{first}/accept") == WRONG_STATE
    await routing.done(f"/referrals/{second}/accept")
    assert (await routing.status(first), await routing.status(second)) == ("declined", "accepted")


async def test_what_a_write_says_is_in_the_list_at_once(routing: Routing) -> None:
    referral_id = await routing.refer()
    for answer, status in (("accept", "accepted"), ("return", "returned")):
        await routing.done(f"/referrals/{referral_id}/{answer}", ANSWERS[answer])
        assert [row["referral_id"] for row in await routing.listed(status=status)] == [referral_id]
