"""Every process of the stack is killed with -9 in turn while needs, decisions, referrals and help flow, and replicas come and go:
in the end each case is where it belongs, once, and all services agree."""

import contextlib
import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.layout import program_name, services_and_roles
from deploy.local.waiting import wait_until
from shared.events.catalogue import BY_TYPE
from tests.support.api_client import PatientApi
from tests.support.local_stack import LocalStack
from tests.support.replica import replica
from tests.support.stack_contents import records

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

PROVINCE, AREA, YEAR = "76", "760101", 2565
ELSEWHERE = "770101"
AT, HELPED_ON = "2022-05-10T03:00:00Z", "2022-05-10"
AT_LEAST = 100
CALLERS = 6
BACK_SECONDS = 60.0
SETTLE_SECONDS = 60.0
SERVERS = ("kafka", "postgres")
PROCESSES = [program_name(service, role) for service, role in services_and_roles()]

Play = Callable[[PatientApi], str]
"""Plays one case to its end. Returns its id."""


def tip_off_helped(api: PatientApi) -> str:
    case_id: str = api.report(AREA, "tipoff_job_scam", at=AT)["case_id"]
    api.help(api.referral(case_id)["referral_id"], HELPED_ON, at=AT)
    return case_id


def helped(api: PatientApi) -> str:
    case_id: str = api.report(AREA, "job_domestic", at=AT)["case_id"]
    api.decide(case_id, at=AT)
    referral = api.referral(case_id)["referral_id"]
    api.do("routing", f"/referrals/{referral}/accept", at=AT)
    api.help(referral, HELPED_ON, at=AT)
    return case_id


def declined_and_accepted_elsewhere(api: PatientApi) -> str:
    case_id: str = api.report(AREA, "skill_training", at=AT)["case_id"]
    api.decide(case_id, at=AT)
    referral = api.referral(case_id)["referral_id"]
    api.do("routing", f"/referrals/{referral}/decline", {"reason": "ไม่ใช่งานของเรา"}, at=AT)
    api.until_reopened(case_id)
    api.decide(case_id, agency="PLO", at=AT)
    again = api.referral(case_id)["referral_id"]
    api.do("routing", f"/referrals/{again}/accept", at=AT)
    return case_id


def closed(api: PatientApi) -> str:
    case_id: str = api.report(AREA, "welfare", at=AT)["case_id"]
    api.decide(case_id, "not_eligible", at=AT)
    return case_id


def withdrawn(api: PatientApi) -> str:
    case_id: str = api.report(AREA, "labour_rights", at=AT)["case_id"]
    api.do("intake", f"/needs/{case_id}/withdraw", {"reason": "ย้ายบ้าน"}, at=AT)
    return case_id


# What each comes to: intake's status, how many decisions, the statuses of its referrals, how many were helped.
PLAYS: dict[Play, tuple[str, int, list[str], int]] = {
    tip_off_helped: ("helped", 1, ["done"], 1),
    helped: ("helped", 1, ["done"], 1),
    declined_and_accepted_elsewhere: ("accepted", 2, ["accepted", "declined"], 0),
    closed: ("closed", 1, [], 0),
    withdrawn: ("withdrawn", 0, [], 0),
}
NAMED = (helped, declined_and_accepted_elsewhere, closed)
"""Those that the funnel counts."""


@pytest.fixture
def patient(stack: LocalStack) -> Iterator[PatientApi]:
    with PatientApi(stack) as api:
        yield api


def kill(stack: LocalStack, program: str) -> None:
    """And wait until the supervisor has started it again, and it is ready."""
    pid = stack.pid(program)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: stack.supervisor.states()[program].pid not in (0, pid), BACK_SECONDS), (
        f"{program} is not started again"
    )
    assert wait_until(lambda: stack.ready, BACK_SECONDS, every=0.2), f"{program} does not come back: {stack.status()}"


def play_until(api: PatientApi, enough: Callable[[int], bool]) -> dict[str, Play]:
    """Several callers at once, each play in turn. Returns what was played, by case."""
    numbers = itertools.count()
    played: dict[str, Play] = {}

    def one_after_the_other() -> None:
        while not enough(number := next(numbers)):
            play = list(PLAYS)[number % len(PLAYS)]
            played[play(api)] = play

    with ThreadPoolExecutor(CALLERS) as together:
        for caller in [together.submit(one_after_the_other) for _ in range(CALLERS)]:
            caller.result()
    return played


@pytest.mark.parametrize("programs", [PROCESSES, SERVERS], ids=["processes", "servers"])
def test_whoever_is_killed_in_the_middle_nothing_is_lost_and_nothing_done_twice(
    stack: LocalStack, patient: PatientApi, programs: list[str]
) -> None:
    def kill_all() -> None:
        for program in programs:
            kill(stack, program)

    _play_meanwhile(stack, patient, kill_all)


