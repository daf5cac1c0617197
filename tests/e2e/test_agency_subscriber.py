"""The agency's example on a running stack, as a user of its own: what is referred to the agency it takes on once, killed or not,
and nothing else is open to it."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.cache import ROOT
from deploy.local.waiting import wait_until
from tests.support.api_client import Api, new_citizen
from tests.support.local_stack import LocalStack

AREA = "200101"
SECONDS = 60.0
PROGRAM = ROOT / "examples" / "agency_subscriber" / "subscriber.py"
OFFICER = {"sub": "doe-system", "roles": ["agency_officer"], "agency": "DOE", "provinces": ["*"]}


class Office:
    """The agency's own machine: its token, its list of work, what its program says."""

    def __init__(self, stack: LocalStack, home: Path, token: str) -> None:
        self._stack, self._home = stack, home
        (home / "token").write_text(token)
        self.log = home / "log"

    @contextlib.contextmanager
    def running(self, agency: str = "DOE", *, user: str = "agency-doe") -> Iterator[subprocess.Popen[bytes]]:
        file = self._stack.file
        command = [sys.executable, str(PROGRAM), "--agency", agency, "--token", str(self._home / "token"), "--no-tls"]
        command += ["--kafka", file.kafka_bootstrap, "--routing", file.services["routing"].url]
        environment = os.environ | {"KAFKA_PASSWORD": file.kafka_passwords[user], "PYTHONUNBUFFERED": "1"}
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, cwd=self._home, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def work(self) -> dict[str, tuple[str, str | None]]:
        """Status and citizen by referral."""
        with contextlib.closing(sqlite3.connect(self._home / "work.sqlite")) as own:
            try:
                rows = own.execute("SELECT referral_id, status, citizen FROM work").fetchall()
            except sqlite3.OperationalError:  # it has not begun
                return {}
        return {referral_id: (status, citizen) for referral_id, status, citizen in rows}

    def has_accepted(self, referrals: set[str]) -> bool:
        work = self.work()
        return all(work.get(referral, ("", None))[0] == "accepted" for referral in referrals)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@pytest.fixture
def office(stack: LocalStack, api: Api, tmp_path: Path) -> Office:
    return Office(stack, tmp_path, api.do("registry", "/dev/tokens", OFFICER)["access_token"])


def referred(api: Api, last_name: str) -> tuple[str, str]:
    """The ids of a case and of its referral, as soon as there is one."""
    case_id = api.report(AREA, citizen=new_citizen(last_name=last_name))["case_id"]
    api.decide(case_id)
    found: list[str] = []

    def there() -> bool:
        found[:] = [one["referral_id"] for one in api.listed("routing", "/referrals", {"case_id": case_id})]
        return bool(found)

    assert wait_until(there, SECONDS)
    return case_id, found[0]


def accepted_times(api: Api, case_id: str) -> int:
    return sum(entry["event"] == "ReferralAccepted" for entry in api.case(case_id)["timeline"])


def test_it_takes_every_referral_on_once_though_it_is_killed_in_between(api: Api, office: Office) -> None:
    cases = dict(referred(api, f"ก่อน{number}") for number in range(3))
    with office.running() as first:
        assert wait_until(lambda: office.has_accepted(set(cases.values())), SECONDS), office.said()
        cases |= dict([referred(api, "ระหว่าง")])
        first.send_signal(signal.SIGKILL)  # somewhere in the middle of that one
        first.wait()
    cases |= dict(referred(api, f"หลัง{number}") for number in range(3))
    with office.running():
        assert wait_until(lambda: office.has_accepted(set(cases.values())), SECONDS), office.said()
    work = office.work()
    names = {json.loads(citizen)["last_name"] for _, citizen in work.values() if citizen}
    assert {*(f"ก่อน{number}" for number in range(3)), "ระหว่าง", *(f"หลัง{number}" for number in range(3))} <= names
    for case_id, referral_id in cases.items():
        assert api.until_status(case_id, "accepted")
        assert accepted_times(api, case_id) == 1
        assert office.said().count(f"CaseReferred {referral_id}") <= 1
    assert not any(name in office.said() for name in names)


def test_another_agencys_topic_is_closed_to_it(office: Office) -> None:
    with office.running("SSO") as process:  # with the password of DOE's user
        assert process.wait(SECONDS) != 0
    assert "Authentication" in office.said()
    assert office.work() == {}
