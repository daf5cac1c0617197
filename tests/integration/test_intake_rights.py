"""Intake, asked by every role: what it may, what is not for it, and what does not exist for it outside of its provinces, its unit
and itself. What is expected stands here as the ministry wrote it, and not as the code's own table says."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from services.intake import views
from shared.access import EVERYTHING, Reach
from shared.auth import Role
from shared.ids import new_id
from tests.intake.given import NEED_UNIT, ORIGINAL, UNIT, VOLUNTEER, unit, volunteer
from tests.intake.people import BECAUSE, DOCUMENT, NOBODY, person_of
from tests.intake.running import AREA, CITIZEN, NAMED, NOW, PERSONAL, TIPOFF, Intake, codes, running_intake
from tests.intake.survey import as_csv, row, sent
from tests.support.callers import EVERY_ROLE, UNKNOWN_SECONDS, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

HOME, ELSEWHERE = "24", "20"
AREA_ELSEWHERE = "200101"
VOLUNTEER_ELSEWHERE, UNIT_ELSEWHERE = UUID(int=VOLUNTEER.int + 0x100), UUID(int=UNIT.int + 0x100)
OPEN = {"/healthz", "/readyz", "/metrics", "/openapi.json"}
REPORTERS: tuple[Role, ...] = ("volunteer", "unit_clerk", "province_officer")
WITHDRAWERS: tuple[Role, ...] = ("volunteer", "province_officer")
SEARCHERS: tuple[Role, ...] = ("unit_clerk", "province_officer")
IMPORTERS: tuple[Role, ...] = ("unit_clerk", "province_officer")
RIGHT = {"fields": {"last_name": "ใจงาม"}, **BECAUSE}


def who(*roles: Role, provinces: tuple[str, ...] = (HOME,), sub: str = "somebody", **claims: Any) -> dict[str, str]:
    """Claims that are not for a role must not widen it."""
    return caller(
        *roles, **{"provinces": provinces, "agency": "DOE", "unit_id": UNIT, "volunteer_id": VOLUNTEER, "sub": sub, **claims}
    )


@dataclass(frozen=True)
class Cases:
    """Of one person: one of VOLUNTEER and UNIT, one of their neighbours in HOME, and one of theirs in ELSEWHERE."""

    own: str
    neighbours: str
    elsewhere: str
    person_ref: str
    import_id: str
    """Of a survey sheet that everybody's somebody has sent."""

    def seen_by(self, role: Role) -> set[str]:
        return {self.own, self.neighbours} if role == "province_officer" else {self.own}


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        there = {"province": ELSEWHERE, "area_code": AREA_ELSEWHERE}
        await running.hear(volunteer(), volunteer(ORIGINAL), volunteer(VOLUNTEER_ELSEWHERE, **there))
        await running.hear(unit(), unit(NEED_UNIT), unit(UNIT_ELSEWHERE, **there))
        yield running


@pytest.fixture
async def cases(intake: Intake) -> Cases:
    async def case(kind: str, volunteer_id: UUID, unit_id: UUID, area_code: str = AREA) -> str:
        changed: dict[str, Any] = {"volunteer_id": str(volunteer_id), "unit_id": str(unit_id), "area_code": area_code}
        return str((await intake.reported(kind=kind, reported_at="2021-05-10T02:30:00Z", **changed))["case_id"])

    own, neighbours = await case("welfare", VOLUNTEER, UNIT), await case("skill_training", ORIGINAL, NEED_UNIT)
    elsewhere = await case("labour_rights", VOLUNTEER, UNIT, AREA_ELSEWHERE)
    import_id = (await sent(intake, [row(1, village_no="none")]))["import_id"]
    return Cases(own, neighbours, elsewhere, await person_of(intake, own), import_id)


async def ask(intake: Intake, method: str, path: str, body: Any, who: Mapping[str, str]) -> httpx.Response:
    content: dict[str, Any] = {"files": {"file": body}} if isinstance(body, bytes) else {"json": body}
    return await intake.http.request(method, path, **content, headers={**NOW, **who})


