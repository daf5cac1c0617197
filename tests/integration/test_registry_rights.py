"""Registry, asked by every role: what it may, what is not for it, and what does not exist for it outside of its provinces and its
unit. What is expected stands here as the ministry wrote it, and not as the code's own table says."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from services.registry import views
from services.registry.activities import views as activity_views
from services.registry.centres import views as centre_views
from services.registry.mentors import views as mentor_views
from services.registry.mobile_units import views as mobile_unit_views
from shared.access import Reach
from shared.auth import Role
from shared.buddhist_calendar import Month
from shared.errors import NotFoundError
from tests.registry.roster import as_csv, taken
from tests.registry.running import AREAS, NAME, NOW, PHONE, Registry, appointment, citizen_id, empty_database, running
from tests.support.callers import EVERY_ROLE, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

HOME, ELSEWHERE = "20", "24"
AREA_ELSEWHERE = "240409"
OPEN = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/cards/verify/{token}"}
PRINTS = "/volunteers/{volunteer_id}/card.pdf"
"""Asked of a registry that prints, in `test_registry_years_rights.py`."""
OFFICE: frozenset[Role] = frozenset({"province_officer", "admin"})
OFFICER: frozenset[Role] = frozenset({"province_officer"})
FIGURES: frozenset[Role] = OFFICE | {"ministry"}
READERS: frozenset[Role] = OFFICER | {"ministry"}
VISITORS: frozenset[Role] = READERS | {"agency_officer"}
CLERK: frozenset[Role] = frozenset({"unit_clerk"})
UNIT = {"name": "บ้านคลองนิยม", "opened_on": "2011-10-05"}
CENTRE = {"order_no": "292/2564", "established_on": "2011-10-01"}
MENTOR = {"title": "นาง", "first_name": "สมหญิง", "last_name": "ใจเย็น", "agency": "PLO"}
ACTIVITY = {"kind": "meeting", "title": "ประชุม อสร.", "held_on": "2011-10-14"}
PLAN = {
    "planned_on": "2011-10-20",
    "project_name": "ออกหน่วย",
    "agencies": ["DOE"],
    "kinds": ["job_domestic"],
    "expected_people": 80,
}


@dataclass(frozen=True)
class Things:
    """Two volunteers and two units of HOME, one of each ELSEWHERE; of the others one and one. `unit` is the clerk's."""

    volunteer: str
    unit: str
    neighbour: str
    volunteer_elsewhere: str
    unit_elsewhere: str
    centre: str
    centre_elsewhere: str
    mentor: str
    mentor_elsewhere: str
    activity: str
    activity_elsewhere: str
    mobile_unit: str
    mobile_unit_elsewhere: str
    card_no: str
    sent: str
    """An import, by whoever asks here."""

    def parameters(self) -> dict[str, str]:
        """What stands at home for the parameters of paths."""
        return {
            "volunteer_id": self.volunteer,
            "unit_id": self.unit,
            "centre_id": self.centre,
            "mentor_id": self.mentor,
            "activity_id": self.activity,
            "mobile_unit_id": self.mobile_unit,
            "card_no": self.card_no,
            "import_id": self.sent,
        }

    def who(self, *roles: Role, provinces: tuple[str, ...] = (HOME,)) -> dict[str, str]:
        """Claims that are not for a role must not widen it."""
        return caller(*roles, provinces=provinces, agency="DOE", unit_id=self.unit, volunteer_id=self.volunteer)


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn) as registry:
        yield registry


@pytest.fixture
async def things(registry: Registry) -> Things:
    async def unit(area_code: str) -> str:
        return str((await registry.done("/service-units", UNIT | {"area_code": area_code}))["unit_id"])

    async def both(path: str, body: Mapping[str, Any], name: str, *places: str) -> list[str]:
        bodies = [{**body, "province": province} for province in (HOME, ELSEWHERE)]
        placed = [{**one, "area_code": place} for one, place in zip(bodies, places, strict=True)] if places else bodies
        return [str((await registry.done(path, one))[name]) for one in placed]

    mine, neighbour, elsewhere = [await unit(area) for area in (AREAS[0], AREAS[1], AREA_ELSEWHERE)]
    volunteer = await registry.appoint(1, unit_id=mine, appointed_on="2011-10-05")
    return Things(
        volunteer,
        mine,
        neighbour,
        await registry.appoint(2, area_code=AREA_ELSEWHERE),
        elsewhere,
        *await both("/centres", CENTRE, "centre_id"),
        *await both("/mentors", MENTOR, "mentor_id"),
        *await both("/activities", ACTIVITY, "activity_id"),
        *await both("/mobile-units", PLAN, "mobile_unit_id", AREAS[0], AREA_ELSEWHERE),
        *[(await registry.get(f"/volunteers/{volunteer}"))["card_no"]],
        *[(await taken(registry, [appointment(1, unit_id=mine)]))["import_id"]],
    )


