"""Survey sheets over HTTP on the real PostgreSQL: what becomes of rows, good and bad, and what is answered. What happens when
something breaks has a file of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.intake.running import Intake, running_intake
from tests.intake.survey import FIRST, faults, results, row, sent
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


async def test_good_rows_become_needs_and_bad_ones_are_named(intake: Intake) -> None:
    answer = await sent(intake, [row(1), row(2, citizen_id="1970100000012"), row(3, consent=None), row(4)])
    assert results(answer) == ["accepted", "refused", "refused", "accepted"]
    assert faults(answer) == [("citizen_id", "invalid_citizen_id"), ("consent", "consent_required")]
    assert [one["row"] for one in answer["rows"]] == [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
    assert (answer["accepted"], answer["matched"], answer["refused"]) == (2, 0, 2)
    case = await intake.case(answer["rows"][0]["case_id"])
    assert case["citizen"]["last_name"] == "ใจดี1"
