"""Who may see and answer referrals, and record, correct and void help: each route of routing, asked by each role, inside and
outside of its province, agency and unit. What is expected is written here as the ministry's rules say it, not taken from the
code's own table."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.events.codes import Agency
from shared.ids import new_id
from tests.routing.given import UNIT, unit
from tests.routing.rights import CLERK, DOE, FAR_UNIT, HELPERS, INSIDE, OF_AGENCY, OF_UNIT, OFFICER, OTHER_UNIT, Route, ask, by
from tests.routing.running import CITIZEN, CLOSE, HELP, OWN_HELP, WHY, Routing, running
from tests.support.callers import EVERY_ROLE, UNKNOWN_SECONDS, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

SHARED = {"GET /audit", "GET /digest"}
OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}

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
    "inside": INSIDE,
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


async def wanted_by(routing: Routing, route: Route) -> str:
    """What such a route is asked about, fresh: of DOE, of UNIT, in province 24."""
    if route.on == "own help":
        return str((await routing.done("/assistance", OWN_HELP))["assistance_id"])
    referral_id = await routing.refer()
    if route.on == "help":
        return str((await routing.done(f"/referrals/{referral_id}/assistance", HELP))["assistance_id"])
    return referral_id


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
    nobodys = await wanted_by(routing, route)

    async def tried(role: Any, place: str) -> None:
        wanted = await wanted_by(routing, route) if role in route.who else nobodys
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
        assert min(theirs[2], nobodys[2]) >= UNKNOWN_SECONDS, "unknown ones are waited for"


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
