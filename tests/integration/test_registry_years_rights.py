"""Cards and volunteers' years, asked by every role: what is within its reach, and what of the rest it is told."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from services.registry.cards import views as card_views
from services.registry.years import views
from shared.access import Reach
from shared.auth import Role
from shared.buddhist_calendar import Month, bangkok_day
from shared.clock import instant_of
from shared.errors import NotFoundError
from tests.registry.running import NAME, NOW, Registry, empty_database, running
from tests.support.callers import EVERY_ROLE, caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

HOME, ELSEWHERE, AREA_ELSEWHERE = "20", "24", "240409"
OFFICE: tuple[Role, ...] = ("province_officer", "admin")
ENDING = "2014-09-01T03:00:00Z"
"""When the terms have a month left."""


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn, printing=True) as registry:
        yield registry


@pytest.fixture
async def volunteers(registry: Registry) -> tuple[str, str]:
    """One of HOME and one of ELSEWHERE, for each of whom a card is asked."""
    ids = await registry.appoint(1), await registry.appoint(2, area_code=AREA_ELSEWHERE)
    await registry.done("/cards/request", {"volunteer_ids": ids})
    return ids


async def ask(registry: Registry, path: str, *roles: Role, now: str = NOW, **claims: Any) -> httpx.Response:
    who = caller(*roles, **({"provinces": (HOME,)} | claims))
    return await registry.http.get(path, headers={"Songtor-Now": now, **who})


async def listed(registry: Registry, path: str, *roles: Role, now: str = NOW, **claims: Any) -> set[str]:
    answer = await ask(registry, path, *roles, now=now, **claims)
    assert answer.status_code == 200, answer.text
    return {item["volunteer_id"] for item in answer.json()["items"]}


async def test_a_card_is_shown_to_its_office_and_its_volunteer_alone(registry: Registry, volunteers: tuple[str, str]) -> None:
    mine, elsewhere = volunteers
    for role in EVERY_ROLE:
        for volunteer_id, status in ((mine, 200), (elsewhere, 404), (str(uuid4()), 404)):
            answer = await ask(registry, f"/volunteers/{volunteer_id}/card.pdf", role, volunteer_id=mine)
            assert answer.status_code == (status if role in ("province_officer", "volunteer") else 403), role
    # Another's card is none for a volunteer; nor is his own, where his token ends.
    assert (await ask(registry, f"/volunteers/{mine}/card.pdf", "volunteer", volunteer_id=str(uuid4()))).status_code == 404
    away = await ask(registry, f"/volunteers/{mine}/card.pdf", "volunteer", volunteer_id=mine, provinces=(ELSEWHERE,))
    assert away.status_code == 404


async def test_cards_and_terms_end_where_the_caller_does(registry: Registry, volunteers: tuple[str, str]) -> None:
    mine, elsewhere = volunteers
    for role in OFFICE:
        for path, now in (("/cards", NOW), ("/volunteers/expiring", ENDING)):
            assert await listed(registry, path, role, now=now) == {mine}
            assert await listed(registry, f"{path}?province={ELSEWHERE}", role, now=now) == set()
            assert await listed(registry, path, role, now=now, provinces=()) == set()
            assert await listed(registry, path, role, now=now, provinces=("*",)) == {mine, elsewhere}


async def test_what_is_elsewhere_is_answered_as_what_is_nowhere(registry: Registry, volunteers: tuple[str, str]) -> None:
    _, elsewhere = volunteers
    card_no = (await registry.get(f"/volunteers/{elsewhere}"))["card_no"]
    before = await registry.events()
    officer = caller("province_officer", provinces=(HOME,))
    for verb in ("hand-over", "lose", "return"):
        for number in (card_no, "24-2554-000000"):
            answer = await registry.post(f"/cards/{number}/{verb}", {"nothing": 1}, who=officer)
            assert (answer.status_code, answer.json()["code"]) == (404, NotFoundError.code)
    for path in ("/cards/print", "/cards/request"):
        answers = [await registry.post(path, {"volunteer_ids": [one]}, who=officer) for one in (elsewhere, str(uuid4()))]
        assert (answers[0].status_code, answers[0].json()) == (answers[1].status_code, answers[1].json())
        assert answers[0].json()["code"] == "unknown_volunteer"
    for role in OFFICE:
        body = {"order_no": "9/2557", "renewed_on": "2011-10-10", "volunteer_ids": [elsewhere, str(uuid4())]}
        answer = await registry.post("/volunteers/renewals", body, who=caller(role, provinces=(HOME,)))
        assert {(item["result"], item["code"]) for item in answer.json()["items"]} == {("refused", NotFoundError.code)}
    for role in (*OFFICE, "ministry"):
        answer = await ask(registry, f"/allowances.csv?month=2011-10&province={ELSEWHERE}", role)
        assert answer.status_code == (200 if role == "ministry" else 404)
        assert NAME not in answer.text
    assert await registry.events() == before


async def test_names_of_those_whose_terms_end_are_for_offices_alone(registry: Registry, volunteers: tuple[str, str]) -> None:
    for role, name in (("admin", None), ("province_officer", NAME)):
        answer = await ask(registry, "/volunteers/expiring", role, now=ENDING)  # type: ignore[arg-type]  # one of the roles
        assert [item["first_name"] for item in answer.json()["items"]] == [name]
    assert await registry.asked("SELECT details->>'rows' FROM audit WHERE action = 'volunteers.read'") == ["1"]


async def test_the_filter_alone_hides_what_is_elsewhere(registry: Registry, volunteers: tuple[str, str]) -> None:
    """As the tables' owner, who is shown every row."""
    mine, _ = volunteers
    await registry.get("/cards")
    await registry.get("/volunteers")  # the tables are as far as the store
    day = bangkok_day(instant_of(ENDING))
    async with await psycopg.AsyncConnection.connect(registry.database.owner, autocommit=True) as owner:
        for reach, found in (
            (Reach(provinces=frozenset({HOME}), whole=True), {mine}),
            (Reach(provinces=frozenset({HOME})), set()),
            (Reach(), set()),
        ):
            cards = await card_views.cards(owner, reach, province=None, state=None, after=None, limit=9)
            assert {str(row.volunteer_id) for row in cards} == found
            ending = await views.expiring(owner, reach, day=day, within_days=60, province=None, after=None, limit=9)
            assert {str(row.volunteer_id) for row in ending} == found
        assert [str(row.volunteer_id) for row in await views.payees(owner, Month.parse("2011-10"), province=HOME)] == [mine]


async def test_strangers_verify_cards_so_many_times_a_minute_and_no_more(postgres: PostgresServer, vault_dsn: str) -> None:
    async with running(empty_database(postgres), vault_dsn, env="test", limit_stranger=5) as registry:
        request = registry.http.build_request("GET", "/cards/verify/nothing")
        del request.headers["Authorization"]
        answers = [await registry.http.send(request) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
        # Whoever has a token is not among them.
        assert (await registry.http.get("/cards")).status_code == 200
