"""Kafka away and PostgreSQL away, for the whole stack at once: what goes on meanwhile, and that nothing is lost or doubled.
Processes that are killed one by one are in `test_kills.py`."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import httpx
import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from deploy.local.waiting import wait_until
from shared.events.catalogue import SERVICES
from tests.support.api_client import Api, Json, new_citizen, problem_of
from tests.support.local_stack import LocalStack

PROVINCE, AREA = "21", "210101"
AT = "2019-05-10T03:00:00Z"
LISTS = {
    "registry": ("/volunteers", "/service-units"),
    "intake": ("/needs",),
    "screening": ("/queue",),
    "routing": ("/referrals",),
    "reporting": ("/totals?month=2019-05", "/funnel?fiscal_year=2562", "/position"),
}
AWAY_SECONDS = 5.0
BACK_SECONDS = 30.0
STOP_SECONDS = 10.0


@pytest.fixture
def no_kafka(stack: LocalStack, api: Api) -> Iterator[LocalStack]:
    """The broker is killed, and nobody starts it again until the test does."""
    yield stack
    stack.start_program("kafka")
    stack.wait_until_ready()
    api.until_caught_up(BACK_SECONDS)


@pytest.fixture
def no_postgres(stack: LocalStack) -> Iterator[LocalStack]:
    yield stack
    stack.start_program("postgres")
    stack.wait_until_ready()


def kill_and_keep_away(stack: LocalStack, program: str) -> None:
    """kill -9; the supervisor is told at once not to start it again."""
    os.kill(stack.pid(program), signal.SIGKILL)
    stack.stop_program(program)


def status_of(api: Api, service: str, path: str) -> int:
    return api.get(service, path).status_code


# Kafka


def test_without_kafka_everything_is_taken_and_arrives_later(no_kafka: LocalStack, api: Api) -> None:
    stack = no_kafka
    unit = api.open_unit(AREA, "2018-10-01")
    before = api.report(AREA, at=AT)
    api.shown("screening", "/queue", {"province": PROVINCE}, after=before.position)
    decided = api.report(AREA, "skill_training", at=AT)
    api.decide(decided["case_id"], at=AT)
    sent = api.referral(decided["case_id"])
    kill_and_keep_away(stack, "kafka")

    needs = [api.report(AREA, at=AT)["case_id"] for _ in range(5)]
    tip_offs = [api.report(AREA, "tipoff_job_scam", at=AT)["case_id"] for _ in range(5)]
    api.decide(before["case_id"], at=AT)
    help_ = api.help(sent["referral_id"], "2019-05-11", at="2019-05-12T03:00:00Z", unit_id=unit["unit_id"])
    volunteer = api.appoint(AREA, "2018-11-01")
    _all_go_on(stack, api, needs[-1], volunteer["volunteer_id"])
    sp12 = {"unit_id": unit["unit_id"], "month": "2019-05"}
    assert api.shown("reporting", "/reports/sp12", sp12)["rows"] == []

    stack.start_program("kafka")
    for case_id in (*tip_offs, before["case_id"]):
        assert api.referral(case_id)["agency"] == "DOE"
    (row,) = _until_rows(api, sp12)
    assert row["assistance_id"] == help_["assistance_id"]
    assert api.until_status(decided["case_id"], "helped")
    _each_once(stack, api, [*tip_offs, before["case_id"], decided["case_id"]], undecided=needs)


def _all_go_on(stack: LocalStack, api: Api, last_need: str, volunteer_id: str) -> None:
    """Lists, reports and health of all ten processes."""
    for service in SERVICES:
        assert status_of(api, service, "/readyz") == 200
        assert status_of(api, service, "/metrics") == 200
        assert httpx.get(f"{stack.worker_url(service)}/healthz", trust_env=False).status_code == 200
        for path in LISTS[service]:
            assert status_of(api, service, path) == 200, path
    assert last_need in [need["case_id"] for need in api.listed("intake", "/needs", {"province": PROVINCE})]
    assert volunteer_id in [one["volunteer_id"] for one in api.listed("registry", "/volunteers", {"province": PROVINCE})]
    assert not api.shown("reporting", "/position")["caught_up"]


def _until_rows(api: Api, query: Json) -> list[Json]:
    rows: list[Json] = []

    def there() -> bool:
        rows[:] = api.shown("reporting", "/reports/sp12", query)["rows"]
        return bool(rows)

    assert wait_until(there, BACK_SECONDS), "the help never came to the form"
    return rows


def _each_once(stack: LocalStack, api: Api, referred: list[str], *, undecided: list[str]) -> None:
    """One decision and one referral of each, and the same in every store."""
    api.until_caught_up(BACK_SECONDS)
    for case_id in referred:
        assert len(api.listed("routing", "/referrals", {"case_id": case_id})) == 1
        assert len(api.shown("screening", f"/cases/{case_id}")["decisions"]) == 1
    for case_id in undecided:
        assert api.listed("routing", "/referrals", {"case_id": case_id}) == []
        assert api.shown("screening", f"/cases/{case_id}")["status"] == "reported"
    agreed = stack.run("reconcile")
    assert agreed.returncode == 0, agreed.stdout


@pytest.mark.slow
def test_a_worker_leaves_in_time_without_kafka_and_waits_for_it_at_its_next_start(no_kafka: LocalStack, api: Api) -> None:
    stack = no_kafka
    kill_and_keep_away(stack, "kafka")
    begun = time.monotonic()
    stack.stop_program("screening-worker", "reporting-worker")
    assert time.monotonic() - begun < STOP_SECONDS
    stack.start_program("screening-worker", "reporting-worker")
    for service in ("screening", "reporting"):
        url = f"{stack.worker_url(service)}/healthz"
        assert wait_until(partial(_answers, url), BACK_SECONDS), f"the worker of {service} does not come up"
    need = api.report(AREA, at=AT)
    tip_off = api.report(AREA, "tipoff_child_labour", at=AT)
    stack.start_program("kafka")
    assert api.referral(tip_off["case_id"])["agency"] == "DLPW"
    assert api.shown("screening", f"/cases/{need['case_id']}", after=need.position)["status"] == "reported"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


# Workers


@pytest.mark.slow
def test_without_workers_a_case_is_known_at_once_and_a_list_says_that_it_is_not_yet_visible(stack: LocalStack, api: Api) -> None:
    """Nobody projects and nobody hears: who waits is told after ten seconds, who asks by id where it was written is not."""
    volunteer = api.appoint(AREA, "2020-05-01")
    stack.stop_program("registry-worker", "intake-worker", "screening-worker")
    try:
        need = api.report(AREA, at=AT)
        path, own = f"/cases/{need['case_id']}", f"/needs/{need['case_id']}"
        with ThreadPoolExecutor(8) as together:
            listed = together.submit(timed, partial(api.get, "intake", "/needs"))
            after = together.submit(timed, partial(api.get, "screening", "/queue", after=need.position))
            elsewhere = together.submit(timed, partial(api.get, "screening", path))
            decided = together.submit(timed, partial(api.post, "screening", f"{path}/decision", {"decision": "eligible"}))
            by_id = together.submit(timed, partial(api.get, "intake", own, after=need.position))
            figures = together.submit(timed, partial(api.get, "registry", "/coverage?province=24", after=need.position))
            told = together.submit(timed, partial(api.get, "routing", "/referrals", after=volunteer.position))
    finally:
        stack.start_program("registry-worker", "intake-worker", "screening-worker")
    for waited in (listed, after, figures):
        answer, seconds = waited.result()
        problem_of(answer, 504, "not_yet_visible")
        assert 9.5 < seconds < 12.5
    for unknown in (elsewhere, decided):
        answer, seconds = unknown.result()
        problem_of(answer, 404, "not_found")
        assert 0.9 < seconds < 3
    for known in (by_id, told):  # routing does not hear of volunteers: it has nothing to wait for
        assert known.result()[0].status_code == 200
        assert known.result()[1] < 3
    stack.wait_until_ready()
    assert api.shown("screening", "/queue", after=need.position)
    assert api.shown("registry", "/mentors", after=need.position)
    assert need["case_id"] in [one["case_id"] for one in api.listed("intake", "/needs", {"province": PROVINCE})]


# PostgreSQL


def test_without_postgres_everybody_says_so_in_time_and_comes_back_by_himself(no_postgres: LocalStack, api: Api) -> None:
    stack = no_postgres
    known = api.report(AREA, at=AT)["case_id"]
    pids = {name: state.pid for name, state in stack.supervisor.states().items() if name.startswith(SERVICES)}
    stack.stop_program("postgres")
    keys, body = [str(uuid4()) for _ in range(5)], named_need("welfare")
    _everybody_says_so(api, known, body, keys)
    stack.start_program("postgres")
    stack.wait_until_ready()
    assert {name: state.pid for name, state in stack.supervisor.states().items() if name in pids} == pids
    _each_key_has_one_effect(api, body, keys)


def test_a_postgres_that_hangs_is_away_too(no_postgres: LocalStack, api: Api) -> None:
    """It takes what it is told and does not answer, as behind a broken network."""
    stack = no_postgres
    known = api.report(AREA, at=AT)["case_id"]
    keys, body = [str(uuid4()) for _ in range(5)], named_need("hardship_relief")
    server = psutil.Process(stack.pid("postgres"))
    stopped = [server, *server.children(recursive=True)]
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        _everybody_says_so(api, known, body, keys)
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)
    stack.wait_until_ready()
    _each_key_has_one_effect(api, body, keys)


def named_need(kind: str) -> Json:
    return {"kind": kind, "area_code": AREA, "citizen": new_citizen(), "worker_type": "informal", "consent": True}


def _everybody_says_so(api: Api, known_case: str, body: Json, keys: list[str]) -> None:
    """All writes and reads at once: 503, a problem, in time. Each process lives and is not ready."""
    decision = f"/cases/{known_case}/decision"
    with ThreadPoolExecutor(40) as together:
        asked = [together.submit(timed, partial(api.post, "intake", "/needs", body, key=key)) for key in keys]
        asked.append(together.submit(timed, partial(api.post, "screening", decision, {"decision": "eligible"})))
        for service, paths in LISTS.items():
            asked += [together.submit(timed, partial(api.get, service, path)) for path in paths]
        checks = [together.submit(timed, partial(api.get, service, "/readyz")) for service in SERVICES]
        lives = [together.submit(timed, partial(api.get, service, "/healthz")) for service in SERVICES]
    for answer, seconds in (one.result() for one in asked):
        assert seconds < AWAY_SECONDS, (answer.url, seconds)
        code = answer.json()["code"]
        assert code in ("database_unavailable", "outcome_unknown"), (answer.url, answer.text)
        problem_of(answer, 503, code)
        assert answer.headers["Retry-After"]
    assert {(check.result()[0].status_code, check.result()[1] < AWAY_SECONDS) for check in checks} == {(503, True)}
    assert {life.result()[0].status_code for life in lives} == {200}


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    return ask(), time.monotonic() - begun


def _each_key_has_one_effect(api: Api, body: Json, keys: list[str]) -> None:
    cases = [api.insist("intake", "/needs", body, key=key)["case_id"] for key in keys]
    assert len(set(cases)) == len(keys)
    _counted_once(api, body, cases)


def _counted_once(api: Api, body: Json, cases: list[str]) -> None:
    """The cases, and no other of that person: all but the first are marked, and name it."""
    first = api.case(cases[0])
    mine = [need for need in api.listed("intake", "/needs", {"kind": body["kind"]}) if need["person_ref"] == first["person_ref"]]
    assert sorted(need["case_id"] for need in mine) == sorted(cases)
    assert sorted(need["duplicate"] for need in mine) == [False] + [True] * (len(cases) - 1)


def test_a_database_that_dies_under_load_leaves_one_effect_of_every_key(no_postgres: LocalStack, api: Api) -> None:
    """Callers who are told nothing, or that nobody knows, ask again with the same key; each has one need in the end."""
    body = named_need("labour_rights")

    def report(key: str) -> str:
        case_id: str = api.insist("intake", "/needs", body, key=key)["case_id"]
        return case_id

    keys = [str(uuid4()) for _ in range(60)]
    with ThreadPoolExecutor(12) as together:
        under_way = [together.submit(report, key) for key in keys]
        assert wait_until(lambda: sum(one.done() for one in under_way) > 10, BACK_SECONDS)
        no_postgres.stop_program("postgres")
        assert not all(one.done() for one in under_way)
        no_postgres.start_program("postgres")
        cases = [one.result() for one in under_way]
    assert len(set(cases)) == len(keys)
    _counted_once(api, body, cases)
    assert [report(key) for key in keys] == cases