async def ask(registry: Registry, method: str, path: str, body: Any, who: Mapping[str, str]) -> httpx.Response:
    """`body`: JSON, or a file to be sent."""
    given: dict[str, Any] = {"files": {"file": ("roster.csv", body)}} if isinstance(body, bytes) else {"json": body}
    return await registry.http.request(method, path, headers={"Songtor-Now": NOW, **who}, **given)


def said(answer: httpx.Response) -> tuple[int, bytes, str]:
    return answer.status_code, answer.content, answer.headers["content-type"]


def inside(things: Things) -> dict[tuple[str, str], tuple[Any, frozenset[Role]]]:
    """Every route at home, with a body, and the roles that may. Of a write that cannot be done twice the body is empty: who may
    is told what it lacks."""
    person = iter(range(100, 200))
    return {
        ("POST", "/volunteers"): (lambda: appointment(next(person)), OFFICE),
        ("POST", f"/volunteers/{things.volunteer}/renew"): (dict, OFFICE),
        ("POST", f"/volunteers/{things.volunteer}/relieve"): (dict, OFFICE),
        ("POST", "/volunteers/import"): (lambda: as_csv([appointment(next(person))]), OFFICE),
        ("GET", "/volunteers/template.xlsx"): (None, OFFICE),
        ("GET", f"/imports/{things.sent}"): (None, OFFICE),
        ("GET", f"/imports/{things.sent}.xlsx"): (None, OFFICE),
        ("POST", "/volunteers/renewals"): (dict, OFFICE),
        ("GET", "/volunteers/expiring"): (None, OFFICE),
        ("POST", "/cards/request"): (dict, OFFICER),
        ("POST", "/cards/print"): (dict, OFFICER),
        **{("POST", f"/cards/{things.card_no}/{verb}"): (dict, OFFICER) for verb in ("hand-over", "lose", "return")},
        ("GET", "/cards"): (None, OFFICE),
        ("GET", "/volunteers"): (None, OFFICE),
        ("GET", f"/volunteers/{things.volunteer}"): (None, OFFICE),
        ("POST", "/service-units"): (lambda: UNIT | {"area_code": AREAS[2]}, OFFICE),
        ("POST", f"/service-units/{things.unit}/close"): (dict, OFFICE),
        ("GET", "/service-units"): (None, OFFICE | CLERK),
        ("GET", f"/service-units/{things.unit}"): (None, OFFICE | CLERK),
        ("GET", f"/coverage?province={HOME}"): (None, FIGURES),
        ("GET", "/allowances?month=2011-10"): (None, FIGURES),
        ("POST", "/centres"): (dict, OFFICER),
        ("POST", f"/centres/{things.centre}/committees"): (dict, OFFICER),
        ("GET", "/centres"): (None, FIGURES),
        ("GET", f"/centres/{things.centre}"): (None, FIGURES),
        ("POST", "/mentors"): (dict, OFFICER),
        ("POST", f"/volunteers/{things.volunteer}/mentor"): (dict, OFFICER),
        ("GET", "/mentors"): (None, OFFICER),
        ("GET", f"/mentors/{things.mentor}"): (None, OFFICER),
        ("GET", f"/mentors/{things.mentor}/volunteers"): (None, OFFICER),
        ("POST", "/activities"): (dict, OFFICER),
        ("POST", f"/activities/{things.activity}/void"): (dict, OFFICER),
        ("GET", "/activities"): (None, READERS),
        ("GET", f"/activities/{things.activity}"): (None, READERS),
        ("POST", "/mobile-units"): (dict, OFFICER),
        ("POST", f"/mobile-units/{things.mobile_unit}/hold"): (dict, OFFICER),
        ("POST", f"/mobile-units/{things.mobile_unit}/cancel"): (dict, OFFICER),
        ("GET", "/mobile-units"): (None, VISITORS),
        ("GET", f"/mobile-units/{things.mobile_unit}"): (None, VISITORS),
        ("GET", "/audit"): (None, frozenset({"auditor"})),
        ("GET", "/digest"): (None, frozenset({"auditor", "admin", "ministry"})),
    }


