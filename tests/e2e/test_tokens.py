"""The tokens that lie ready when a stack is up: each for its holder alone to read, each taken by the services for what its role
may do."""

import json
import stat
import subprocess

import jwt
import pytest

from deploy.local.cache import ROOT
from shared.auth import ROLES
from tests.support.api_client import Api, Json
from tests.support.local_stack import LocalStack

READS = {
    "registry": "/coverage?province=24",
    "intake": "/needs?limit=1",
    "screening": "/queue?limit=1",
    "routing": "/referrals?limit=1",
    "reporting": "/totals?month=2017-05&province=24",
}
MAY_READ = {
    "ministry": {"registry", "reporting"},
    "admin": {"registry"},
    "auditor": set(),
    "agency-doe": {"routing"},
    "officer-chachoengsao": set(READS),
}


def claims(token: str) -> Json:
    found: Json = jwt.decode(token, options={"verify_signature": False})
    return found


@pytest.fixture
def ready(stack: LocalStack, api: Api) -> dict[str, str]:
    """By name, made anew when the story's provinces have a volunteer and a unit."""
    for area in ("240101", "200101"):
        api.appoint(area, "2016-11-01")
        api.open_unit(area, "2016-10-20")
    stack.up()
    found: dict[str, str] = json.loads(stack.layout.tokens.read_bytes())
    return found


def test_there_is_one_for_every_kind_of_caller_and_only_their_owner_reads_them(stack: LocalStack, ready: dict[str, str]) -> None:
    assert stat.S_IMODE(stack.layout.tokens.stat().st_mode) == 0o600
    assert {role for token in ready.values() for role in claims(token)["roles"]} == ROLES
    nationwide = {"ministry", "admin", "auditor", *(f"agency-{code}" for code in ("plo", "doe", "dsd", "dlpw", "sso"))}
    of = {"officer", "volunteer", "unit-clerk"}
    assert set(ready) >= nationwide | {f"{who}-{place}" for who in of for place in ("chachoengsao", "chonburi")}
    assert claims(ready["agency-doe"])["agency"] == "DOE"
    assert claims(ready["officer-chonburi"])["provinces"] == ["20"]
    assert claims(ready["volunteer-chonburi"])["volunteer_id"]
    assert claims(ready["unit-clerk-chonburi"])["unit_id"]
    assert str(stack.layout.tokens) in stack.run("status").stdout
    assert stack.status()["tokens"] == str(stack.layout.tokens)


@pytest.mark.parametrize("name", MAY_READ)
def test_the_services_take_each_for_what_its_role_may_do(api: Api, ready: dict[str, str], name: str) -> None:
    answers = {service: api.get(service, path, token=ready[name]).status_code for service, path in READS.items()}
    assert answers == {service: 200 if service in MAY_READ[name] else 403 for service in READS}


def test_curl_takes_one_as_the_readme_says(stack: LocalStack, ready: dict[str, str]) -> None:
    assert ready
    bearer = f"Authorization: Bearer $(deploy/local/token ministry '{stack.layout.data}')"
    line = f"curl -s -o /dev/null -w '%{{http_code}}' -H \"{bearer}\" '{stack.url('reporting')}/position'"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "200", done.stderr
