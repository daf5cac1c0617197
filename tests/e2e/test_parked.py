"""Garbage on the topics of the running stack: put aside with its reason, with what follows of its key behind it, until somebody
drops it; everybody else goes on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import LiteralString

import psycopg
import pytest
from confluent_kafka import Producer

from deploy.local.waiting import wait_until
from tests.support.api_client import FOLLOW_SECONDS, Api, problem_of
from tests.support.local_stack import LocalStack
from tests.support.stack_contents import records

AREA = "720101"
TOPIC = "intake.needs"
HEARING = ("registry", "screening", "routing", "reporting")
_OPEN: LiteralString = """
SELECT "offset", partition, key, state, reason, tries FROM parked
WHERE topic = %s AND state IN ('parked', 'retry') ORDER BY parked_at, "offset"
"""


@dataclass(frozen=True)
class Row:
    """What is open in `parked`."""

    offset: int
    partition: int
    key: str | None
    state: str
    reason: str
    tries: int


def command(stack: LocalStack, service: str, *arguments: str) -> str:
    return stack.command("service", service, *arguments)


def parked(stack: LocalStack, service: str) -> list[Row]:
    with psycopg.connect(stack.file.databases[service], autocommit=True) as connection:
        return [Row(*row) for row in connection.execute(_OPEN, [TOPIC]).fetchall()]


def produce(stack: LocalStack, key: str | None, value: bytes, headers: dict[str, bytes]) -> None:
    """As somebody's careless program would; to the partition where the key belongs."""
    settings = stack.file.broker().for_confluent()
    producer = Producer(settings | {"partitioner": "murmur2_random"})
    producer.produce(TOPIC, value=value, key=key, headers=list(headers.items()))
    assert producer.flush(FOLLOW_SECONDS) == 0


@pytest.fixture
def clean(stack: LocalStack) -> Iterator[LocalStack]:
    """Nothing is left parked, whatever becomes of the test."""
    yield stack
    for service in HEARING:
        if parked(stack, service):
            command(stack, service, "parked", "drop", "--all")


def until_parked(stack: LocalStack, service: str, reasons: Mapping[str | None, list[str]]) -> list[Row]:
    """`reasons` by key, in the order of their offsets."""
    seen: list[Row] = []

    def there() -> bool:
        seen[:] = parked(stack, service)
        return {key: [row.reason for row in seen if row.key == key] for key in {row.key for row in seen}} == reasons

    assert wait_until(there, FOLLOW_SECONDS), (service, seen)
    return seen


@pytest.mark.slow
def test_garbage_is_put_aside_with_what_follows_it_until_it_is_dropped(clean: LocalStack, api: Api) -> None:
    stack = clean
    poisoned, other, untouched = (api.report(AREA)["case_id"] for _ in range(3))
    for case_id in (poisoned, other, untouched):
        assert api.shown("screening", f"/cases/{case_id}")["status"] == "reported"
    good = {
        name: value
        for record in records(stack.file.broker(), TOPIC)
        if record.key == other.encode()
        for name, value in record.headers
    }
    produce(stack, poisoned, b"{}", {})
    produce(stack, other, b"{}", good | {"ce_type": b"NeedVanished", "ce_streamversion": b"2"})
    for case_id in (poisoned, other, untouched):
        api.do("intake", f"/needs/{case_id}/withdraw", {"reason": "ได้งานแล้ว"})

    expected: dict[str | None, list[str]] = {poisoned: ["bad_headers", "behind"], other: ["unknown_type", "behind"]}
    for service in HEARING:
        rows = until_parked(stack, service, expected)
        assert {(row.state, row.tries) for row in rows} == {("parked", 0)}
    listed = command(stack, "screening", "parked", "list").splitlines()
    shown = [
        f"{TOPIC} {row.partition}:{row.offset} key={row.key} parked {row.reason} tries=0" for row in parked(stack, "screening")
    ]
    assert listed == [*shown, "4 records"]
    assert wait_until(lambda: status(api, untouched) == "withdrawn", FOLLOW_SECONDS)
    assert [status(api, case_id) for case_id in (poisoned, other)] == ["reported", "reported"]
    disagreed = stack.run("reconcile", "--wait", "0")
    assert disagreed.returncode == 1
    assert "screening has 4 parked records" in disagreed.stdout

    _trying_again_changes_nothing(stack, expected)
    for service in HEARING:
        _drop(stack, service, poisoned)
        until_parked(stack, service, {other: expected[other]})
    assert wait_until(lambda: status(api, poisoned) == "withdrawn", FOLLOW_SECONDS)
    assert status(api, other) == "reported"
    problem_of(api.post("screening", f"/cases/{poisoned}/decision", {"decision": "eligible"}), 409, "wrong_state")

    for service in HEARING:
        _drop(stack, service, other)
        until_parked(stack, service, {})
    assert wait_until(lambda: status(api, other) == "withdrawn", FOLLOW_SECONDS)
    assert stack.command("reconcile").endswith("✓ all agree\n")


def status(api: Api, case_id: str) -> str:
    found: str = api.shown("screening", f"/cases/{case_id}")["status"]
    return found


def _trying_again_changes_nothing(stack: LocalStack, expected: Mapping[str | None, list[str]]) -> None:
    """Garbage stays garbage, and nobody passes it: with the ear that hears one by one, and with the one that hears in bulk."""
    for service in ("screening", "reporting"):
        assert "4 records marked: retry" in command(stack, service, "parked", "retry", "--topic", TOPIC)
        assert wait_until(partial(_tried, stack, service), FOLLOW_SECONDS), parked(stack, service)
        until_parked(stack, service, expected)


def _tried(stack: LocalStack, service: str) -> bool:
    return [row.tries for row in parked(stack, service) if row.reason != "behind"] == [1, 1]


def _drop(stack: LocalStack, service: str, key: str) -> None:
    (garbage,) = [row for row in parked(stack, service) if row.key == key and row.reason != "behind"]
    place = f"{garbage.partition}:{garbage.offset}"
    assert "1 records marked: dropped" in command(stack, service, "parked", "drop", "--topic", TOPIC, "--at", place)


def test_a_record_without_a_key_stands_in_nobodys_way(clean: LocalStack, api: Api) -> None:
    stack = clean
    produce(stack, None, b"\x00\xff not even text \xf0", {"ce_id": b"\xff\xfe"})
    for service in HEARING:
        until_parked(stack, service, {None: ["bad_headers"]})
    cases = [api.report(AREA, "tipoff_unfair_labour")["case_id"] for _ in range(8)]  # in all partitions
    for case_id in cases:
        assert api.referral(case_id)["agency"] == "DLPW"
    for service in HEARING:
        assert "1 records marked: dropped" in command(stack, service, "parked", "drop", "--all")
        until_parked(stack, service, {})


def test_dropping_everything_must_be_said_aloud(stack: LocalStack) -> None:
    done = stack.run("service", "screening", "parked", "drop")
    assert done.returncode == 2
    assert "--all" in done.stderr