def said(answer: httpx.Response) -> tuple[int, bytes, str]:
    return answer.status_code, answer.content, answer.headers["content-type"]


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def routes(cases: Cases) -> dict[tuple[str, str], tuple[Any, tuple[Role, ...]]]:
    """Every route with what is the caller's own, a body, and the roles that may. Of a write that cannot be done twice the body
    is empty: who may is told what it lacks."""
    return {
        ("POST", "/needs"): (TIPOFF, REPORTERS),
        ("GET", "/needs"): (None, REPORTERS),
        ("GET", f"/needs/{cases.own}"): (None, REPORTERS),
        ("POST", f"/needs/{cases.own}/withdraw"): ({}, WITHDRAWERS),
        ("POST", "/people/search"): (DOCUMENT, SEARCHERS),
        ("POST", f"/people/{cases.person_ref}/correct"): (RIGHT, ("admin",)),
        ("POST", "/people/forget"): ({}, ("admin",)),
        ("POST", "/needs/import"): (as_csv([row(1, village_no="none")]), IMPORTERS),
        ("GET", "/needs/template.xlsx"): (None, IMPORTERS),
        ("GET", f"/imports/{cases.import_id}"): (None, IMPORTERS),
        ("GET", f"/imports/{cases.import_id}.xlsx"): (None, IMPORTERS),
        ("GET", "/audit"): (None, ("auditor",)),
        ("GET", "/digest"): (None, ("auditor", "admin", "ministry")),
    }


async def test_every_role_may_with_its_own_what_the_ministry_says_and_no_more(intake: Intake, cases: Cases) -> None:
    wrong = []
    for (method, path), (body, may) in routes(cases).items():
        for role in EVERY_ROLE:
            answer = await ask(intake, method, path, body, who(role))
            if answer.status_code not in ({200, 201, 422} if role in may else {403}):
                wrong.append((method, path, role, answer.status_code))
    assert wrong == []


async def test_every_route_wants_a_token(intake: Intake, cases: Cases) -> None:
    document = (await intake.http.get("/openapi.json")).json()
    described = [(method, path) for path, methods in document["paths"].items() for method in methods if path not in OPEN]
    names = {"case_id": cases.own, "person_ref": cases.person_ref, "import_id": cases.import_id}
    matrix = {path for _, path in routes(cases)}
    for name, value in names.items():
        matrix = {path.replace(value, f"{{{name}}}") for path in matrix}
    assert {path for _, path in described} == matrix, "the matrix asks every route"
    for method, path in described:
        request = intake.http.build_request(method, path.format(**names), json={})
        del request.headers["Authorization"]
        answer = await intake.http.send(request)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)


# What is not for the caller


async def test_a_case_that_is_not_for_the_caller_is_answered_as_one_that_is_none(intake: Intake, cases: Cases) -> None:
    head = await intake.store.head()
    for role in REPORTERS:
        for case_id in {cases.own, cases.neighbours, cases.elsewhere} - cases.seen_by(role):
            answer = await ask(intake, "GET", f"/needs/{case_id}", None, who(role))
            assert (role, answer.status_code) == (role, 404)
            assert said(answer) == said(await ask(intake, "GET", f"/needs/{new_id()}", None, who(role)))
    for role in WITHDRAWERS:
        for case_id in {cases.own, cases.neighbours, cases.elsewhere} - cases.seen_by(role):
            answer = await ask(intake, "POST", f"/needs/{case_id}/withdraw", {"nothing": 1}, who(role))
            assert (role, answer.status_code) == (role, 404)
            assert said(answer) == said(await ask(intake, "POST", f"/needs/{new_id()}/withdraw", {"nothing": 1}, who(role)))
    assert await intake.store.head() == head


async def test_a_list_holds_what_the_caller_may_see(intake: Intake, cases: Cases) -> None:
    async def listed(asking: Mapping[str, str], **query: Any) -> set[str]:
        answer = await intake.http.get("/needs", params=query, headers=dict(asking))
        return {row["case_id"] for row in told(answer)["items"]}

    for role in REPORTERS:
        assert await listed(who(role)) == cases.seen_by(role)
        assert await listed(who(role), province=ELSEWHERE) == set()
        assert await listed(who(role), volunteer_id=ORIGINAL) == cases.seen_by(role) & {cases.neighbours}
        assert await listed(who(role, provinces=())) == set()
        assert await listed(who(role, provinces=(ELSEWHERE,))) == {cases.elsewhere}
        both = cases.seen_by(role) | {cases.elsewhere}
        assert await listed(who(role, provinces=("*",))) == await listed(who(role, provinces=(HOME, ELSEWHERE))) == both
        nobody = who(role, volunteer_id=None, unit_id=None)
        assert await listed(nobody) == (cases.seen_by(role) if role == "province_officer" else set())
    assert await listed(who("volunteer", "unit_clerk", unit_id=NEED_UNIT)) == {cases.own, cases.neighbours}


