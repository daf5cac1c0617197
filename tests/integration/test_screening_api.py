"""Screening over HTTP on the real PostgreSQL. What other services say is fed to its reactions by hand, without Kafka."""

import asyncio
import base64
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from psycopg.rows import scalar_row

from services.screening.app import DEFINITION
from services.screening.projection import PROJECTION
from services.screening.reactions import handlers
from shared.consume import Reactions
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority
from shared.events.contract import Event
from shared.events.routing import CaseReferred
from shared.ids import new_id
from shared.process import Parts
from shared.process.api import build_api
from shared.projection import Projector, prepare
from shared.sealed import Sealed
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault, vault_pool
from tests.screening.given import REPORTED_AT, declined, need, referral, returned, withdrawn
from tests.support.kafka_records import message, recorded
from tests.support.servers import PostgresServer
from tests.support.stores import Database, migrated, running_store

pytestmark = pytest.mark.integration

KEY = base64.b64encode(b"k" * 32).decode()
MANY = 1000
NOW = {"Songtor-Now": "2021-05-12T03:00:00Z"}
TEXT = "นายสมชาย เลข 1970100000011 โทร 081-234-5678"


@dataclass
class Screening:
    """The service as others see it: its HTTP side, and an ear that hears what the test says."""

    http: httpx.AsyncClient
    ear: Reactions
    store: Store
    vault: Vault
    database: Database
    versions: dict[tuple[UUID, str], int] = field(default_factory=dict)

    async def hear(self, *events: Event) -> None:
        """The events as their services' next on their streams."""
        for event in events:
            place = (event.stream, event.OWNER)
            self.versions[place] = self.versions.get(place, 0) + 1
            await self.ear.take(message(recorded(event, version=self.versions[place])))

    async def needs(self, count: int, **facts: Any) -> list[UUID]:
        """So many new cases, each reported a minute after the one before."""
        cases = [new_id() for _ in range(count)]
        for number, case_id in enumerate(cases):
            await self.hear(need(case_id, **{"reported_at": REPORTED_AT + timedelta(minutes=number), **facts}))
        return cases

    async def decide(self, case_id: UUID, decision: str = "eligible", *, key: str | None = None, **others: Any) -> httpx.Response:
        headers = {**NOW, **({} if key is None else {"Idempotency-Key": key})}
        return await self.http.post(f"/cases/{case_id}/decision", json={"decision": decision, **others}, headers=headers)

    async def decide_many(self, items: Sequence[Any], *, key: str | None = None) -> httpx.Response:
        headers = {**NOW, **({} if key is None else {"Idempotency-Key": key})}
        return await self.http.post("/decisions", json={"items": items}, headers=headers)

    async def case(self, case_id: UUID) -> dict[str, Any]:
        answer = await self.http.get(f"/cases/{case_id}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def queue(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/queue", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def said(self, case_id: UUID) -> list[str]:
        """The types of what screening itself said of a case."""
        return [record.type for record in (await self.store.load(case_id)).records if record.source == "screening"]


@pytest.fixture
async def screening(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Screening]:
    database = migrated(postgres.new_database())
    async with await psycopg.AsyncConnection.connect(database.owner, autocommit=True) as connection:
        await prepare(connection, PROJECTION)
    given = Settings(ENV="development", database=database.app, vault=vault_dsn, master_key=KEY, pepper=KEY)
    app = build_api(DEFINITION, given)
    projecting = asyncio.create_task(Projector(database.app, "screening", PROJECTION).run())
    async with (
        running_store(database.app, "screening") as store,
        vault_pool(vault_dsn) as pool,
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://screening", timeout=30) as http,
    ):
        vault = Vault(pool, master_key=given.master_key_bytes, pepper=given.pepper_bytes, service="test")
        ear = Reactions(
            store,
            kafka="127.0.0.1:9",
            topics=DEFINITION.hears,
            handlers=handlers(Parts(given, store, None)),
            replica="0",
            data_dir="/nonexistent",
        )
        yield Screening(http, ear, store, vault, database)
    projecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await projecting


async def test_a_need_waits_in_the_queue_with_a_suggestion(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, duplicate_of=None)
    assert await screening.queue() == [
        {
            "case_id": str(case_id),
            "kind": "job_domestic",
            "province": "24",
            "area_code": "240409",
            "worker_type": "informal",
            "reported_at": "2021-05-10T02:30:00Z",
            "urgent": False,
            "duplicate": False,
            "duplicate_of": None,
            "needs_information": False,
            "reopened": False,
            "suggestion": {
                "decision": "eligible",
                "agency": "DOE",
                "assistance_type": "promote",
                "reasons": ["kind_default_agency", "worker_type_informal"],
            },
        }
    ]


async def test_a_decision_is_answered_stored_and_takes_the_case_out_of_the_queue(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, agency="DSD", assistance_type="develop", reasons=["asks_for_training"])
    assert answer.status_code == 200
    assert answer.headers["Songtor-Position"]
    expected = {
        "case_id": str(case_id),
        "decision": "eligible",
        "agency": "DSD",
        "assistance_type": "develop",
        "decided_at": "2021-05-12T03:00:00Z",
        "automatic": False,
    }
    assert answer.json().items() >= expected.items()
    case = await screening.case(case_id)
    (decision,) = case["decisions"]
    assert (case["status"], case["suggestion"]) == ("decided", None)
    assert {**decision, "case_id": str(case_id)}.items() >= expected.items()
    assert decision["reasons"] == ["asks_for_training"]
    assert await screening.queue() == []


async def test_without_an_agency_the_one_of_the_kind_is_taken(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, kind=NeedKind.SOCIAL_SECURITY_S40)
    answer = (await screening.decide(case_id)).json()
    assert (answer["agency"], answer["assistance_type"], answer["priority"]) == ("SSO", "protect", "normal")


async def test_a_decided_case_is_not_decided_twice(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    assert (await screening.decide(case_id, "not_eligible")).status_code == 200
    second = await screening.decide(case_id)
    assert (second.status_code, second.json()["code"]) == (409, "already_decided")


async def test_of_ten_decisions_at_once_one_holds(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answers = await asyncio.gather(*(screening.decide(case_id, key=str(uuid4())) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_decided"}
    assert await screening.said(case_id) == ["CaseScreened"]


async def test_the_same_key_gives_the_same_answer_also_when_the_state_has_moved_on(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    first = await screening.decide(case_id, key="k")
    await screening.hear(declined(need(case_id)))
    again = await screening.decide(case_id, key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened"]
    other = await screening.decide(case_id, "duplicate", key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_question_leaves_the_case_in_the_queue_marked(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    for _ in range(2):
        assert (await screening.decide(case_id, "needs_information")).json()["agency"] is None
        (waiting,) = await screening.queue()
        assert (waiting["needs_information"], waiting["reopened"]) == (True, False)
    assert (await screening.decide(case_id)).status_code == 200
    assert await screening.queue() == []


async def test_the_queue_has_urgent_ones_first_then_the_oldest_page_by_page(screening: Screening) -> None:
    later = await screening.needs(3, reported_at=REPORTED_AT + timedelta(days=1))
    early = await screening.needs(3)
    urgent = await screening.needs(2, urgent=True, reported_at=REPORTED_AT + timedelta(days=2))
    expected = [str(case_id) for case_id in (*sorted(urgent), *early, *sorted(later))]
    assert [row["case_id"] for row in await screening.queue()] == expected
    found: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    for _ in range(3):
        page = (await screening.http.get("/queue", params=query)).json()
        found += [row["case_id"] for row in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert (found, query["cursor"]) == (expected, None)


async def test_the_queue_is_asked_by_province_kind_and_urgency(screening: Screening) -> None:
    (chonburi,) = await screening.needs(1, province="20", area_code="200101")
    (training,) = await screening.needs(1, kind=NeedKind.SKILL_TRAINING)
    (urgent,) = await screening.needs(1, urgent=True)
    for query, expected in (
        ({"province": "20"}, [chonburi]),
        ({"province": "24"}, [urgent, training]),
        ({"kind": "skill_training"}, [training]),
        ({"urgent": "true"}, [urgent]),
        ({"urgent": "false"}, [chonburi, training]),
        ({"province": "24", "kind": "skill_training", "urgent": "true"}, []),
    ):
        assert [row["case_id"] for row in await screening.queue(**query)] == [str(case_id) for case_id in expected]


@pytest.mark.parametrize(
    "query",
    [
        {"province": "99"},
        {"province": "x"},
        {"kind": "money"},
        {"urgent": "perhaps"},
        {"limit": 0},
        {"limit": 201},
        {"cursor": "!"},
        {"cursor": base64.urlsafe_b64encode(b"[1]").decode()},
        {"cursor": base64.urlsafe_b64encode(b'[false,"yesterday","x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'[[],{},"x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'[false,"2021-05-10T02:30:00","01890000-0000-7000-8000-000000000001"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'["false","2021-05-10T02:30:00Z","01890000-0000-7000-8000-000000000001"]').decode()},
    ],
)
async def test_bad_query_values_are_refused(screening: Screening, query: dict[str, Any]) -> None:
    answer = await screening.http.get("/queue", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("kind", [kind for kind in NeedKind if kind.tipoff])
async def test_a_tip_off_is_decided_by_the_system_in_the_moment_it_is_heard(screening: Screening, kind: NeedKind) -> None:
    (case_id,) = await screening.needs(1, kind=kind)
    (decision,) = (await screening.case(case_id))["decisions"]
    assert (decision["automatic"], decision["decision"], decision["priority"]) == (True, "eligible", "urgent")
    assert decision["by"] == "system:screening"
    assert decision["decided_at"] == "2021-05-20T03:00:00Z", "the time of a played cause is the time of its effect"
    assert await screening.queue() == []
    assert (await screening.decide(case_id)).json()["code"] == "already_decided"


async def test_a_declined_case_is_back_in_the_queue_and_decided_in_a_second_round(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    reported = need(case_id)
    assert (await screening.decide(case_id)).json()["round"] == 1
    await screening.hear(referral(CaseReferred, reported), declined(reported))
    (waiting,) = await screening.queue()
    assert (waiting["case_id"], waiting["reopened"]) == (str(case_id), True)
    assert "came_back_from_agency" in waiting["suggestion"]["reasons"]
    assert (await screening.case(case_id))["status"] == "reopened"
    assert (await screening.decide(case_id, agency="PLO")).json()["round"] == 2
    await screening.hear(returned(reported, 2, Agency.PLO))
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened", "CaseScreened", "CaseReopened"]
    assert (await screening.decide(case_id, "needs_information")).status_code == 200
    (waiting,) = await screening.queue()
    assert (waiting["reopened"], waiting["needs_information"]) == (True, True)


async def test_a_decline_told_twice_brings_the_case_back_once(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    await screening.decide(case_id)
    told = message(recorded(declined(need(case_id))))
    await asyncio.gather(*(screening.ear.take(told) for _ in range(5)))
    assert await screening.said(case_id) == ["CaseScreened", "CaseReopened"]


async def test_a_withdrawn_need_leaves_the_queue_and_is_not_decided(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    await screening.hear(withdrawn(need(case_id)))
    assert await screening.queue() == []
    answer = await screening.decide(case_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert (await screening.case(case_id))["status"] == "withdrawn"


async def test_cases_heard_of_in_every_order_stand_the_same(screening: Screening) -> None:
    """A withdrawal that crosses a decline, with a decision before both: two topics, every order between them."""
    turns = sorted(set(itertools.permutations("iirr")))
    cases = []
    for turn in turns:
        case_id = new_id()
        cases.append(case_id)
        reported = need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)
        # Heard in an order of its own, but with the versions that its source gave.
        sources = {
            "i": iter([recorded(reported), recorded(withdrawn(reported), version=2)]),
            "r": iter([recorded(referral(CaseReferred, reported)), recorded(declined(reported), version=2)]),
        }
        for source in turn:
            await screening.ear.take(message(next(sources[source])))
    found = [await screening.case(case_id) for case_id in cases]
    assert {(case["status"], case["reopened"], case["needs_information"]) for case in found} == {("withdrawn", False, False)}
    assert await screening.queue() == []
    async with screening.store.connection() as connection:
        parked = await (await connection.execute("SELECT count(*) FROM parked")).fetchone()
    assert parked == (0,)


async def test_an_unknown_case_is_waited_for_and_then_not_found(screening: Screening) -> None:
    case_id = new_id()
    deciding = asyncio.create_task(screening.decide(case_id))
    await screening.hear(need(case_id))
    assert (await deciding).status_code == 200
    unknown = await screening.decide(new_id(), agency="no agency")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (await screening.http.get(f"/cases/{new_id()}")).status_code == 404
    assert (await screening.http.get("/cases/1970100000011")).status_code == 404
    assert (await screening.http.post("/cases/none/decision", json={})).status_code == 404


async def test_every_fault_of_a_decision_is_listed_and_nothing_is_stored(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, "not_eligible", agency="PLO", reasons=["No!"], note="\x00", more=1)
    assert answer.status_code == 422
    assert {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]} == {
        ("/agency", "invalid"),
        ("/reasons/0", "invalid"),
        ("/note", "invalid"),
        ("/more", "unknown_field"),
    }
    assert await screening.said(case_id) == []


async def sealed_notes(screening: Screening, case_id: UUID) -> list[Sealed]:
    events = (await screening.store.load(case_id)).records
    return [Sealed.model_validate(record.fields["words"]) for record in events if record.source == "screening"]


async def test_a_note_is_sealed_for_the_person(screening: Screening) -> None:
    person = await screening.vault.enrol("thai", "1970100000011")
    (case_id,) = await screening.needs(1, person_ref=person)
    assert (await screening.decide(case_id, note=TEXT)).status_code == 200
    (box,) = await sealed_notes(screening, case_id)
    assert box.key_ref == person
    assert await screening.vault.open_many([box]) == [{"note": TEXT}]
    assert TEXT not in str(await screening.case(case_id))


async def test_a_note_about_a_tip_off_is_sealed_for_the_case(screening: Screening) -> None:
    (case_id,) = await screening.needs(1, kind=NeedKind.TIPOFF_JOB_SCAM)
    await screening.hear(declined(need(case_id, kind=NeedKind.TIPOFF_JOB_SCAM)))
    assert (await screening.decide(case_id, note=TEXT)).status_code == 200
    records = (await screening.store.load(case_id)).records
    box = Sealed.model_validate(records[-1].fields["words"])
    assert box.key_ref == await screening.vault.key_for_case(case_id)
    assert await screening.vault.open_many([box]) == [{"note": TEXT}]


async def test_no_note_can_be_kept_about_a_forgotten_person(screening: Screening) -> None:
    (case_id,) = await screening.needs(1)
    answer = await screening.decide(case_id, note=TEXT)
    assert (answer.status_code, answer.json()["code"]) == (409, "person_forgotten")
    assert await screening.said(case_id) == []


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
        await connection.execute("DELETE FROM commands WHERE key LIKE '%bulk'")
    again = await screening.decide_many(items, key="bulk")
    assert again.content == answer.content
    assert {stream.version for stream in (await screening.store.load_many(cases)).values()} == {1}
    async with await psycopg.AsyncConnection.connect(screening.database.owner, autocommit=True) as connection:
        await connection.execute("DELETE FROM commands WHERE key LIKE '%bulk'")
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
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