def outside(things: Things) -> list[tuple[str, str, str, Any, frozenset[Role]]]:
    """What is elsewhere, beside it the path of what is nowhere, and the roles that may take the route. ELSEWHERE a body is
    faulty, too: whose the place is comes first."""
    nothing = uuid4()
    found: list[tuple[str, str, str, Any, frozenset[Role]]] = [
        ("POST", f"/volunteers/{{id}}/{verb}", things.volunteer_elsewhere, {"nothing": 1}, OFFICE)
        for verb in ("renew", "relieve")
    ]
    found += [
        ("POST", "/service-units/{id}/close", things.unit_elsewhere, {"nothing": 1}, OFFICE),
        ("GET", "/volunteers/{id}", things.volunteer_elsewhere, None, OFFICE),
        ("GET", "/service-units/{id}", things.unit_elsewhere, None, OFFICE | CLERK),
        ("GET", "/service-units/{id}", things.neighbour, None, CLERK),
        ("POST", "/centres/{id}/committees", things.centre_elsewhere, {"nothing": 1}, OFFICER),
        ("GET", "/centres/{id}", things.centre_elsewhere, None, OFFICE),
        ("POST", "/volunteers/{id}/mentor", things.volunteer_elsewhere, {"nothing": 1}, OFFICER),
        ("GET", "/mentors/{id}", things.mentor_elsewhere, None, OFFICER),
        ("GET", "/mentors/{id}/volunteers", things.mentor_elsewhere, None, OFFICER),
        ("POST", "/activities/{id}/void", things.activity_elsewhere, {"nothing": 1}, OFFICER),
        ("GET", "/activities/{id}", things.activity_elsewhere, None, OFFICER),
        ("POST", "/mobile-units/{id}/hold", things.mobile_unit_elsewhere, {"nothing": 1}, OFFICER),
        ("POST", "/mobile-units/{id}/cancel", things.mobile_unit_elsewhere, {"nothing": 1}, OFFICER),
        ("GET", "/mobile-units/{id}", things.mobile_unit_elsewhere, None, VISITORS - {"ministry"}),
    ]
    return [(method, path.format(id=id_), path.format(id=nothing), body, roles) for method, path, id_, body, roles in found]


async def test_every_role_may_at_home_what_the_ministry_says_and_no_more(registry: Registry, things: Things) -> None:
    wrong = []
    for (method, path), (body, may) in inside(things).items():
        for role in EVERY_ROLE:
            answer = await ask(registry, method, path, body and body(), things.who(role))
            expected = {200, 201, 422} if role in may else {403}
            if answer.status_code not in expected:
                wrong.append((method, path, role, answer.status_code))
    assert wrong == []


