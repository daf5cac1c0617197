"""Routing on the real PostgreSQL when things happen at once or in another order, and what stays in its tables."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from services.routing.projection import PROJECTION
from shared.events.routing import (
    CaseReferred,
)
from shared.ids import new_id
from shared.projection import rebuild
from tests.routing.people import forgotten, tell
from tests.routing.running import (
    ANSWERS,
    CLOSE,
    HELP,
    ID,
    NAME,
    OWN_HELP,
    PHONE,
    WHY,
    Routing,
    running,
)
from tests.screening.given import need, screened, withdrawn
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        yield found


async def test_a_decision_told_again_refers_once(routing: Routing) -> None:
    reported = await routing.need()
    told = message(recorded(screened(reported)))
    await asyncio.gather(*(routing.ear.take(told) for _ in range(5)))
    assert await routing.said(reported.case_id) == ["CaseReferred"]


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


async def test_a_rebuild_gives_the_same_rows(routing: Routing) -> None:
    for answer, body in ANSWERS.items():
        await routing.done(f"/referrals/{await routing.refer()}/{answer}", body)
    gone = await routing.need(person_ref=(somebody := await routing.vault.enrol("none", None)))
    await routing.refer(gone)
    await routing.hear(forgotten(somebody))
    await tell(routing)
    before = await routing.listed()
    async with (
        await psycopg.AsyncConnection.connect(routing.database.owner, autocommit=True) as connection,
        await psycopg.AsyncConnection.connect(routing.database.owner, autocommit=True) as reader,
    ):
        found = await rebuild(connection, reader, PROJECTION, compare=True)
    assert found.differing == dict.fromkeys((table.name for table in PROJECTION.tables), 0)
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