async def test_the_filter_alone_hides_what_is_not_for_the_caller(intake: Intake, cases: Cases) -> None:
    """As the tables' owner, who is shown every row."""
    await intake.listed()  # the tables are as far as the store
    home = frozenset({HOME})
    async with await psycopg.AsyncConnection.connect(intake.database.owner, autocommit=True) as owner:
        for reach, expected in (
            (EVERYTHING, {cases.own, cases.neighbours, cases.elsewhere}),
            (Reach(provinces=home, whole=True), {cases.own, cases.neighbours}),
            (Reach(provinces=home, unit_id=UNIT), {cases.own}),
            (Reach(provinces=home, volunteer_id=VOLUNTEER), {cases.own}),
            (Reach(provinces=frozenset({HOME, ELSEWHERE}), volunteer_id=VOLUNTEER), {cases.own, cases.elsewhere}),
            (Reach(provinces=home), set()),
            (Reach(), set()),
        ):
            rows = await views.needs(owner, reach, province=None, volunteer_id=None, status=None, kind=None, after=None, limit=9)
            assert {str(row.case_id) for row in rows} == expected


# Reporting


async def test_a_volunteer_reports_as_himself_and_a_clerk_for_his_unit(intake: Intake) -> None:
    reports: list[tuple[Role, dict[str, Any], tuple[str | None, str | None]]] = [
        ("volunteer", {}, (str(VOLUNTEER), None)),
        ("volunteer", {"volunteer_id": str(VOLUNTEER)}, (str(VOLUNTEER), None)),
        ("volunteer", {"unit_id": str(NEED_UNIT)}, (str(VOLUNTEER), str(NEED_UNIT))),
        ("unit_clerk", {}, (None, str(UNIT))),
        ("unit_clerk", {"unit_id": str(UNIT), "volunteer_id": str(ORIGINAL)}, (str(ORIGINAL), str(UNIT))),
        ("province_officer", {}, (None, None)),
        ("province_officer", {"volunteer_id": str(ORIGINAL), "unit_id": str(NEED_UNIT)}, (str(ORIGINAL), str(NEED_UNIT))),
    ]
    for role, named, expected in reports:
        answer = told(await ask(intake, "POST", "/needs", TIPOFF | named, who(role)))
        case = await intake.case(answer["case_id"])
        assert (case["volunteer_id"], case["unit_id"]) == expected
        assert told(await ask(intake, "GET", f"/needs/{answer['case_id']}", None, who(role)))["detail"] == TIPOFF["detail"]


async def test_as_another_and_of_another_province_nobody_reports(intake: Intake) -> None:
    head = await intake.store.head()
    tried: list[tuple[Role, dict[str, Any]]] = [
        *((role, {"area_code": AREA_ELSEWHERE}) for role in REPORTERS),
        *(("volunteer", {"volunteer_id": str(one)}) for one in (ORIGINAL, VOLUNTEER_ELSEWHERE, new_id())),
        *(("unit_clerk", {"unit_id": str(one)}) for one in (NEED_UNIT, UNIT_ELSEWHERE, new_id())),
    ]
    for role, named in tried:
        answer = await ask(intake, "POST", "/needs", TIPOFF | named | {"nothing": 1}, who(role))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (role, named)
    for role in REPORTERS[:2]:
        nobody = who(role, volunteer_id=None, unit_id=None)
        assert (await ask(intake, "POST", "/needs", TIPOFF, nobody)).status_code == 404
    assert await intake.store.head() == head


async def test_a_volunteer_and_a_unit_of_another_province_are_unknown_and_as_late_to_be_so(intake: Intake) -> None:
    for ids in ((VOLUNTEER_ELSEWHERE, UNIT_ELSEWHERE), (new_id(), new_id())):
        named = {"volunteer_id": str(ids[0]), "unit_id": str(ids[1])}
        started = asyncio.get_running_loop().time()
        answer = await ask(intake, "POST", "/needs", TIPOFF | named, who("province_officer"))
        assert asyncio.get_running_loop().time() - started >= UNKNOWN_SECONDS
        assert answer.status_code == 422
        assert codes(answer) == {("/volunteer_id", "unknown_volunteer"), ("/unit_id", "unknown_unit")}


