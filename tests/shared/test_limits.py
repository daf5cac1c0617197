"""Limits by caller and by address: who is refused, for how long, and what it costs to ask."""

import base64
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from shared.auth import Authenticator
from shared.dev_issuer import DevIssuer, TokenRequest, new_issuer_key
from shared.errors import TooManyRequestsError, UnauthorizedError
from shared.process.api import configured, harden
from shared.settings import Settings
from shared.web import limits
from shared.web.hardening import HEADERS
from shared.web.limits import LimitedByAddress, LimitedBySubject, Limits
from shared.web.problems import answer_problems

MICROSECONDS_A_REQUEST = 200
SECRET = base64.b64encode(b"k" * 32).decode()


def admitted(ask: int, of: Limits, address: str) -> int:
    taken = 0
    for _ in range(ask):
        try:
            of.admit_address(address)
        except TooManyRequestsError:
            continue
        taken += 1
    return taken


def application(of: Limits) -> FastAPI:
    app = FastAPI()
    answer_problems(app)
    app.add_middleware(LimitedByAddress, limits=of)
    harden(app)

    @app.get("/thing")
    @app.get("/healthz")
    async def thing() -> str:
        return "here"

    return app


def client(of: Limits) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(of), client=("10.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def taken_of(proxies: str, *, through: str) -> list[int]:
    """Answers to three requests of as many callers, which come through one and the same address."""
    config = configured(application(Limits(per_subject=1, per_address=1)), "127.0.0.1", 0, proxies=proxies)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(through, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        callers = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(3)]
        return [(await http.get("/thing", headers=headers)).status_code for headers in callers]


def test_past_its_limit_an_address_is_refused_and_others_are_not() -> None:
    few = Limits(per_subject=1, per_address=20)
    assert admitted(50, few, "10.0.0.1") == 20
    assert admitted(50, few, "10.0.0.2") == 20


def test_callers_and_addresses_are_counted_apart() -> None:
    few = Limits(per_subject=1, per_address=1)
    few.admit_address("same")
    few.admit_subject("same")
    with pytest.raises(TooManyRequestsError) as refused:
        few.admit_subject("same")
    assert refused.value.retry_after == 1


def test_strangers_are_counted_by_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: now))
    few = Limits(per_subject=1, per_address=1, per_stranger=2)
    few.admit_address("10.0.0.1")
    for _ in range(2):
        few.admit_stranger("10.0.0.1")
    with pytest.raises(TooManyRequestsError) as refused:
        few.admit_stranger("10.0.0.1")
    assert 1 < refused.value.retry_after <= 61
    few.admit_stranger("10.0.0.2")
    now += limits.FORGET_EVERY_S + 1
    with pytest.raises(TooManyRequestsError):
        few.admit_stranger("10.0.0.1")


def test_the_window_moves_and_what_was_refused_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = began = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # also the library's
    few = Limits(per_subject=1, per_address=5)
    assert admitted(5, few, "10.0.0.1") == 5
    while not (taken := admitted(7, few, "10.0.0.1")):
        now += 0.01
    assert now - began == pytest.approx(1, abs=0.02)
    assert taken == 5
    now += 0.5
    assert admitted(1, few, "10.0.0.1") == 0


def test_the_addresses_of_one_home_count_as_one() -> None:
    few = Limits(per_subject=1, per_address=2)
    assert [admitted(1, few, f"2001:db8::{last}") for last in (1, 2, 3)] == [1, 1, 0]
    assert admitted(1, few, "2001:db8:0:1::1") == 1


def test_who_was_not_seen_for_a_while_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    clock = SimpleNamespace(time=lambda: now)
    monkeypatch.setattr(limits, "time", clock)
    many = Limits(per_subject=1, per_address=5)
    for number in range(300):
        many.admit_address(f"10.0.{number // 256}.{number % 256}")
    assert many.remembered == 300
    now += limits.FORGET_EVERY_S + 1
    many.admit_address("10.0.0.1")
    assert many.remembered == 1


def test_twenty_thousand_callers_cost_next_to_nothing() -> None:
    many = Limits(per_subject=100, per_address=1_000_000)
    callers = [f"caller {number}" for number in range(20_000)]
    began = time.process_time()
    for caller in callers:
        many.admit_address("10.0.0.1")
        many.admit_subject(caller)
    each = (time.process_time() - began) / len(callers) * 1e6
    assert each < MICROSECONDS_A_REQUEST


async def test_an_address_past_its_limit_is_told_when_to_come_again() -> None:
    async with client(Limits(per_subject=1, per_address=3)) as http:
        answers = [await http.get("/thing") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        refused = answers[-1]
        assert (refused.headers["content-type"], refused.headers["retry-after"]) == ("application/problem+json", "1")
        assert (refused.json()["status"], refused.json()["code"]) == (429, "too_many_requests")
        assert HEADERS.items() <= {name.title(): value for name, value in refused.headers.items()}.items()
        assert [(await http.get("/healthz")).status_code for _ in range(9)] == [200] * 9


async def test_behind_a_proxy_that_is_named_callers_are_told_apart() -> None:
    assert await taken_of("10.0.0.9", through="10.0.0.9") == [200, 200, 200]


@pytest.mark.parametrize(("proxies", "through"), [("", "127.0.0.1"), ("10.0.0.9", "10.0.0.8")])
async def test_nobody_else_is_believed_about_an_address(proxies: str, through: str) -> None:
    assert await taken_of(proxies, through=through) == [200, 429, 429]


async def test_a_caller_is_counted_by_the_token_wherever_it_comes_from(tmp_path: Path) -> None:
    private, public = new_issuer_key()
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "jwks.json").write_bytes(public)
    settings = Settings(
        ENV="development",
        database="host=127.0.0.1",
        pepper=SECRET,
        jwks=str(tmp_path / "jwks.json"),
        dev_issuer_key=tmp_path / "key.pem",
    )
    token = DevIssuer(settings).issue(TokenRequest(sub="a clerk", roles=["unit_clerk"], provinces=["24"])).access_token
    open_door: Authenticator = LimitedBySubject(settings, Limits(per_subject=2, per_address=1))
    for _ in range(2):
        await open_door.authenticate(f"Bearer {token}")
    with pytest.raises(TooManyRequestsError):
        await open_door.authenticate(f"Bearer {token}")
    for _ in range(5):
        with pytest.raises(UnauthorizedError):  # who shows none is nobody, and counted by the address alone
            await open_door.authenticate(None)


def test_the_limits_are_settings_with_the_defaults_that_are_promised() -> None:
    fields = Settings.model_fields
    assert (fields["limit_subject"].default, fields["limit_address"].default) == (100, 1000)
    assert fields["limit_stranger"].default == limits.STRANGERS_A_MINUTE == 30
    assert fields["forwarded_allow_ips"].default == ""