def test_two_of_each_share_the_work_and_one_is_enough(stack: LocalStack, patient: PatientApi) -> None:
    """Workers and an api with a replica beside them; the first ones are killed, then the replicas leave in order."""

    def come_and_go() -> None:
        with contextlib.ExitStack() as replicas:
            for service in ("intake", "screening", "routing", "reporting"):
                replicas.enter_context(replica(stack, service, "worker"))
            second = replicas.enter_context(replica(stack, "intake", "api"))
            _both_apis_are_one(stack, patient, second)
            for service in ("screening", "routing", "reporting"):
                kill(stack, program_name(service, "worker"))

    _play_meanwhile(stack, patient, come_and_go)


def _both_apis_are_one(stack: LocalStack, patient: PatientApi, second: str) -> None:
    """The same key sent to both at the same moment has one effect."""
    body = {"kind": "tipoff_women_labour", "area_code": ELSEWHERE}
    urls = [stack.url("intake"), second] * 5
    headers = {"Idempotency-Key": str(uuid4()), **patient.signed}
    with ThreadPoolExecutor(len(urls)) as together:
        asked = [together.submit(httpx.post, f"{url}/needs", json=body, headers=headers, trust_env=False) for url in urls]
    assert {one.result().status_code for one in asked} == {201}
    assert len({one.result().content for one in asked}) == 1


def _play_meanwhile(stack: LocalStack, patient: PatientApi, trouble: Callable[[], None]) -> None:
    """Cases flow until the trouble is over; then everything is where it belongs."""
    before = counted(patient)
    over = Event()

    def make_trouble() -> None:
        try:
            trouble()
        finally:
            over.set()

    with ThreadPoolExecutor(1) as beside:
        troubled = beside.submit(make_trouble)
        played = play_until(patient, lambda number: number >= AT_LEAST and over.is_set())
        troubled.result()
    assert len(played) >= AT_LEAST
    patient.until_caught_up(SETTLE_SECONDS)
    for case_id, play in played.items():
        _ended_as_it_should(patient, case_id, *PLAYS[play])
    _counts_are_right(patient, before, played)
    _nothing_is_out_of_order(stack)
    agreed = stack.run("reconcile")
    assert agreed.returncode == 0, agreed.stdout


def _ended_as_it_should(api: PatientApi, case_id: str, status: str, decisions: int, referrals: list[str], helps: int) -> None:
    told = api.until_status(case_id, status)["timeline"]
    assert len({entry["position"] for entry in told}) == len(told)
    assert Counter(entry["event"] for entry in told)["AssistanceRecorded"] == helps
    known = api.shown("screening", f"/cases/{case_id}")
    assert [one["round"] for one in known["decisions"]] == list(range(1, decisions + 1))
    found = api.listed("routing", "/referrals", {"case_id": case_id})
    assert sorted(one["status"] for one in found) == referrals
    assert len({one["round"] for one in found}) == len(found)


def counted(api: PatientApi) -> dict[str, int]:
    """What reports and lists count in this test's province and year."""
    (funnel,) = api.shown("reporting", "/funnel", {"fiscal_year": YEAR, "province": PROVINCE}, at=AT)["by_province"]
    (totals,) = api.shown("reporting", "/totals", {"month": "2022-05", "province": PROVINCE})["by_province"]
    found = {name: funnel[name] for name in ("reported", "screened", "eligible", "referred", "helped")}
    found |= {name: totals[name] for name in ("assistances", "persons")}
    return found | {"needs": len(api.listed("intake", "/needs", {"province": PROVINCE}))}


def _counts_are_right(api: PatientApi, before: dict[str, int], played: dict[str, Any]) -> None:
    of = Counter(played.values())
    now = counted(api)
    assert {name: now[name] - before[name] for name in now} == {
        "needs": len(played),
        "reported": sum(of[play] for play in NAMED),
        "screened": sum(of[play] for play in NAMED),
        "eligible": of[helped] + of[declined_and_accepted_elsewhere],
        "referred": of[helped] + of[declined_and_accepted_elsewhere],
        "helped": of[helped],
        "assistances": of[helped] + of[tip_off_helped],
        "persons": of[helped],
    }


def _nothing_is_out_of_order(stack: LocalStack) -> None:
    """On Kafka a record may come twice, and then is the same; what is new in a topic is newer; no version is missing."""
    ids: dict[tuple[str, str, int], bytes] = {}
    seen: dict[tuple[str, str, str], list[int]] = {}
    for record in records(stack.file.broker()):
        headers = dict(record.headers)
        if headers.get("ce_type", b"").decode() not in BY_TYPE:
            continue  # garbage that another test left
        source, stream, version = headers["ce_source"].decode(), headers["ce_subject"].decode(), int(headers["ce_streamversion"])
        assert ids.setdefault((source, stream, version), headers["ce_id"]) == headers["ce_id"]
        before = seen.setdefault((source, stream, record.topic), [])
        if version not in before:
            assert not before or version > before[-1], (source, stream, record.topic, before, version)
            before.append(version)
    versions: dict[tuple[str, str], list[int]] = {}
    for source, stream, version in ids:
        versions.setdefault((source, stream), []).append(version)
    for place, found in versions.items():
        assert sorted(found) == list(range(1, len(found) + 1)), place
