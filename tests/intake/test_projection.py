"""Events to the rows behind the list. That the view says the same as the decisions do is tested on the real database."""

from random import Random
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.projection import NEEDS, PROJECTION, ROUTING, SCREENING
from shared.events.codes import Agency, Decision
from shared.events.contract import Event
from shared.events.routing import CaseReferred, ReferralDeclined
from shared.projection import Rows
from shared.store import Recorded
from tests.intake.given import (
    CASE,
    as_recorded,
    heard_in_some_order,
    helped,
    history,
    need,
    referral,
    reopened,
    screened,
    withdrawn,
)

NEED = need()
DECLINED = referral(ReferralDeclined, NEED)
Row = dict[str, Any]


def rows_of(records: list[Recorded], *, batch: int = 1000) -> dict[tuple[str, str], Row]:
    """The tables after these records, as upserts of batches leave them: by table and case."""
    there: dict[tuple[str, str], Row] = {}
    for start in range(0, len(records), batch):
        rows: Rows = PROJECTION.fold(records[start : start + batch])
        assert not rows.patches
        for table, puts in rows.puts.items():
            for row in puts.values():
                place = (table, row["case_id"])
                if place not in there or there[place]["version"] < row["version"]:
                    there[place] = row
    return there


def row(table: str, *events: Event) -> Row | None:
    return rows_of(as_recorded(events)).get((table, str(CASE)))


def word(table: str, *events: Event) -> tuple[int, str] | None:
    found = row(table, *events)
    return None if found is None else (found["round"], found["status"])


def test_a_need_is_one_row_without_the_person() -> None:
    assert row(NEEDS.name, NEED) == {
        "case_id": str(CASE),
        "version": 1,
        "kind": "job_domestic",
        "urgent": False,
        "province": "24",
        "area_code": "240409",
        "village_no": None,
        "volunteer_id": None,
        "unit_id": None,
        "person_ref": str(NEED.person_ref),
        "worker_type": "informal",
        "reported_at": "2021-05-10T02:30:00Z",
        "fiscal_year": 2564,
        "duplicate": False,
        "duplicate_of": None,
        "withdrawn": False,
    }


def test_a_need_taken_back_keeps_its_row() -> None:
    before, after = row(NEEDS.name, NEED), row(NEEDS.name, NEED, withdrawn(NEED))
    assert before is not None
    assert after == before | {"version": 2, "withdrawn": True}


def test_a_question_is_no_word_of_screening() -> None:
    assert word(SCREENING.name, NEED, screened(NEED, Decision.NEEDS_INFORMATION)) is None
    asked_again = [screened(NEED), reopened(DECLINED), screened(NEED, Decision.NEEDS_INFORMATION, 2)]
    assert word(SCREENING.name, NEED, *asked_again) == (1, "declined")


def test_a_later_round_beats_an_earlier_one_heard_after_it() -> None:
    again = referral(CaseReferred, NEED, 2, Agency.PLO)
    records = as_recorded([referral(CaseReferred, NEED), DECLINED, again])
    found = rows_of([records[2], records[0], records[1]])[ROUTING.name, str(CASE)]
    assert (found["round"], found["status"]) == (2, "referred")


def test_help_alone_changes_no_row() -> None:
    assert rows_of(as_recorded([helped(NEED)])) == {}


@for_all(st.randoms(use_true_random=False), st.integers(1, 5))
def test_every_order_and_every_batch_size_gives_the_same_rows(random: Random, batch: int) -> None:
    records = as_recorded(history(random))
    assert rows_of(heard_in_some_order(random, records), batch=batch) == rows_of(records)
