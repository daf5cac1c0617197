"""What the matrix of rights does not ask of routing: which unit and which agency help belongs to, callers of several roles, and
that who sees a person is written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.events.codes import Agency
from shared.events.routing import AssistanceRecorded
from shared.ids import new_id
from tests.routing.given import UNIT, unit
from tests.routing.rights import CLERK, DOE, FAR_UNIT, HELPERS, OF_AGENCY, OFFICER, OTHER_UNIT, Route, ask, by
from tests.routing.running import HELP, NOW, OWN_HELP, TIPOFF, WHY, Routing, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        await found.hear(unit(OTHER_UNIT), unit(FAR_UNIT, province="20", area_code="200101"))
        yield found


async def test_a_clerk_helps_through_his_units_referrals_and_for_his_unit(routing: Routing) -> None:
    own, others, nobodys = [
        f"/referrals/{await routing.refer(await routing.need(unit_id=unit_id))}/assistance"
        for unit_id in (UNIT, OTHER_UNIT, None)
    ]

    async def help_(path: str, **changed: Any) -> httpx.Response:
        return await routing.http.post(path, json={**HELP, **changed}, headers={"Songtor-Now": NOW, **CLERK})

    answers = await asyncio.gather(
        help_(others), help_(nobodys), help_(others, unit_id=str(UNIT)), help_(own, unit_id=str(OTHER_UNIT)),
        help_(own, unit_id=str(new_id())), help_(own, unit_id=str(FAR_UNIT)),
    )  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert await routing.asked("SELECT count(*) FROM events WHERE type = 'AssistanceRecorded'") == [0]
    for answer in (await help_(own), await help_(own, unit_id=str(UNIT))):
        assert answer.status_code == 201
        assert (await routing.last(answer.json()["case_id"], AssistanceRecorded)).unit_id == UNIT


async def test_an_office_and_an_agency_may_name_any_unit_of_their_provinces(routing: Routing) -> None:
    path = f"/referrals/{await routing.refer()}/assistance"
    for headers in (OFFICER, DOE):
        statuses = [
            (
                await routing.http.post(path, json={**HELP, "unit_id": str(named)}, headers={"Songtor-Now": NOW, **headers})
            ).status_code
            for named in (OTHER_UNIT, FAR_UNIT, new_id())
        ]
        assert statuses == [201, 404, 404]
    everywhere = by("province_officer", provinces=("*",))
    answer = await routing.http.post(path, json={**HELP, "unit_id": str(new_id())}, headers={"Songtor-Now": NOW, **everywhere})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_unit"), "nothing is hidden from him"


async def test_help_that_a_clerk_records_is_his_units_without_saying_so(routing: Routing) -> None:
    nameless = {name: value for name, value in OWN_HELP.items() if name != "unit_id"}
    answer = await routing.http.post("/assistance", json=nameless, headers={"Songtor-Now": NOW, **CLERK})
    assert answer.status_code == 201
    assert (await routing.last(answer.json()["assistance_id"], AssistanceRecorded)).unit_id == UNIT
    for headers in (OFFICER, caller(), by("unit_clerk", unit_id=None)):
        missing = await routing.http.post("/assistance", json=nameless, headers={"Songtor-Now": NOW, **headers})
        assert [(fault["pointer"], fault["code"]) for fault in missing.json()["errors"]] == [("/unit_id", "required")]


async def test_help_is_changed_by_the_unit_and_the_agency_that_it_is_of(routing: Routing) -> None:
    """Through a referral of one unit, for another: it stands on the other's form, and is that one's."""
    referral_id = await routing.refer(await routing.need(unit_id=UNIT), agency=Agency.SSO)
    helped = (await routing.done(f"/referrals/{referral_id}/assistance", {**HELP, "unit_id": str(OTHER_UNIT)}))["assistance_id"]
    correct = Route("POST /assistance/{assistance_id}/correct", HELPERS, "help", WHY)
    for number, (headers, status) in enumerate(
        (
            (CLERK, 404),
            (DOE, 404),
            (by("unit_clerk", unit_id=OTHER_UNIT), 200),
            (by("agency_officer", agency=Agency.SSO), 200),
            (OFFICER, 200),
        )
    ):
        assert (await ask(routing, correct, helped, headers, project_name=f"แผน {number}")).status_code == status


async def test_the_roles_of_a_caller_add_up_and_no_further(routing: Routing) -> None:
    """A clerk who is an agency's officer, too: his unit's help, and his agency's referrals, but not what is neither."""
    headers = caller("unit_clerk", "agency_officer", provinces=("24",), agency=Agency.DOE, unit_id=UNIT)
    for unit_id, agency, status in (
        (OTHER_UNIT, Agency.DOE, 201),
        (UNIT, Agency.SSO, 201),
        (OTHER_UNIT, Agency.SSO, 404),
    ):
        referral_id = await routing.refer(await routing.need(unit_id=unit_id), agency=agency)
        helping = Route("POST /referrals/{referral_id}/assistance", HELPERS, "referral", HELP)
        accepting = Route("POST /referrals/{referral_id}/accept", OF_AGENCY, "referral", {})
        if agency is Agency.SSO:
            assert (await ask(routing, accepting, referral_id, headers)).status_code == 404, "no clerk accepts"
        assert (await ask(routing, helping, referral_id, headers)).status_code == status


async def trail(routing: Routing) -> list[str]:
    return await routing.asked("SELECT concat_ws(' ', action, outcome, person_ref) FROM audit ORDER BY number")


async def test_who_sees_a_person_is_written_down(routing: Routing) -> None:
    reported, tip_off = await routing.need(), await routing.need(**TIPOFF)
    referral_id, nobodys = await routing.refer(reported), await routing.refer(tip_off)
    before = len(await trail(routing))

    async def told(ask_: Callable[[], Awaitable[httpx.Response]]) -> list[str]:
        nonlocal before
        await ask_()
        now = await trail(routing)
        new, before = now[before:], len(now)
        return new

    get = routing.http.get
    assert await told(lambda: get(f"/referrals/{referral_id}", headers=DOE)) == [f"referrals.read ok {reported.person_ref}"]
    assert await told(lambda: get("/referrals", headers=DOE)) == ["referrals.read ok"]
    assert await told(lambda: get(f"/referrals/{nobodys}", headers=DOE)) == [], "nobody was named"
    assert await told(lambda: get("/referrals", headers=by("agency_officer", agency=Agency.SSO))) == []
    accepted = [f"referrals.answer ok {reported.person_ref}"]
    assert await told(lambda: routing.http.post(f"/referrals/{referral_id}/accept", headers=DOE)) == accepted
    helped = [f"assistance.record ok {reported.person_ref}"]
    path = f"/referrals/{referral_id}/assistance"
    assert await told(lambda: routing.http.post(path, json=HELP, headers={"Songtor-Now": NOW, **DOE})) == helped
