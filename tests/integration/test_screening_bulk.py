"""Many decisions in one request, and whatever else may be sent, on the real PostgreSQL."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from psycopg.rows import scalar_row

from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority
from shared.ids import new_id
from tests.screening.given import declined, need, withdrawn
from tests.screening.running import Screening, running
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

MANY = 1000
TEXT = "นายสมชาย เลข 1970100000011 โทร 081-234-5678"


@pytest.fixture
async def screening(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Screening]:
    async with running(postgres, vault_dsn) as started:
        yield started


async def test_a_thousand_decisions_in_one_request(screening: Screening) -> None:
    cases = await screening.needs(MANY)
    items = [{"case_id": str(case_id), "decision": "eligible"} for case_id in cases]
    answer = await screening.decide_many(items, key="bulk")
    assert answer.status_code == 200
    assert answer.json() == {"items": [{"case_id": str(case_id), "result": "decided"} for case_id in cases]}
    assert await screening.queue() == []
    again = await screening.decide_many(items, key="bulk")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answer.content, "true")
    assert again.headers["Songtor-Position"] == answer.headers["Songtor-Position"]
    assert (await screening.decide_many(items[:1], key="bulk")).json()["code"] == "idempotency_key_reused"
    streams = await screening.store.load_many(cases)
    assert {stream.version for stream in streams.values()} == {1}


async def test_one_bad_item_does_not_stop_the_others(screening: Screening) -> None:
    good, decided, gone, question, same = await screening.needs(5)
    await screening.decide(decided)
    await screening.hear(withdrawn(need(gone)))
    unknown = new_id()
    answer = await screening.decide_many(
        [
            {"case_id": str(unknown), "decision": "eligible"},
            {"case_id": str(decided), "decision": "eligible"},
            {"case_id": str(gone), "decision": "eligible"},
            {"case_id": str(question), "decision": "needs_information", "agency": "PLO"},
            {"case_id": "1970100000011", "decision": "eligible"},
            "nonsense",
            {"case_id": str(same), "decision": "eligible", "extra": 1, "priority": "high"},
            {"case_id": str(good), "decision": "duplicate"},
        ]
    )
    found = [(item["case_id"], item["result"], item.get("code")) for item in answer.json()["items"]]
    assert found == [
        (str(unknown), "refused", "not_found"),
        (str(decided), "refused", "already_decided"),
        (str(gone), "refused", "wrong_state"),
        (str(question), "refused", "invalid"),
        (None, "refused", "invalid"),
        (None, "refused", "invalid"),
        (str(same), "refused", "invalid"),
        (str(good), "decided", None),
    ]
    assert "1970100000011" not in answer.text
    async with screening.store.connection() as connection:
        last = await connection.execute("SELECT outcome, details FROM audit ORDER BY number DESC LIMIT 1")
        refused = {"not_found": 1, "already_decided": 1, "wrong_state": 1, "invalid": 4}
        assert await last.fetchone() == ("ok", {"items": 8, "refused": 7, "by_code": refused})
    assert await screening.said(good) == ["CaseScreened"]


async def test_a_case_twice_in_one_request_is_decided_in_the_order_of_the_items(screening: Screening) -> None:
    first, second = await screening.needs(2)
    items = [(first, "eligible"), (second, "needs_information"), (first, "not_eligible"), (second, "duplicate")]
    answer = await screening.decide_many([{"case_id": str(case_id), "decision": decision} for case_id, decision in items])
    assert [item["result"] for item in answer.json()["items"]] == ["decided", "decided", "refused", "decided"]
    assert [one["decision"] for one in (await screening.case(first))["decisions"]] == ["eligible"]
    assert [one["decision"] for one in (await screening.case(second))["decisions"]] == ["needs_information", "duplicate"]


async def test_the_same_question_many_times_in_one_request(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide_many([{"case_id": str(case_id), "decision": "needs_information"}] * 50)
    assert [item["result"] for item in answer.json()["items"]] == ["decided"] * 50


async def test_the_position_of_many_decisions_is_that_of_the_last_one_stored(screening: Screening) -> None:
    first, last = await screening.needs(2)
    items = [{"case_id": str(case_id), "decision": "eligible"} for case_id in (first, last, new_id())]
    many = await screening.decide_many(items)
    (stream,) = [await screening.store.load(last)]
    said = stream.records[-1]
    marks = base64.urlsafe_b64decode(many.headers["Songtor-Position"] + "==")
    assert str(said.stream).encode() in marks
    assert "Songtor-Position" not in (await screening.decide_many([])).headers


async def test_a_request_cut_off_half_way_is_finished_by_the_same_key(screening: Screening) -> None:
    """As after a crash between the items and the whole answer: the items that were stored are found, the others done."""
    cases = await screening.needs(20)
    items = [{"case_id": str(case_id), "decision": "eligible"} for case_id in cases]
    answer = await screening.decide_many(items, key="bulk")
    async with await psycopg.AsyncConnection.connect(screening.database.owner, autocommit=True) as connection:
        await connection.execute("DELETE FROM commands WHERE key NOT LIKE '%#%'")
    again = await screening.decide_many(items, key="bulk")
    assert again.content == answer.content
    assert {stream.version for stream in (await screening.store.load_many(cases)).values()} == {1}
    async with await psycopg.AsyncConnection.connect(screening.database.owner, autocommit=True) as connection:
        await connection.execute("DELETE FROM commands WHERE key NOT LIKE '%#%'")
    other = await screening.decide_many(items[::-1], key="bulk")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_request_ten_times_at_once_decides_each_case_once(screening: Screening) -> None:
    cases = await screening.needs(100)
    items = [{"case_id": str(case_id), "decision": "eligible"} for case_id in cases]
    answers = await asyncio.gather(*(screening.decide_many(items, key="bulk") for _ in range(10)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {item["result"] for item in answers[0].json()["items"]} == {"decided"}
    assert {stream.version for stream in (await screening.store.load_many(cases)).values()} == {1}


@pytest.mark.parametrize("body", [{}, {"items": 5}, {"items": [], "extra": 1}, {"items": [1] * 1001}])
async def test_what_is_no_list_of_decisions_is_refused_as_a_whole(screening: Screening, body: Any) -> None:
    assert (await screening.http.post("/decisions", json=body)).status_code == 422


async def test_bodies_have_a_largest_size(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    assert (await screening.decide(case_id, note="x" * 70_000)).status_code == 413
    items = [{"case_id": str(new_id()), "decision": "eligible", "note": "ก" * 300}] * 1000
    assert (await screening.decide_many([*items, *items])).status_code == 413


@pytest.mark.parametrize("depth", [250, 300, 1000, 5000])
async def test_a_body_nested_without_end_is_refused_also_under_a_known_key(screening: Screening, depth: int) -> None:
    (case_id,) = await screening.needs(1)
    assert (await screening.decide(case_id, key="k")).status_code == 200
    deep = b'{"decision": "eligible", "note": ' + b"[" * depth + b"]" * depth + b"}"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await screening.http.post(f"/cases/{case_id}/decision", content=deep, headers=headers)
    assert answer.status_code in (400, 422)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "decision": st.sampled_from([*Decision]) | JSON_VALUES,
    "agency": st.sampled_from([*Agency]) | JSON_VALUES,
    "assistance_type": st.sampled_from([*AssistanceType]) | JSON_VALUES,
    "priority": st.sampled_from([*Priority]) | JSON_VALUES,
    "reasons": st.lists(st.sampled_from(["income", "x_1"]) | st.text(max_size=5), max_size=3) | JSON_VALUES,
    "note": st.text(max_size=30) | JSON_VALUES,
}
BODIES = (
    st.fixed_dictionaries({}, optional={**FIELDS, "extra": JSON_VALUES})
    | st.fixed_dictionaries(
        {"decision": st.sampled_from([*Decision])}, optional={"priority": FIELDS["priority"], "note": FIELDS["note"]}
    )
    | st.dictionaries(st.sampled_from([*FIELDS]), JSON_VALUES, max_size=4)
    | JSON_VALUES
)


@for_all(body=BODIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_sent_is_decided_or_refused_and_what_is_refused_leaves_nothing(screening: Screening, body: Any) -> None:
    one, many = await screening.needs(2, kind=NeedKind.TIPOFF_JOB_SCAM)
    await screening.hear(*(declined(need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)) for case_id in (one, many)))
    answer = await screening.http.post(f"/cases/{one}/decision", json=body, headers={"Idempotency-Key": str(one)})
    assert answer.status_code in (200, 422)
    stored = await screening.said(one)
    assert stored == ["CaseScreened", "CaseReopened"] + ["CaseScreened"] * (answer.status_code == 200)
    item = {"case_id": str(many), **body} if isinstance(body, dict) else body
    (found,) = (await screening.decide_many([item], key=str(many))).json()["items"]
    assert (found["result"] == "decided") == (answer.status_code == 200)
    assert len(await screening.said(many)) == 2 + (answer.status_code == 200)


async def test_nothing_of_a_note_is_stored_in_clear(screening: Screening) -> None:
    person = await screening.vault.enrol("none", None)
    (case_id,) = await screening.needs(1, person_ref=person)
    await screening.decide(case_id, note=TEXT, key="k")
    items = [{"case_id": str(case_id), "decision": "eligible", "note": TEXT}]
    await screening.decide_many(items, key="k")
    async with await psycopg.AsyncConnection.connect(screening.database.owner, row_factory=scalar_row) as connection:
        cursor = await connection.execute("SELECT events::text FROM events UNION ALL SELECT commands::text FROM commands")
        rows = " ".join(await cursor.fetchall())
    for part in ("สมชาย", "1970100000011", "081-234-5678", r"\u0e2a\u0e21"):
        assert part not in rows
