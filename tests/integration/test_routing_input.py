"""Whatever is sent to routing's write routes: taken or refused, never a failure, and nothing of what is refused stays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.events.codes import AssistanceType, IdKind, NeedKind, Outcome, WorkerType
from tests.routing.given import MOBILE_UNIT, UNIT, mobile_unit
from tests.routing.running import ANSWERS, HELP, ID, NAME, NOW, OWN_HELP, PHONE, Routing, running
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def routing(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Routing]:
    async with running(postgres, vault_dsn) as found:
        await found.hear(mobile_unit())
        yield found


async def paths_of(routing: Routing) -> dict[str, str]:
    """Every write route, about a tip-off that was referred and help that was recorded."""
    referral_id = await routing.refer(await routing.need(kind=NeedKind.TIPOFF_JOB_SCAM))
    helped = (await routing.done("/assistance", OWN_HELP))["assistance_id"]
    return {
        **{answer: f"/referrals/{referral_id}/{answer}" for answer in ANSWERS},
        "own": "/assistance",
        "there": "/assistance",
        "correct": f"/assistance/{helped}/correct",
        "void": f"/assistance/{helped}/void",
    }


async def test_what_is_no_json_of_a_reasonable_size_is_refused_everywhere(routing: Routing) -> None:
    paths = await paths_of(routing)
    before = await routing.asked("SELECT count(*) FROM events")
    json = {"content-type": "application/json"}
    for path in paths.values():
        for content, headers, expected in (
            (b"{", json, (400, "invalid_json")),
            (b'{"reason": "\xff"}', json, (400, "invalid_json")),
            (b'{"reason": "\\ud800"}', json, (400, "invalid_json")),
            (b'{"reason": "' + b"x" * 70_000 + b'"}', json, (413, "body_too_large")),
            (b'{"reason": "x"}', {"content-type": "text/plain"}, (415, "unsupported_media_type")),
            (b"[]", json, (422, "invalid")),
            (b'"x"', json, (422, "invalid")),
            (b"null", json, (422, "invalid")),
        ):
            answer = await routing.http.post(path, content=content, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == expected, path
    assert await routing.asked("SELECT count(*) FROM events") == before


PERSONAL = (ID, NAME, PHONE)
TEXTS = st.sampled_from([*PERSONAL, "\x00", "ก", 'โครงการ "สร้างอาชีพ" 🧵', f"{NAME} {ID}", " ", "x" * 301]) | st.text(max_size=30)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(PERSONAL), inner, max_size=3)
    ),
    max_leaves=6,
)
DAYS = st.sampled_from(["2021-05-20", "2021-05-06", "2021-06-01", "2564-05-20", "2021-02-30", "0001-01-01", "9999-12-31", ""])
CITIZENS = st.fixed_dictionaries(
    {"first_name": TEXTS, "last_name": TEXTS},
    optional={
        "id_kind": st.sampled_from([*IdKind]) | JSON_VALUES,
        "citizen_id": st.sampled_from([ID, "1970100000012", "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑", "-", "A1"]) | JSON_VALUES,
        "title": TEXTS,
        "birth_year": st.integers(1840, 2300) | JSON_VALUES,
        "phone": st.sampled_from([PHONE, "x"]) | JSON_VALUES,
    },
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "assistance_type": st.sampled_from([*AssistanceType]) | JSON_VALUES,
    "project_name": TEXTS | JSON_VALUES,
    "service_date": DAYS | JSON_VALUES,
    "note": TEXTS | JSON_VALUES,
    "unit_id": st.sampled_from([str(UNIT), f"{{{UNIT}}}", UNIT.hex, ID]) | JSON_VALUES,
    "mobile_unit_id": st.sampled_from([str(MOBILE_UNIT), str(UNIT), MOBILE_UNIT.hex, ID]) | JSON_VALUES,
    "citizen": CITIZENS | JSON_VALUES,
    "worker_type": st.sampled_from([*WorkerType]) | JSON_VALUES,
    "consent": st.booleans() | JSON_VALUES,
    "reason": TEXTS | JSON_VALUES,
    "outcome": st.sampled_from([*Outcome]) | JSON_VALUES,
}
GOOD: dict[str, dict[str, Any]] = {
    "accept": {},
    "decline": {"reason": "x"},
    "return": {"reason": "x"},
    "close": {"reason": "x", "outcome": "other"},
    "assistance": HELP,
    "own": OWN_HELP,
    "there": {**OWN_HELP, "mobile_unit_id": str(MOBILE_UNIT)},
    "correct": {"reason": "x", "project_name": "ม.40"},
    "void": {"reason": "x"},
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """A route, and a good body with some fields left out, changed or added; or anything."""
    route = draw(st.sampled_from([*GOOD]))
    if draw(st.integers(0, 9)) == 0:
        return route, draw(JSON_VALUES)
    good = {name: value for name, value in GOOD[route].items() if draw(st.integers(0, 9))}
    names = draw(st.lists(st.sampled_from([*GOOD[route], *FIELDS]), max_size=2, unique=True))
    return route, {**good, **{name: draw(FIELDS[name]) for name in names}}


@pytest.fixture
async def paths(routing: Routing) -> dict[str, str]:
    return await paths_of(routing)


@for_all(request=requests())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_sent_is_taken_or_refused_and_what_is_refused_leaves_nothing(
    routing: Routing, paths: dict[str, str], request: tuple[str, Any]
) -> None:
    route, body = request
    before = await routing.asked("SELECT count(*) FROM events")
    answer = await routing.http.post(paths[route], json=body, headers={"Songtor-Now": NOW})
    stored = await routing.asked("SELECT count(*) FROM events") != before
    assert answer.status_code in ((200, 201) if stored else (422,)), answer.text
    assert not any(part in answer.text for part in PERSONAL)
    if stored:
        paths.update(await paths_of(routing))
    else:
        assert answer.json()["errors"]


async def test_the_good_bodies_are_good(routing: Routing) -> None:
    for route, body in GOOD.items():
        answer = await routing.post((await paths_of(routing))[route], body)
        assert answer.status_code in (200, 201), (route, answer.text)
