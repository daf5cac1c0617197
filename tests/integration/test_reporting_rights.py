"""Who may do what in reporting, route by route and role by role, on the real PostgreSQL. What is expected is written by hand,
from the table of roles of the ministry."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from shared.rights import Rules
from shared.vault import Vault
from tests.reporting.asking import (
    COLLEAGUE,
    FAR_HELP,
    FAR_VOLUNTEER,
    HELP,
    MAY,
    NO_HELP,
    NO_UNIT,
    OFFICER,
    UNIT_NEXT_DOOR,
    VOLUNTEER,
    WHO,
    YEAR,
    Ask,
    asked,
    two_provinces,
)
from tests.reporting.given import an_id
from tests.reporting.running import OTHER_UNIT, SOMJAI, UNIT, Reporting, vault_of
from tests.support.callers import UNKNOWN_SECONDS
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

BEFORE_ANYTHING_IS_DUE = "2021-05-02T05:00:00Z"


def _forms() -> list[Ask]:
    asks = []
    for route in ("GET /reports/sp12", "GET /reports/sp12.{suffix}", "GET /reports/sp12/revisions"):
        asks += [
            Ask(route, "unit_clerk province_officer ministry", query=MAY | {"unit_id": UNIT}),
            Ask(route, "province_officer ministry", "unit_clerk", query=MAY | {"unit_id": UNIT_NEXT_DOOR}),
            Ask(route, "ministry", "unit_clerk province_officer", query=MAY | {"unit_id": OTHER_UNIT}),
        ]
    for route in (
        "GET /reports/snb2",
        "GET /reports/snb2.{suffix}",
        "GET /reports/snb2/revisions",
        "GET /reports/snb1",
        "GET /reports/snb1.{suffix}",
        "GET /reports/calendar",
        "GET /reports/calendar.{suffix}",
        "GET /completeness",
        "GET /completeness.{suffix}",
        "GET /totals",
    ):
        asks += [
            Ask(route, "province_officer ministry", query=MAY | {"province": "24"}),
            Ask(route, "ministry", "province_officer", query=MAY | {"province": "20"}),
        ]
    return asks


def _submissions() -> list[Ask]:
    """Asked for before the period is over: who may is told so (409), and nothing changes."""
    route = "POST /reports/sp12/submit"
    open_yet: dict[str, Any] = {"ok": 409, "now": BEFORE_ANYTHING_IS_DUE}
    return [
        Ask(route, "unit_clerk province_officer", body=MAY | {"unit_id": str(UNIT)}, **open_yet),
        Ask(route, "province_officer", "unit_clerk", body=MAY | {"unit_id": str(UNIT_NEXT_DOOR)}, **open_yet),
        Ask(route, "", "unit_clerk province_officer", body=MAY | {"unit_id": str(OTHER_UNIT)}, **open_yet),
        Ask("POST /reports/snb2/submit", "province_officer", body=MAY | {"province": "24"}, **open_yet),
        Ask("POST /reports/snb2/submit", "", "province_officer", body=MAY | {"province": "20"}, **open_yet),
    ]


TARGET = {"fiscal_year": 2564, "project_name": "ส่งเสริมอาชีพ", "target": 30}
ASKS = [
    *_forms(),
    *_submissions(),
    Ask("POST /reports/snb1/targets", "province_officer", body=TARGET | {"province": "24"}),
    Ask("POST /reports/snb1/targets", "", "province_officer", body=TARGET | {"province": "20"}),
    Ask("GET /reports/snb2-book", "province_officer ministry", query=MAY | {"format": "csv"}),
    *(
        Ask(f"GET /reports/{agency}-tipoffs{suffix}", answered, not_found, query=MAY | place)
        for agency, other in (("doe", "dlpw"), ("dlpw", "doe"))
        for suffix in ("", ".{suffix}")
        for place, answered, not_found in (
            ({}, f"{agency} province_officer ministry", other),
            ({"province": "24"}, f"{agency} province_officer ministry", other),
            ({"province": "20"}, "ministry", f"{agency} {other} province_officer"),
        )
    ),
    Ask("GET /funnel", "province_officer ministry", query=YEAR),
    Ask("GET /funnel", "province_officer ministry", query=YEAR | {"province": "24"}),
    Ask("GET /funnel", "ministry", "province_officer", query=YEAR | {"province": "20"}),
    Ask("GET /network", "province_officer ministry", query=YEAR | {"province": "24"}),
    Ask("GET /network", "ministry", "province_officer", query=YEAR | {"province": "20"}),
    Ask("GET /mobile-units/suggestions", "province_officer ministry", query={"province": "24"}),
    Ask("GET /mobile-units/suggestions", "ministry", "province_officer", query={"province": "20"}),
    Ask("GET /lineage/{assistance_id}", "province_officer ministry", path=f"/lineage/{HELP}"),
    Ask("GET /lineage/{assistance_id}", "ministry", "province_officer", path=f"/lineage/{FAR_HELP}"),
    *(
        Ask("GET /volunteers/{volunteer_id}/progress", answered, not_found, query=YEAR, path=f"/volunteers/{whose}/progress")
        for whose, answered, not_found in (
            (VOLUNTEER, "volunteer province_officer ministry", ""),
            (COLLEAGUE, "province_officer ministry", "volunteer"),
            (FAR_VOLUNTEER, "ministry", "volunteer province_officer"),
        )
    ),
    Ask("GET /people/{person_ref}/record", "admin", path="/people/{}/record"),
    Ask("GET /position", " ".join(WHO)),
    Ask("GET /audit", "auditor"),
    Ask("GET /digest", "admin auditor ministry"),
]


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str, vault: Vault) -> AsyncIterator[Reporting]:
    async with two_provinces(postgres, vault_dsn, vault) as found:
        yield found


async def of_somebody(vault: Vault, ask: Ask) -> Ask:
    """Where a person is asked for, Somjai."""
    somjai = await vault.find("thai", SOMJAI["citizen_id"])
    return replace(ask, path=ask.path.format(somjai))


def test_no_route_of_reporting_is_missing_in_the_matrix() -> None:
    assert {ask.route for ask in ASKS} == set(Rules.of("reporting").by_route)


async def test_every_role_is_answered_as_the_table_says(reporting: Reporting, vault: Vault) -> None:
    for ask in ASKS:
        asking = await of_somebody(vault, ask)
        answers = await asyncio.gather(*(asked(reporting, asking, headers) for headers in WHO.values()))
        found = {who: answer.status_code for who, answer in zip(WHO, answers, strict=True)}
        assert found == {who: ask.expected(who) for who in WHO}, (ask.route, ask.query, ask.body)


async def test_nobody_is_answered_without_a_token_however_wrong_the_rest_is(reporting: Reporting) -> None:
    for ask in ASKS:
        for query in (dict(ask.query), {"month": "?", "view": "?"}):
            request = reporting.http.build_request(ask.method, ask.where, params=query, json=ask.body)
            del request.headers["Authorization"]
            answer = await reporting.http.send(request)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (ask.route, query)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_role_that_may_not_is_told_so_before_anything_is_said_of_the_request(reporting: Reporting, vault: Vault) -> None:
    for ask in {ask.route: await of_somebody(vault, ask) for ask in ASKS}.values():
        for who, headers in WHO.items():
            if ask.expected(who) == 403:
                answer = await asked(reporting, replace(ask, query={"month": "?", "view": "?"}, body={"?": 1}), headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (ask.route, who)


@pytest.mark.parametrize(
    ("who", "foreign", "unknown"),
    [
        ("province_officer", ("GET", "/reports/sp12", {"unit_id": OTHER_UNIT}), ("GET", "/reports/sp12", {"unit_id": NO_UNIT})),
        ("unit_clerk", ("GET", "/reports/sp12", {"unit_id": UNIT_NEXT_DOOR}), ("GET", "/reports/sp12", {"unit_id": NO_UNIT})),
        (
            "province_officer",
            ("POST", "/reports/sp12/submit", {"unit_id": OTHER_UNIT}),
            ("POST", "/reports/sp12/submit", {"unit_id": NO_UNIT}),
        ),
        (
            "unit_clerk",
            ("POST", "/reports/sp12/submit", {"unit_id": UNIT_NEXT_DOOR}),
            ("POST", "/reports/sp12/submit", {"unit_id": NO_UNIT}),
        ),
        ("province_officer", ("GET", f"/lineage/{FAR_HELP}", {}), ("GET", f"/lineage/{NO_HELP}", {})),
        (
            "volunteer",
            ("GET", f"/volunteers/{COLLEAGUE}/progress", YEAR),
            ("GET", f"/volunteers/{an_id(39)}/progress", YEAR),
        ),
    ],
)
async def test_what_is_somebody_elses_is_like_what_is_not_in_words_and_in_time(
    reporting: Reporting, who: str, foreign: tuple[str, str, Any], unknown: tuple[str, str, Any]
) -> None:
    answers, seconds = [], []
    for method, path, given in (foreign, unknown):
        values = {name: str(value) for name, value in {**({} if "progress" in path else MAY), **given}.items()}
        ask = Ask(f"{method} {path}", "", query=values if method == "GET" else {}, body=None if method == "GET" else values)
        start = asyncio.get_running_loop().time()
        answers.append(await asked(reporting, ask, WHO[who]))
        seconds.append(asyncio.get_running_loop().time() - start)
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert {*answers[0].headers} == {*answers[1].headers}
    assert min(seconds) > UNKNOWN_SECONDS


async def test_a_foreign_place_is_not_found_whatever_else_is_wrong_with_the_body(reporting: Reporting) -> None:
    for path, body in (
        ("/reports/sp12/submit", {"unit_id": str(OTHER_UNIT), "month": "2021-13", "more": 1}),
        ("/reports/snb2/submit", {"province": "20", "month": "2021-13", "more": 1}),
        ("/reports/snb1/targets", {"province": "20", "fiscal_year": 1}),
    ):
        answer = await asked(reporting, Ask(f"POST {path}", "", body=body), OFFICER)
        assert (answer.status_code, answer.json()["errors"]) == (404, [])
    unheard_of = await asked(reporting, Ask("POST /reports/snb2/submit", "", body=MAY | {"province": "98"}), OFFICER)
    assert (unheard_of.status_code, unheard_of.json()["code"]) == (422, "unknown_place")