async def test_what_is_elsewhere_is_answered_as_what_is_nowhere(registry: Registry, things: Things) -> None:
    before = await registry.events()
    for method, there, nowhere, body, may in outside(things):
        for role in may:
            answer = await ask(registry, method, there, body, things.who(role))
            assert answer.status_code == 404, (role, method, there, answer.text)
            assert said(answer) == said(await ask(registry, method, nowhere, body, things.who(role)))
    for body, path in (
        (appointment(3, area_code=AREA_ELSEWHERE), "/volunteers"),
        ({"area_code": AREA_ELSEWHERE, "level": "district"}, "/volunteers"),
        ({"area_code": "2404"}, "/volunteers"),
        (UNIT | {"area_code": AREA_ELSEWHERE}, "/service-units"),
        ({"area_code": AREA_ELSEWHERE, "nothing": 1}, "/service-units"),
        (CENTRE | {"province": ELSEWHERE}, "/centres"),
        ({"province": ELSEWHERE, "nothing": 1}, "/centres"),
        (MENTOR | {"province": ELSEWHERE}, "/mentors"),
        ({"province": ELSEWHERE, "nothing": 1}, "/mentors"),
        (ACTIVITY | {"province": ELSEWHERE}, "/activities"),
        ({"province": ELSEWHERE, "nothing": 1}, "/activities"),
        (PLAN | {"province": ELSEWHERE, "area_code": AREA_ELSEWHERE}, "/mobile-units"),
        ({"province": ELSEWHERE, "nothing": 1}, "/mobile-units"),
    ):
        for role in OFFICE if path in ("/volunteers", "/service-units") else OFFICER:
            answer = await ask(registry, "POST", path, body, things.who(role))
            assert (answer.status_code, answer.json()["code"]) == (404, NotFoundError.code)
    for role in OFFICE:
        assert (await ask(registry, "GET", f"/coverage?province={ELSEWHERE}", None, things.who(role))).status_code == 404
    assert (await ask(registry, "GET", f"/coverage?province={ELSEWHERE}", None, things.who("ministry"))).status_code == 200
    assert await registry.events() == before


