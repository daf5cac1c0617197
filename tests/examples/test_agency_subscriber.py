"""The example does what it says with real events of the contract: it accepts what is new, takes nothing twice, forgets who is to
be forgotten. On a real broker it runs in `tests/e2e/`."""

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from examples.agency_subscriber.subscriber import Subscriber
from shared.cloudevents import headers_of
from shared.events.routing import CaseReferred, ReferralFacts
from tests.contracts.examples import EXAMPLES
from tests.contracts.recorded import recorded
from tests.support.hurry import hurried

CITIZEN = {"first_name": "สมใจ", "last_name": "ใจดี"}
REFERRALS = {example.TYPE: example for example in EXAMPLES if isinstance(example, ReferralFacts)}
REFERRED = REFERRALS[CaseReferred.TYPE]


class Routing:
    """An API that has one referral, and says what it was asked. `answers` come first, in their order."""

    def __init__(self) -> None:
        self.status = "sent"
        self.asked: list[tuple[str, str, str | None]] = []
        self.answers: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, request.headers.get("Idempotency-Key")))
        assert request.headers["Authorization"] == "Bearer ours"
        if self.answers:
            return self.answers.pop(0)
        shown = {"status": self.status, "citizen": CITIZEN}
        if request.method == "POST":
            self.status = "accepted"
        return httpx.Response(200, json=shown)


@pytest.fixture
def own() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


@pytest.fixture
def routing() -> Routing:
    return Routing()


@pytest.fixture
def subscriber(own: sqlite3.Connection, routing: Routing, tmp_path: Path) -> Subscriber:
    token = tmp_path / "token"
    token.write_text("ours\n")
    return Subscriber(own, httpx.AsyncClient(base_url="http://routing", transport=httpx.MockTransport(routing)), token)


def record(event: ReferralFacts, version: int = 1) -> Any:
    """As a consumer gives it."""
    sent = recorded(event, version=version)
    return SimpleNamespace(headers=headers_of(sent), value=sent.data.encode())


def work(own: sqlite3.Connection) -> list[Any]:
    return own.execute("SELECT referral_id, status, citizen FROM work").fetchall()


async def test_what_is_new_is_accepted_once_however_often_it_comes(
    subscriber: Subscriber, own: sqlite3.Connection, routing: Routing, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        await subscriber.take(record(REFERRED))
    path = f"/referrals/{REFERRED.referral_id}"
    (key,) = [key for _, _, key in routing.asked if key]
    assert routing.asked == [("GET", path, None), ("POST", f"{path}/accept", key)]
    assert key == dict(record(REFERRED).headers)["ce_id"].decode()
    assert [json.loads(citizen) for _, _, citizen in work(own)] == [CITIZEN]
    said = capsys.readouterr().out
    assert str(REFERRED.referral_id) in said
    assert CITIZEN["last_name"] not in said


async def test_what_died_after_it_accepted_goes_on_where_it_was(
    subscriber: Subscriber, own: sqlite3.Connection, routing: Routing
) -> None:
    routing.status = "accepted"
    await subscriber.take(record(REFERRED))
    assert [method for method, _, _ in routing.asked] == ["GET"]
    assert len(work(own)) == 1


async def test_what_somebody_else_decided_meanwhile_is_left_as_it_is(
    subscriber: Subscriber, own: sqlite3.Connection, routing: Routing
) -> None:
    routing.answers = [httpx.Response(200, json={"status": "sent", "citizen": CITIZEN}), httpx.Response(409, json={})]
    await subscriber.take(record(REFERRED))
    assert len(work(own)) == 1


async def test_a_referral_of_another_province_is_noted_without_a_name(
    subscriber: Subscriber, own: sqlite3.Connection, routing: Routing
) -> None:
    routing.answers = [httpx.Response(404, json={})]
    await subscriber.take(record(REFERRED))
    assert work(own) == [(str(REFERRED.referral_id), REFERRED.status, None)]


def test_an_api_that_is_away_is_asked_until_it_answers(subscriber: Subscriber, routing: Routing) -> None:
    routing.answers = [httpx.Response(503, json={})] * 60
    _, seconds = hurried(subscriber.take(record(REFERRED)))
    assert [method for method, _, _ in routing.asked] == ["GET"] * 61 + ["POST"]
    assert seconds >= 60


async def test_a_token_that_is_not_taken_ends_it_with_nothing_done(
    subscriber: Subscriber, own: sqlite3.Connection, routing: Routing
) -> None:
    routing.answers = [httpx.Response(401, json={})]
    with pytest.raises(httpx.HTTPStatusError):
        await subscriber.take(record(REFERRED))
    assert work(own) == []
    assert own.execute("SELECT * FROM seen").fetchall() == []


@pytest.mark.parametrize("event", REFERRALS.values(), ids=REFERRALS)
async def test_the_list_of_work_says_what_became_of_a_referral(
    subscriber: Subscriber, own: sqlite3.Connection, event: ReferralFacts
) -> None:
    before = REFERRED.model_copy(update={"referral_id": event.referral_id})
    await subscriber.take(record(before))
    await subscriber.take(record(event, version=2))
    ((referral_id, status, citizen),) = work(own)
    assert (referral_id, status) == (str(event.referral_id), event.status)
    assert (citizen is None) == (event.TYPE == "ReferralPersonForgotten")
    await subscriber.take(record(before))  # older than what is known
    assert work(own) == [(referral_id, status, citizen)]