async def test_the_first_of_duplicates_is_named_to_those_who_may_see_it(intake: Intake) -> None:
    first = (await intake.reported(area_code=AREA_ELSEWHERE))["case_id"]
    for role in REPORTERS:
        answer = told(await ask(intake, "POST", "/needs", NAMED, who(role)))
        assert (answer["duplicate"], answer["duplicate_of"]) == (True, None)
        shown = told(await ask(intake, "GET", f"/needs/{answer['case_id']}", None, who(role)))
        listed = told(await ask(intake, "GET", "/needs", None, who(role)))["items"]
        for found in (shown, *listed):
            assert (found["duplicate"], found["duplicate_of"]) == (True, None)
        assert (await intake.case(answer["case_id"]))["duplicate_of"] == first
    assert {row["duplicate_of"] for row in await intake.listed(province=HOME)} == {first}
    found = told(await ask(intake, "POST", "/people/search", DOCUMENT, who("unit_clerk")))
    assert [(item["duplicate"], item["duplicate_of"]) for item in found["items"]] == [(True, None)] * 3
    there = told(
        await ask(intake, "POST", "/needs", NAMED | {"area_code": AREA_ELSEWHERE}, who("volunteer", provinces=(ELSEWHERE,)))
    )
    assert there["duplicate_of"] is None, "it is not his own"
    officer = who("province_officer", provinces=(HOME, ELSEWHERE))
    assert told(await ask(intake, "POST", "/needs", NAMED, officer))["duplicate_of"] == first


# People


async def test_who_sees_the_case_sees_the_citizen_and_that_is_written_down(intake: Intake, cases: Cases) -> None:
    for role in REPORTERS:
        for case_id in cases.seen_by(role):
            shown = told(await ask(intake, "GET", f"/needs/{case_id}", None, who(role)))
            assert (shown["citizen"], shown["detail"]) == (CITIZEN, NAMED["detail"])
            assert await _last_entry(intake) == ("needs.read", role, cases.person_ref, "ok")


async def test_a_search_finds_the_cases_of_ones_own_provinces_and_is_written_down(intake: Intake, cases: Cases) -> None:
    for role in SEARCHERS:
        found = told(await ask(intake, "POST", "/people/search", DOCUMENT, who(role)))
        assert found["person_ref"] == cases.person_ref
        assert {item["case_id"] for item in found["items"]} == {cases.own, cases.neighbours}
        assert await _last_entry(intake) == ("people.search", role, cases.person_ref, "ok")
        elsewhere = await ask(intake, "POST", "/people/search", DOCUMENT, who(role, provinces=("10",)))
        nobody = await ask(intake, "POST", "/people/search", {"id_kind": "other", "citizen_id": "A1"}, who(role))
        assert told(elsewhere) == {"person_ref": None, "items": []}
        assert said(elsewhere) == said(nobody)


async def test_an_admin_puts_right_and_forgets_and_is_written_down(intake: Intake, cases: Cases) -> None:
    admin = who("admin", provinces=())
    told(await ask(intake, "POST", f"/people/{cases.person_ref}/correct", RIGHT, admin))
    assert await _last_entry(intake) == ("people.correct", "admin", cases.person_ref, "ok")
    assert (await ask(intake, "POST", f"/people/{NOBODY}/correct", RIGHT, admin)).status_code == 404
    assert await _last_entry(intake) == ("people.correct", "admin", None, "not_found")
    told(await ask(intake, "POST", "/people/forget", {"person_ref": cases.person_ref, **BECAUSE}, admin))
    assert await _last_entry(intake) == ("people.forget", "admin", cases.person_ref, "ok")


async def _last_entry(intake: Intake) -> TupleRow:
    async with intake.store.connection() as connection:
        row = await (
            await connection.execute(
                "SELECT action, array_to_string(roles, ' '), person_ref::text, outcome FROM audit ORDER BY number DESC LIMIT 1"
            )
        ).fetchone()
    assert row is not None
    found: TupleRow = row
    return found


async def test_what_cannot_be_written_down_is_not_shown(intake: Intake, cases: Cases) -> None:
    await intake.listed()
    async with await psycopg.AsyncConnection.connect(intake.database.owner, autocommit=True) as owner:
        await owner.execute("ALTER TABLE audit RENAME TO audit_away")
    for answer in (
        await ask(intake, "GET", f"/needs/{cases.own}", None, who("volunteer")),
        await ask(intake, "POST", "/people/search", DOCUMENT, who("unit_clerk")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
        assert not any(part in answer.text for part in (*PERSONAL, cases.person_ref))
    assert (await ask(intake, "GET", "/needs", None, who("volunteer"))).status_code == 200