async def test_a_volunteer_gets_no_unit_of_another_province_nor_hears_that_there_is_one(
    registry: Registry, things: Things
) -> None:
    answers = [
        await ask(registry, "POST", "/volunteers", appointment(3, unit_id=unit), things.who("province_officer"))
        for unit in (things.unit_elsewhere, str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["code"] == "unknown_unit"
    assert said(answers[0]) == said(answers[1])


async def test_lists_and_figures_end_where_the_caller_does(registry: Registry, things: Things) -> None:
    async def found(path: str, *roles: Role, provinces: tuple[str, ...] = (HOME,), **query: str) -> set[str]:
        answer = await registry.http.get(
            path, params=query, headers={"Songtor-Now": NOW, **things.who(*roles, provinces=provinces)}
        )
        assert answer.status_code == 200, answer.text
        names = ("volunteer_id", "unit_id", "centre_id", "mentor_id", "activity_id", "mobile_unit_id")
        items = answer.json()["items"]
        return {next((item[name] for name in names if name in item), item.get("province")) for item in items}

    volunteers, units = {things.volunteer}, {things.unit, things.neighbour}
    for role in OFFICE:
        assert await found("/volunteers", role) == volunteers
        assert await found("/service-units", role) == units
        assert await found("/allowances", role, month="2011-10") == {HOME}
        assert await found("/volunteers", role, province=ELSEWHERE) == set()
        assert await found("/service-units", role, province=ELSEWHERE) == set()
        assert await found("/volunteers", role, provinces=()) == set()
        assert await found("/volunteers", role, provinces=(HOME, ELSEWHERE)) == volunteers | {things.volunteer_elsewhere}
        assert await found("/volunteers", role, provinces=("*",)) == volunteers | {things.volunteer_elsewhere}
    for path, roles, home, elsewhere in (
        ("/centres", OFFICE, things.centre, things.centre_elsewhere),
        ("/mentors", OFFICER, things.mentor, things.mentor_elsewhere),
        ("/activities", OFFICER, things.activity, things.activity_elsewhere),
        ("/mobile-units", VISITORS - {"ministry"}, things.mobile_unit, things.mobile_unit_elsewhere),
    ):
        for role in roles:
            assert await found(path, role) == {home}
            assert await found(path, role, province=ELSEWHERE) == set()
            assert await found(path, role, provinces=()) == set()
            assert await found(path, role, provinces=(HOME, ELSEWHERE)) == {home, elsewhere}
    assert await found("/centres", "ministry") == {things.centre, things.centre_elsewhere}
    assert await found("/activities", "ministry") == {things.activity, things.activity_elsewhere}
    assert await found("/mobile-units", "ministry") == {things.mobile_unit, things.mobile_unit_elsewhere}
    assert await found("/service-units", "unit_clerk") == {things.unit}
    assert await found("/service-units", "unit_clerk", provinces=(ELSEWHERE,)) == set()
    assert await found("/allowances", "ministry", month="2011-10") == {HOME, ELSEWHERE}
    figures = await ask(registry, "GET", "/allowances?month=2011-10", None, things.who("province_officer"))
    assert figures.json()["total_baht"] == 600


async def test_the_filter_alone_hides_what_is_elsewhere(registry: Registry, things: Things) -> None:
    """As the tables' owner, who is shown every row."""
    await registry.get("/volunteers")  # the tables are as far as the store
    day = Month.parse("2011-10").last_day
    async with await psycopg.AsyncConnection.connect(registry.database.owner, autocommit=True) as owner:
        for reach, people, units, paid in (
            (Reach(provinces=frozenset({HOME}), whole=True), {things.volunteer}, {things.unit, things.neighbour}, {HOME}),
            (Reach(provinces=frozenset({HOME}), unit_id=UUID(things.unit)), set(), {things.unit}, set()),
            (Reach(provinces=frozenset({ELSEWHERE}), unit_id=UUID(things.unit)), set(), set(), set()),
            (Reach(), set(), set(), set()),
        ):
            rows = await views.volunteers(owner, reach, day=day, province=None, level=None, status=None, after=None, limit=9)
            assert {str(row.volunteer_id) for row in rows} == people
            found = await views.units(owner, reach, day=day, province=None, status=None, after=None, limit=9)
            assert {str(row.unit_id) for row in found} == units
            assert {row.province for row in await views.paid(owner, reach, Month.parse("2011-10"))} == paid
            centres = await centre_views.centres(owner, reach, province=None, after=None, limit=9)
            mentors = await mentor_views.mentors(owner, reach, province=None, after=None, limit=9)
            assert {row.province for row in centres} == {row.province for row in mentors} == paid
            none: Any = {"province": None, "after": None, "limit": 9}
            activities = await activity_views.activities(
                owner, reach, **none, kind=None, fiscal_year=None, volunteer_id=None, void=False
            )
            visits = await mobile_unit_views.mobile_units(owner, reach, **none, status=None)
            assert {row.province for row in activities} == {row.province for row in visits} == paid


async def test_names_are_for_offices_alone_and_who_saw_them_is_written_down(registry: Registry, things: Things) -> None:
    one, all_ = f"/volunteers/{things.volunteer}", "/volunteers"
    named = {"title": "นางสาว", "first_name": NAME, "last_name": "ใจดี", "citizen_id": citizen_id(1), "phone": PHONE}
    before = await _entries(registry)
    for path in (one, all_):
        shown = (await ask(registry, "GET", path, None, things.who("admin"))).json()
        assert {name: shown.get("items", [shown])[0][name] for name in named} == dict.fromkeys(named)
    assert await _entries(registry) == before
    for path in (one, all_):
        shown = (await ask(registry, "GET", path, None, things.who("province_officer"))).json()
        assert {name: shown.get("items", [shown])[0][name] for name in named} == named
    person = (await registry.asked("SELECT data->>'person_ref' FROM events WHERE stream_id = %s", things.volunteer))[0]
    assert await _entries(registry) == [*before, person, None]


async def _entries(registry: Registry) -> list[str | None]:
    """Whom the entries about volunteers that were seen name."""
    return await registry.asked("SELECT person_ref::text FROM audit WHERE action = 'volunteers.read' ORDER BY number")


async def test_what_cannot_be_written_down_is_not_shown(registry: Registry, things: Things) -> None:
    async with await psycopg.AsyncConnection.connect(registry.database.owner, autocommit=True) as owner:
        await owner.execute("ALTER TABLE audit RENAME TO audit_away")
    for path in (f"/volunteers/{things.volunteer}", "/volunteers"):
        answer = await ask(registry, "GET", path, None, things.who("province_officer"))
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
        assert NAME not in answer.text
        assert (await ask(registry, "GET", path, None, things.who("admin"))).status_code == 200


async def test_every_route_wants_a_token(registry: Registry, things: Things) -> None:
    document = (await registry.http.get("/openapi.json")).json()
    routes = [(method, path) for path, methods in document["paths"].items() for method in methods if path not in OPEN]
    asked = {(method.lower(), path.split("?")[0]) for method, path in inside(things)}
    here = {(method, path.format(**things.parameters())) for method, path in routes if path != PRINTS}
    assert here == asked, "the matrix asks every route"
    for method, path in routes:
        request = registry.http.build_request(method, path.format(**things.parameters()), json={})
        del request.headers["Authorization"]
        answer = await registry.http.send(request)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)
