"""Help at a mobile service unit over HTTP on the real PostgreSQL: ordinary help that names it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from shared.auth import Role
from shared.events.codes import MobileUnitStatus
from shared.events.network import MobileUnitCancelled, MobileUnitHeld
from shared.events.routing import AssistanceCorrected, AssistanceRecorded
from shared.ids import new_id
from tests.routing.given import MOBILE_UNIT, UNIT, WORDS, mobile_unit, unit
from tests.routing.running import HELP, NAMED, NOW, WHY, Routing, running
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

PROJECT = mobile_unit().project_name
THERE = {"assistance_type": "promote", "service_date": "2021-05-20", **NAMED, "mobile_unit_id": str(MOBILE_UNIT)}
UNKNOWN = [("/mobile_unit_id", "unknown_mobile_unit")]


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        await found.hear(mobile_unit())
        yield found


async def ask(routing: Routing, body: dict[str, Any], role: Role, **claims: Any) -> httpx.Response:
    who = caller(role, **{"provinces": ("24",), **claims})
    return await routing.http.post("/assistance", json=body, headers={"Songtor-Now": NOW, **who})


async def faults(routing: Routing, body: dict[str, Any], role: Role = "province_officer", **claims: Any) -> list[tuple[str, str]]:
    """Of a help that is refused."""
    answer = await ask(routing, body, role, **claims)
    assert answer.status_code == 422, answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_help_there_needs_no_unit_and_stands_under_the_mobile_units_project(routing: Routing) -> None:
    for given in (THERE, {**THERE, "project_name": "อื่น ๆ", "unit_id": None}):
        found = await routing.done("/assistance", given)
        assert (found["case_id"], found["mobile_unit_id"]) == (None, str(MOBILE_UNIT))
        event = await routing.last(found["assistance_id"], AssistanceRecorded)
        assert (event.province, event.area_code, event.unit_id) == ("24", "240401", None)
        assert (event.mobile_unit_id, event.project_name) == (MOBILE_UNIT, PROJECT)


async def test_help_through_a_referral_may_be_given_there_too(routing: Routing) -> None:
    path = f"/referrals/{await routing.refer()}/assistance"
    there = {name: value for name, value in THERE.items() if name not in NAMED}
    found = await routing.done(path, there)
    assert (found["mobile_unit_id"], found["case_id"] is None) == (str(MOBILE_UNIT), False)
    event = await routing.last(found["case_id"], AssistanceRecorded)
    assert (event.mobile_unit_id, event.project_name, event.area_code, event.unit_id) == (MOBILE_UNIT, PROJECT, "240409", UNIT)
    voided = await routing.done(f"/assistance/{found['assistance_id']}/void", WHY)
    assert voided["mobile_unit_id"] == str(MOBILE_UNIT)
    later = await routing.done(path, HELP)
    assert (later["mobile_unit_id"], later["case_id"]) == (None, found["case_id"])


async def test_help_through_a_referral_is_given_at_mobile_units_of_the_needs_province(routing: Routing) -> None:
    path = f"/referrals/{await routing.refer()}/assistance"
    far, gone = new_id(), new_id()
    cancelled = mobile_unit(gone).model_dump() | {"status": MobileUnitStatus.CANCELLED}
    await routing.hear(mobile_unit(far, province="20", area_code="200101"), mobile_unit(gone))
    await routing.hear(MobileUnitCancelled(**cancelled, reason=WORDS))
    before = await routing.asked("SELECT count(*) FROM events")
    for unit_id in (far, gone, new_id(), UNIT):
        answer = await routing.post(path, {**HELP, "mobile_unit_id": str(unit_id)})
        assert (answer.status_code, [(one["pointer"], one["code"]) for one in answer.json()["errors"]]) == (422, UNKNOWN)
    without = {name: value for name, value in HELP.items() if name != "project_name"}
    answer = await routing.post(path, without)
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/project_name", "required")]
    assert await routing.asked("SELECT count(*) FROM events") == before


async def test_a_unit_that_is_named_gives_the_help_its_place(routing: Routing) -> None:
    found = await routing.done("/assistance", {**THERE, "unit_id": str(UNIT)})
    event = await routing.last(found["assistance_id"], AssistanceRecorded)
    assert (event.area_code, event.unit_id, event.mobile_unit_id, event.project_name) == ("240409", UNIT, MOBILE_UNIT, PROJECT)


async def test_corrections_keep_the_mobile_unit_and_may_change_the_project(routing: Routing) -> None:
    found = await routing.done("/assistance", THERE)
    path = f"/assistance/{found['assistance_id']}"
    assert await routing.done(f"{path}/correct", {**WHY, "project_name": "ม.40", "service_date": "2021-05-19"}) == {
        **found,
        "revision": 2,
    }
    event = await routing.last(found["assistance_id"], AssistanceCorrected)
    assert (event.mobile_unit_id, event.project_name, event.unit_id) == (MOBILE_UNIT, "ม.40", None)
    assert await routing.refused(f"{path}/correct", {**WHY, "mobile_unit_id": str(MOBILE_UNIT)}) == (422, "invalid")
    voided = await routing.done(f"{path}/void", WHY)
    assert (voided["void"], voided["mobile_unit_id"]) == (True, str(MOBILE_UNIT))


async def test_help_there_is_recorded_before_and_after_it_is_said_how_it_went_but_not_where_it_never_came(
    routing: Routing,
) -> None:
    facts = mobile_unit().model_dump()
    await routing.done("/assistance", THERE)
    await routing.hear(MobileUnitHeld(**facts | {"status": MobileUnitStatus.HELD, "held_on": date(2021, 5, 20)}))
    await routing.done("/assistance", THERE)
    gone = new_id()
    cancelled = facts | {"mobile_unit_id": gone, "status": MobileUnitStatus.CANCELLED}
    await routing.hear(mobile_unit(gone), MobileUnitCancelled(**cancelled, reason=WORDS))
    assert await faults(routing, {**THERE, "mobile_unit_id": str(gone)}) == UNKNOWN


async def test_a_mobile_unit_that_was_just_planned_is_waited_for(routing: Routing) -> None:
    new = new_id()
    helping = asyncio.create_task(routing.post("/assistance", {**THERE, "mobile_unit_id": str(new)}))
    await routing.hear(mobile_unit(new))
    assert (await helping).status_code == 201


async def test_of_another_province_is_as_unknown_as_nowhere(routing: Routing) -> None:
    far, far_unit = new_id(), new_id()
    await routing.hear(
        mobile_unit(far, province="20", area_code="200101"), unit(far_unit, province="20", area_code="200101", village_no=None)
    )
    before = await routing.asked("SELECT count(*) FROM events")
    for body in ({"mobile_unit_id": str(far)}, {"mobile_unit_id": str(new_id())}, {"mobile_unit_id": str(UNIT)}):
        assert await faults(routing, {**THERE, **body}) == UNKNOWN
    both: dict[str, Any] = {"provinces": ("20", "24")}
    assert await faults(routing, {**THERE, "mobile_unit_id": str(far), "unit_id": str(UNIT)}, **both) == UNKNOWN
    assert await faults(routing, {**THERE, "unit_id": str(far_unit)}, **both) == UNKNOWN
    assert await routing.asked("SELECT count(*) FROM events") == before
    assert (await ask(routing, {**THERE, "mobile_unit_id": str(far)}, "province_officer", **both)).status_code == 201


async def test_a_clerk_helps_there_for_his_own_unit_alone(routing: Routing) -> None:
    other, far = new_id(), new_id()
    await routing.hear(unit(other), mobile_unit(far, province="20", area_code="200101"))
    for body in (THERE, {**THERE, "unit_id": str(UNIT)}):
        answer = await ask(routing, body, "unit_clerk", unit_id=UNIT)
        assert answer.status_code == 201, answer.text
        assert (await routing.last(answer.json()["assistance_id"], AssistanceRecorded)).unit_id == UNIT
    assert (await ask(routing, {**THERE, "unit_id": str(other)}, "unit_clerk", unit_id=UNIT)).status_code == 404
    assert await faults(routing, THERE, "unit_clerk") == [("/unit_id", "required")]
    assert await faults(routing, {**THERE, "mobile_unit_id": str(far)}, "unit_clerk", unit_id=UNIT) == UNKNOWN
    assert (await ask(routing, THERE, "agency_officer", agency="DOE")).status_code == 403


async def test_every_fault_of_help_there_is_listed(routing: Routing) -> None:
    body = {"assistance_type": "pray", "service_date": "2021-06-01", "mobile_unit_id": str(new_id()), "unit_id": str(new_id())}
    assert set(await faults(routing, {**body, "project_name": "\x00"}, provinces=("*",))) == {
        ("/assistance_type", "invalid"),
        ("/service_date", "in_future"),
        ("/project_name", "invalid"),
        ("/unit_id", "unknown_unit"),
        *UNKNOWN,
        ("/citizen", "citizen_required"),
        ("/worker_type", "required"),
        ("/consent", "consent_required"),
    }
    assert await faults(routing, {**THERE, "mobile_unit_id": "1"}) == [("/mobile_unit_id", "invalid")]
    without = {name: value for name, value in HELP.items() if name != "project_name"}
    assert set(await faults(routing, {**without, **NAMED})) == {("/unit_id", "required"), ("/project_name", "required")}
