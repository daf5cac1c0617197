"""Bad input to intake over HTTP: refused with all its faults, nothing stored, nothing of it repeated."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.events.codes import NeedKind
from tests.intake.given import UNIT, VOLUNTEER, unit, volunteer
from tests.intake.running import AREA, CITIZEN, NOW, PERSONAL, Intake, codes, running_intake
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def test_every_fault_of_a_need_is_listed_and_nothing_is_stored(intake: Intake) -> None:
    answer = await intake.post(
        "/needs",
        {
            "kind": "welfare",
            "area_code": "249999",
            "village_no": 0,
            "reported_at": "2021-05-12T03:00:01Z",
            "detail": "ลูก 2 คน" * 1000,
            "citizen": None,
            "consent": False,
            "status": "helped",
        },
    )
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert codes(answer) == {
        ("/area_code", "unknown_place"),
        ("/village_no", "invalid"),
        ("/reported_at", "in_future"),
        ("/detail", "too_long"),
        ("/citizen", "citizen_required"),
        ("/worker_type", "required"),
        ("/consent", "consent_required"),
        ("/status", "unknown_field"),
    }
    assert await intake.store.head() == 0


async def test_every_fault_of_a_citizen_is_listed_and_none_is_repeated(intake: Intake) -> None:
    citizen = {
        "id_kind": "thai",
        "citizen_id": "1970100000012",
        "title": "นาง\x00",
        "first_name": "สมใจ" * 51,
        "birth_year": 2500,
        "phone": "สมใจ 081-234-5678",
        "1970100000011": "ใจดี",
    }
    answer = await intake.report(citizen=citizen)
    assert codes(answer) == {
        ("/citizen/citizen_id", "invalid_citizen_id"),
        ("/citizen/title", "invalid"),
        ("/citizen/first_name", "too_long"),
        ("/citizen/last_name", "required"),
        ("/citizen/birth_year", "invalid"),
        ("/citizen/phone", "invalid"),
        ("/citizen/*", "unknown_field"),
    }
    assert not any(part in answer.text for part in (*PERSONAL, "1970100000012"))
    assert await intake.store.head() == 0
    assert await intake.vault.find("thai", "1970100000011") is None


async def test_who_is_refused_is_not_enrolled(intake: Intake) -> None:
    assert (await intake.report(consent=False)).status_code == 422
    assert await intake.vault.find("thai", "1970100000011") is None


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", (400, "invalid_json")),
        (b"\xff\xfe", "application/json", (400, "invalid_json")),
        (b'{"detail": "\\ud800"}', "application/json", (400, "invalid_json")),
        (b"{}", "text/plain", (415, "unsupported_media_type")),
        (b'{"detail": "' + b"x" * 65_536 + b'"}', "application/json", (413, "body_too_large")),
        (b"[]", "application/json", (422, "invalid")),
        (b"[" * 900 + b"]" * 900, "application/json", (400, "invalid_json")),
        (b"", "application/json", (422, "invalid")),
    ],
)
async def test_what_is_no_request_is_refused(intake: Intake, content: bytes, kind: str, expected: tuple[int, str]) -> None:
    case_id = (await intake.reported())["case_id"]
    head = await intake.store.head()
    for path in ("/needs", f"/needs/{case_id}/withdraw"):
        answer = await intake.http.post(path, content=content, headers={**NOW, "Content-Type": kind})
        assert answer.status_code == expected[0]
        assert answer.json()["code"] == expected[1] or (answer.status_code == 422 and codes(answer))
    assert await intake.store.head() == head


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30).map(lambda text: "กิ่" + text)
DOCUMENTS = st.sampled_from(
    [("thai", "1970100000011"), ("thai", "๓-9722-00000-12-6"), ("other", "A-1 ๒"), ("none", None), ("thai", "1970100000012")]
)
PEOPLE = st.builds(
    lambda document, person: {"id_kind": document[0], "citizen_id": document[1], **person},
    DOCUMENTS,
    st.fixed_dictionaries(
        {"first_name": NAMES, "last_name": NAMES},
        optional={"title": NAMES, "birth_year": st.integers(1840, 2030), "phone": st.sampled_from(["081-234-5678", "+66 81"])},
    ),
)
# Each field is mostly what it should be, so that not every body falls over the same first fault.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from([kind.value for kind in NeedKind]),
    "area_code": st.just(AREA),
    "village_no": st.integers(1, 99),
    "volunteer_id": st.just(str(VOLUNTEER)),
    "unit_id": st.just(str(UNIT)),
    "reported_at": st.sampled_from(["2021-05-10T02:30:00Z", "2021-05-10T09:30:00.123456789+07:00", None]),
    "detail": NAMES,
    "citizen": PEOPLE,
    "worker_type": st.sampled_from(["informal", "elderly", "disabled"]),
    "consent": st.just(True),
}
ODD = st.sampled_from(["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0", "\x00", " ", "ก" * 4001, {"id_kind": "thai"}])


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """A need, mostly with a field or two that are left out, or odd, or anything at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(ANYTHING)
    body = draw(st.fixed_dictionaries(FIELDS))
    for name in draw(st.sets(st.sampled_from([*FIELDS]), max_size=1)):
        del body[name]
    for name in draw(st.sets(st.sampled_from([*FIELDS, "case_id"]), max_size=2)):
        body[name] = draw(ODD | ANYTHING)
    return body


