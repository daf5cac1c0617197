"""People put right and forgotten, as agencies come to know of it: through routing's API and on their own topics."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from services.routing.forgotten import Tellings
from shared.events.codes import NeedKind
from shared.events.intake import NeedReported, PersonCorrected
from shared.events.routing import CaseReferred, ReferralPersonForgotten
from tests.routing.given import WORDS
from tests.routing.people import FORGOTTEN_AT, forgotten, tell
from tests.routing.running import CITIZEN, HELP, ID, TIPOFF, WHY, Routing, running, until
from tests.support.kafka_records import MOMENT
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        yield found


async def forget(routing: Routing, need: NeedReported) -> UUID:
    """As intake does it: said, and the key erased."""
    assert need.person_ref is not None
    await routing.hear(forgotten(need.person_ref), at=FORGOTTEN_AT)
    await routing.vault.forget(need.person_ref)
    return need.person_ref


async def told(routing: Routing, need: NeedReported) -> list[ReferralPersonForgotten]:
    events = (await routing.store.load(need.case_id)).events
    return [event for event in events if isinstance(event, ReferralPersonForgotten)]


async def test_every_agency_that_was_referred_to_hears_that_the_person_is_forgotten(routing: Routing) -> None:
    declined, open_, other = await routing.need(), await routing.need(), await routing.need(kind=NeedKind.WELFARE)
    first = await routing.refer(declined)
    await routing.done(f"/referrals/{first}/decline", WHY)
    second = await routing.refer(declined, 2, agency="PLO")
    third = await routing.refer(open_)
    fourth = await routing.refer(other, agency="DLPW")
    await forget(routing, declined)
    await tell(routing)
    found = [event for need in (declined, open_, other) for event in await told(routing, need)]
    assert [(str(event.referral_id), event.topic, event.status) for event in found] == [
        (first, "referrals.doe", "declined"),
        (second, "referrals.plo", "sent"),
        (third, "referrals.doe", "sent"),
        (fourth, "referrals.dlpw", "sent"),
    ]
    assert {event.forgotten_at for event in found} == {FORGOTTEN_AT}


async def test_nobody_is_told_twice_or_of_somebody_else(routing: Routing) -> None:
    need, tip_off = await routing.need(), await routing.need(**TIPOFF)
    await routing.refer(need)
    await routing.refer(tip_off)
    await forget(routing, need)
    other = await routing.need()  # the same document: a new person
    await routing.refer(other)
    await asyncio.gather(*(Tellings(routing.store).step() for _ in range(4)))
    for _ in range(2):
        await tell(routing)
    assert len(await told(routing, need)) == 1
    assert await told(routing, other) == await told(routing, tip_off) == []


async def test_a_case_that_is_referred_after_its_person_was_forgotten_is_told_too(routing: Routing) -> None:
    need = await routing.need()
    await forget(routing, need)
    await tell(routing)
    referral = await routing.refer(need)
    await tell(routing)
    (event,) = await told(routing, need)
    assert str(event.referral_id) == referral


async def test_what_agencies_are_told_is_caused_by_the_forgetting_and_has_its_time(routing: Routing) -> None:
    need = await routing.need()
    await routing.refer(need)
    person_ref = await forget(routing, need)
    await tell(routing)
    records = (await routing.store.load_many([person_ref, need.case_id])).values()
    (cause,), case = (stream.records for stream in records)
    (effect,) = [record for record in case if record.type == ReferralPersonForgotten.TYPE]
    assert effect.meta["causation"] == str(cause.id)
    assert effect.meta["correlation"] == cause.meta["correlation"]
    assert (effect.meta["actor"], effect.recorded_at) == ("system:routing", FORGOTTEN_AT)


async def test_a_referral_of_somebody_forgotten_names_nobody_and_goes_on(routing: Routing) -> None:
    need = await routing.need()
    referral = await routing.refer(need)
    before = await routing.get(f"/referrals/{referral}")
    assert before["citizen"] == CITIZEN
    await forget(routing, need)
    await tell(routing)
    await until(lambda: routing.get(f"/referrals/{referral}"), lambda shown: shown["citizen"] is None)
    assert await routing.get(f"/referrals/{referral}") == {**before, "citizen": None}
    assert (await routing.listed(case_id=need.case_id))[0]["citizen"] is None
    help_ = await routing.done(f"/referrals/{referral}/assistance", HELP)
    assert help_["person_ref"] == str(need.person_ref)
    assert await routing.status(referral) == "done"
    await tell(routing)
    assert len(await told(routing, need)) == 1


async def test_killed_before_it_told_the_worker_tells_when_it_is_back(routing: Routing) -> None:
    need = await routing.need()
    await routing.refer(need)
    await forget(routing, need)
    task = asyncio.create_task(Tellings(routing.store).run())
    task.cancel()
    await asyncio.wait({task})
    async with _telling(routing):
        await until(lambda: told(routing, need), lambda found: len(found) == 1)


@contextlib.asynccontextmanager
async def _telling(routing: Routing) -> AsyncIterator[None]:
    task = asyncio.create_task(Tellings(routing.store).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_agencies_see_a_name_as_it_was_put_right(routing: Routing) -> None:
    need = await routing.need()
    referral = await routing.refer(need)
    assert need.person_ref is not None
    await routing.hear(await _corrected(routing, need.person_ref, last_name="ใจงาม"), at=MOMENT)
    await routing.hear(await _corrected(routing, need.person_ref, last_name="ใจงาม", phone="02-222-2222"), at=MOMENT)
    shown = {**CITIZEN, "last_name": "ใจงาม", "phone": "02-222-2222"}
    assert (await routing.get(f"/referrals/{referral}"))["citizen"] == shown
    assert (await routing.listed(case_id=need.case_id))[0]["citizen"] == shown
    (event,) = [one for one in (await routing.store.load(need.case_id)).events if isinstance(one, CaseReferred)]
    assert await routing.vault.open_many([event.person]) == [CITIZEN]  # what was said stays as it was said


async def _corrected(routing: Routing, person_ref: UUID, **fields: Any) -> PersonCorrected:
    box = await routing.vault.seal(person_ref, fields)
    return PersonCorrected(person_ref=person_ref, person=box, corrected_at=MOMENT, words=WORDS)


async def test_somebody_found_by_another_id_than_before_is_the_same_person(routing: Routing) -> None:
    need = await routing.need()
    assert need.person_ref is not None
    await routing.vault.rekey(need.person_ref, "thai", "3972200000126")
    assert await routing.vault.find("thai", ID) is None
    assert await routing.vault.enrol("thai", "3972200000126") == need.person_ref
