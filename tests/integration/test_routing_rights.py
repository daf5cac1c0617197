"""Who may see and answer referrals, and record, correct and void help: each route of routing, asked by each role, inside and
outside of its province, agency and unit. What is expected is written here as the ministry's rules say it, not taken from the
code's own table."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.codes import Agency
from shared.events.routing import AssistanceRecorded
from shared.ids import new_id
from tests.routing.given import UNIT, unit
from tests.routing.running import CITIZEN, CLOSE, HELP, NOW, OWN_HELP, TIPOFF, WHY, Routing, running
from tests.support.callers import EVERY_ROLE, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

OTHER_UNIT = UUID("01890000-0000-7000-8000-0000000000a2")
"""In the same province."""
FAR_UNIT = UUID("01890000-0000-7000-8000-0000000000a3")
"""In province 20."""
SHARED = {"GET /audit", "GET /digest"}
OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}

HELPERS = {"unit_clerk", "province_officer", "agency_officer"}
OF_UNIT = {"unit_clerk"}
OF_AGENCY = {"agency_officer"}


@dataclass(frozen=True)
class Route:
    """`who`: the roles that may take it; `on`: about a referral, about help through one, about a unit's own help, or a list."""

    name: str
    who: set[str]
    on: str
    body: Any = None
    good: int = 200


ROUTES = [
    Route("GET /referrals", {"province_officer", "agency_officer"}, "list"),
    Route("GET /referrals/{referral_id}", {"province_officer", "agency_officer"}, "referral"),
    Route("POST /referrals/{referral_id}/accept", OF_AGENCY, "referral", {}),
    Route("POST /referrals/{referral_id}/decline", OF_AGENCY, "referral", WHY),
    Route("POST /referrals/{referral_id}/return", OF_AGENCY, "referral", WHY),
    Route("POST /referrals/{referral_id}/close", OF_AGENCY, "referral", CLOSE),
    Route("POST /referrals/{referral_id}/assistance", HELPERS, "referral", HELP, 201),
    Route("POST /assistance", {"unit_clerk", "province_officer"}, "unit", OWN_HELP, 201),
    Route("POST /assistance/{assistance_id}/correct", HELPERS, "help", {**WHY, "project_name": "ม.40"}),
    Route("POST /assistance/{assistance_id}/void", HELPERS, "help", WHY),
    Route("POST /assistance/{assistance_id}/correct", HELPERS, "own help", {**WHY, "project_name": "ม.40"}),
    Route("POST /assistance/{assistance_id}/void", HELPERS, "own help", WHY),
]
CLAIMS: dict[str, dict[str, Any]] = {
    "inside": {"provinces": ("24",), "agency": Agency.DOE, "unit_id": UNIT},
    "another province": {"provinces": ("20",), "agency": Agency.DOE, "unit_id": UNIT},
    "another agency": {"provinces": ("24",), "agency": Agency.SSO, "unit_id": UNIT},
    "another unit": {"provinces": ("24",), "agency": Agency.DOE, "unit_id": OTHER_UNIT},
    "no agency, no unit": {"provinces": ("24",)},
    "no province": {"provinces": (), "agency": Agency.DOE, "unit_id": UNIT},
}


def is_inside(route: Route, role: str, place: str) -> bool:
    """For a role that may take the route: whether what is asked about is his."""
    if place in ("another province", "no province"):
        return False
    if role in OF_AGENCY:
        return place not in ("another agency", "no agency, no unit") and route.on != "own help"
    return role not in OF_UNIT or place not in ("another unit", "no agency, no unit")


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        await found.hear(unit(OTHER_UNIT), unit(FAR_UNIT, province="20", area_code="200101"))
        yield found


def by(role: Any, **claims: Any) -> dict[str, str]:
    return caller(role, **{**CLAIMS["inside"], **claims})


OFFICER, DOE, CLERK = by("province_officer"), by("agency_officer"), by("unit_clerk")


async def wanted_by(routing: Routing, route: Route) -> str:
    """What such a route is asked about, fresh: of DOE, of UNIT, in province 24."""
    if route.on == "own help":
        return str((await routing.done("/assistance", OWN_HELP))["assistance_id"])
    referral_id = await routing.refer()
    if route.on == "help":
        return str((await routing.done(f"/referrals/{referral_id}/assistance", HELP))["assistance_id"])
    return referral_id


async def ask(routing: Routing, route: Route, wanted: object, headers: dict[str, str], **changed: Any) -> httpx.Response:
    method, path = route.name.split(" ")
    url = path.replace("{referral_id}", str(wanted)).replace("{assistance_id}", str(wanted))
    body = None if route.body is None else {**route.body, **changed}
    return await routing.http.request(method, url, json=body, headers={"Songtor-Now": NOW, **headers})