def sent(body: Any) -> bytes:
    """As JSON; numbers beyond 64 bits are for Python's own writer."""
    return json.dumps(body, ensure_ascii=False).encode()


async def refused_or_stored(intake: Intake, answer: httpx.Response, head: int) -> None:
    assert answer.status_code in (201, 400, 422), answer.status_code
    assert await intake.store.head() == head + (answer.status_code == 201)
    if answer.status_code != 201:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]


@for_all(body=bodies())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_whatever_is_sent_is_stored_or_refused_whole(intake: Intake, body: Any) -> None:
    if not await intake.store.load(VOLUNTEER):
        await intake.hear(volunteer(), unit())
    head = await intake.store.head()
    answer = await intake.http.post("/needs", content=sent(body), headers={**NOW, "Content-Type": "application/json"})
    await refused_or_stored(intake, answer, head)
    assert not any(part in answer.text for part in personal_in(body))
    if answer.status_code == 201:
        case = await intake.case(answer.json()["case_id"])
        given = body.get("citizen")
        assert (case["citizen"] is None) == (given is None)
        assert case["detail"] == body.get("detail")
        assert given is None or [case["citizen"][name] for name in ("first_name", "last_name")] == [
            given["first_name"],
            given["last_name"],
        ]


def personal_in(body: Any) -> list[str]:
    """What must not come back: longer texts and numbers of the citizen, and the detail."""
    citizen = body.get("citizen") if isinstance(body, dict) else None
    values = [*citizen.values()] if isinstance(citizen, dict) else []
    values += [body.get("detail")] if isinstance(body, dict) else []
    return [value for value in values if isinstance(value, str) and len(value.strip()) > 8]


REASONS = st.fixed_dictionaries({"reason": TEXT | ANYTHING}, optional={"note": ANYTHING}) | ANYTHING


@for_all(body=REASONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_whatever_reason_is_sent_is_stored_or_refused_whole(intake: Intake, body: Any) -> None:
    case_id = (await intake.reported(citizen=CITIZEN | {"id_kind": "none", "citizen_id": None}))["case_id"]
    head = await intake.store.head()
    answer = await intake.http.post(
        f"/needs/{case_id}/withdraw", content=sent(body), headers={**NOW, "Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 400, 422)
    assert await intake.store.head() == head + (answer.status_code == 200)
    if answer.status_code == 200:
        assert (await intake.case(case_id))["withdrawal_reason"] == body["reason"]
