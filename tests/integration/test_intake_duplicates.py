"""The same need of the same person in one fiscal year, on the real PostgreSQL: taken, and marked with the first that stands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from services.intake.duplicates import FIRST_LOOK, line
from shared.store import Claim, Store
from tests.intake.running import CITIZEN, NAMED, TIPOFF, Intake, another_api, running_intake, unmarked
from tests.support.servers import PostgresServer
from tests.support.stores import group, new_stream

pytestmark = pytest.mark.integration

TOGETHER = 40


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


def mark(answer: dict[str, Any]) -> tuple[bool, str | None]:
    return answer["duplicate"], answer["duplicate_of"]


async def test_a_second_and_a_third_report_name_the_first(intake: Intake) -> None:
    first, second, third = [await intake.reported() for _ in range(3)]
    assert mark(first) == (False, None)
    assert mark(second) == mark(third) == (True, first["case_id"])
    case = await intake.case(third["case_id"])
    assert (mark(case), case["status"]) == ((True, first["case_id"]), "reported")


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "labour_rights"},
        {"reported_at": "2020-09-30T16:59:59Z"},
        {"citizen": CITIZEN | {"citizen_id": "3972200000126"}},
        {"citizen": CITIZEN | {"id_kind": "other"}},
        {"citizen": CITIZEN | {"id_kind": "none", "citizen_id": None}},
    ],
    ids=["another kind", "another fiscal year", "another person", "another document", "no document"],
)
async def test_what_differs_is_no_duplicate(intake: Intake, changed: dict[str, Any]) -> None:
    await intake.reported()
    assert mark(await intake.reported(**changed)) == (False, None)


async def test_a_fiscal_year_begins_on_the_first_of_october_in_bangkok(intake: Intake) -> None:
    first = await intake.reported(reported_at="2020-09-30T17:00:00Z")
    assert mark(await intake.reported(reported_at="2021-05-10T00:00:00Z")) == (True, first["case_id"])


async def test_people_without_a_document_are_new_each_time(intake: Intake) -> None:
    nameless = CITIZEN | {"id_kind": "none", "citizen_id": None}
    answers = [await intake.reported(citizen=nameless) for _ in range(3)]
    assert unmarked(answers) == [answer["case_id"] for answer in answers]


async def test_tip_offs_are_duplicates_only_of_somebody_named(intake: Intake) -> None:
    assert len(unmarked([await intake.reported(TIPOFF) for _ in range(3)])) == 3
    named = [await intake.reported(TIPOFF, citizen=CITIZEN) for _ in range(2)]
    assert unmarked(named) == [named[0]["case_id"]]


async def test_after_a_withdrawal_the_next_report_is_not_marked(intake: Intake) -> None:
    first = await intake.reported()
    await intake.withdraw(first["case_id"])
    second = await intake.reported()
    assert mark(second) == (False, None)
    assert mark(await intake.reported()) == (True, second["case_id"])


async def test_a_marked_one_is_the_first_when_those_before_it_are_withdrawn(intake: Intake) -> None:
    first, second, third = [await intake.reported() for _ in range(3)]
    await intake.withdraw(first["case_id"])
    assert mark(await intake.reported()) == (True, second["case_id"])
    await intake.withdraw(second["case_id"])
    assert mark(await intake.reported()) == (True, third["case_id"])


async def test_of_many_the_same_at_once_exactly_one_is_not_marked(intake: Intake) -> None:
    answers = await asyncio.gather(*(intake.reported() for _ in range(TOGETHER)))
    (first,) = unmarked(answers)
    assert {answer["duplicate_of"] for answer in answers if answer["duplicate"]} == {first}


async def test_of_ten_the_same_at_once_in_two_processes_exactly_one_is_not_marked(intake: Intake) -> None:
    async with another_api(intake.settings) as other:
        sides = [intake.http, other] * 5
        answers = await asyncio.gather(*(side.post("/needs", json={**NAMED, "reported_at": None}) for side in sides))
    assert [answer.status_code for answer in answers] == [201] * 10
    (first,) = unmarked([answer.json() for answer in answers])
    assert {answer.json()["duplicate_of"] for answer in answers} == {None, first}


async def test_a_withdrawal_at_the_same_moment_is_seen_or_comes_after(intake: Intake) -> None:
    """Whichever was accepted first: a need that comes after the withdrawal is not marked, one that comes before it is."""
    outcomes = set()
    for number in range(20):
        citizen = CITIZEN | {"id_kind": "other", "citizen_id": f"P{number}"}
        first = await intake.reported(citizen=citizen)
        second, gone = await asyncio.gather(intake.reported(citizen=citizen), intake.withdraw(first["case_id"]))
        assert gone.status_code == 200
        streams = await intake.store.load_many([UUID(first["case_id"]), UUID(second["case_id"])])
        (reported,) = streams[UUID(second["case_id"])].records
        withdrawn = streams[UUID(first["case_id"])].records[-1]
        assert mark(second) == ((True, first["case_id"]) if reported.position < withdrawn.position else (False, None))
        outcomes.add(second["duplicate"])
    assert outcomes


async def in_line(store: Store, name: str, count: int) -> list[UUID]:
    """So many empty streams that hold places in a line: as good as needs that stand."""
    found = []
    for number in range(1, count + 1):
        stream = new_stream("intake")
        await store.append(group(stream, claims=[Claim("take", "need", f"{name}:{number}", stream.id)]))
        found.append(stream.id)
    return found


@pytest.mark.parametrize("count", [0, 1, FIRST_LOOK - 1, FIRST_LOOK, FIRST_LOOK + 1, 3 * FIRST_LOOK, 3 * FIRST_LOOK + 1])
async def test_a_line_is_found_to_its_end(intake: Intake, count: int) -> None:
    holders = await in_line(intake.store, "somebody", count)
    found = await line(intake.store, "somebody")
    assert (found.length, found.original and found.original.id) == (count, holders[0] if holders else None)
    assert found.join(new_stream().id).key == f"somebody:{count + 1}"