async def test_without_a_token_nobody_is_answered(routing: Routing) -> None:
    document = (await routing.http.get("/openapi.json")).json()
    routes = {f"{method.upper()} {path}" for path, found in document["paths"].items() for method in found}
    assert routes - SHARED - OPEN == {route.name for route in ROUTES}, "every route is asked here"
    referral_id = await routing.refer()
    for route in routes - OPEN:
        method, path = route.split(" ")
        url = path.replace("{referral_id}", referral_id).replace("{assistance_id}", referral_id)
        answer = await routing.http.request(method, url, auth=None)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), route
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} on {route.on}")
async def test_each_role_may_what_the_rules_say(routing: Routing, route: Route) -> None:
    async def tried(role: Any, place: str) -> None:
        wanted = await wanted_by(routing, route)
        before = await routing.asked("SELECT count(*) FROM events WHERE source = 'routing' AND type <> 'CaseReferred'")
        answer = await ask(routing, route, wanted, caller(role, **CLAIMS[place]))
        case = (role, place, answer.text)
        if role not in route.who:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), case
        elif route.on == "list":
            assert (wanted in answer.text) == is_inside(route, role, place), case
        elif is_inside(route, role, place):
            assert answer.status_code == route.good, case
            return
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), case
        after = await routing.asked("SELECT count(*) FROM events WHERE source = 'routing' AND type <> 'CaseReferred'")
        assert after == before, "what is refused leaves nothing"

    for role, place in itertools.product(EVERY_ROLE, CLAIMS):
        await tried(role, place)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.on != "list"], ids=lambda route: f"{route.name} on {route.on}"
)
async def test_what_is_not_ones_own_is_answered_as_what_never_was_and_as_late(routing: Routing, route: Route) -> None:
    # Whoever is asked by a clerk is asked about his unit first of all.
    role = "agency_officer" if route.who == OF_AGENCY else "province_officer"
    headers = by(role, provinces=("20",))
    foreign = UNIT if route.on == "unit" else await wanted_by(routing, route)

    async def asked(wanted: object) -> tuple[int, bytes, float]:
        start = time.monotonic()
        named = {"unit_id": str(wanted)} if route.on == "unit" else {}
        answer = await ask(routing, route, wanted, headers, **named)
        return answer.status_code, answer.content, time.monotonic() - start

    theirs, nobodys = await asyncio.gather(asked(foreign), asked(new_id()))
    assert theirs[:2] == nobodys[:2]
    assert theirs[0] == 404
    if route.on in ("referral", "unit"):
        assert min(theirs[2], nobodys[2]) >= 1, "unknown ones are waited for"


async def test_a_body_with_faults_is_not_judged_before_the_thing_is_found(routing: Routing) -> None:
    for route in ROUTES:
        if route.body is not None and route.on != "unit":
            wanted = await wanted_by(routing, route)
            role = "agency_officer" if route.who == OF_AGENCY else "province_officer"
            answer = await ask(routing, route, wanted, by(role, provinces=("20",)), nonsense=1)
            assert answer.status_code == 404, route
    for headers, other in ((CLERK, OTHER_UNIT), (OFFICER, FAR_UNIT)):
        answer = await routing.http.post("/assistance", json={"unit_id": str(other), "nonsense": 1}, headers=headers)
        assert answer.status_code == 404


async def test_the_list_has_what_is_ones_own_page_by_page(routing: Routing) -> None:
    places = {"20": "200101", "24": "240409", "50": "500101"}
    made = {
        (province, agency): [
            await routing.refer(await routing.need(province=province, area_code=place), agency=agency) for _ in range(2)
        ]
        for province, place in places.items()
        for agency in (Agency.DOE, Agency.SSO)
    }

    async def listed(headers: dict[str, str], **query: Any) -> list[str]:
        found: list[str] = []
        while True:
            answer = await routing.http.get("/referrals", params={"limit": 3, **query}, headers=headers)
            page = answer.json()
            assert len(page["items"]) == 3 or page["next_cursor"] is None, "a page is not short of what was left out"
            assert all(row["citizen"] == CITIZEN for row in page["items"])
            found += [row["referral_id"] for row in page["items"]]
            if page["next_cursor"] is None:
                return sorted(found)
            query["cursor"] = page["next_cursor"]

    def of(*keys: tuple[str, Agency]) -> list[str]:
        return sorted(referral_id for key in keys for referral_id in made[key])

    doe, sso = Agency.DOE, Agency.SSO
    assert await listed(OFFICER) == of(("24", doe), ("24", sso))
    assert await listed(by("province_officer", provinces=("20", "24"))) == of(("20", doe), ("20", sso), ("24", doe), ("24", sso))
    assert await listed(DOE) == of(("24", doe))
    assert await listed(by("agency_officer", provinces=("20", "24"), agency=sso)) == of(("20", sso), ("24", sso))
    assert await listed(by("agency_officer", provinces=("*",))) == of(("20", doe), ("24", doe), ("50", doe))
    assert await listed(by("agency_officer", provinces=("*",)), province="50") == of(("50", doe))
    # Whoever is both sees all of the office's.
    assert await listed(caller("province_officer", "agency_officer", provinces=("24",), agency=doe)) == of(
        ("24", doe), ("24", sso)
    )
    foreign = made["24", sso][0]
    case_id = (await routing.get(f"/referrals/{foreign}"))["case_id"]
    for query in ({"agency": "SSO"}, {"province": "20"}, {"case_id": case_id}):
        assert await listed(DOE, **query) == []
    assert await listed(OFFICER, province="20") == []
    assert await listed(by("agency_officer", agency=None)) == await listed(by("province_officer", provinces=())) == []


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
