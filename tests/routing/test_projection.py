"""The rows behind the list of referrals: the same for every batch size, the newest event of each referral."""

from typing import Any

import orjson
import pytest

from services.routing import domain
from services.routing.projection import PROJECTION, REFERRALS
from shared.events.codes import Agency, NeedKind
from shared.events.contract import Event
from shared.projection.tables import Key, Row
from shared.store import Recorded
from tests.routing.given import (
    ASSISTANCE,
    BOX,
    NEED,
    RECORDED_AT,
    WORDS,
    given,
    helping,
    referral_id,
    referred,
)
from tests.screening.given import need, screened, withdrawn
from tests.support.kafka_records import recorded as record

FIRST, SECOND = referred(), referred(NEED, 2, agency=Agency.PLO)
HELPED = domain.record_assistance(SECOND, helping(), assistance_id=ASSISTANCE, at=RECORDED_AT)
CASE = given(FIRST, *domain.decline(FIRST, words=WORDS), SECOND, *HELPED)
LIFE: list[Event] = [
    FIRST,
    *domain.decline(FIRST, words=WORDS),
    SECOND,
    *HELPED,
    *domain.void(CASE, CASE.assistances[ASSISTANCE], reason=WORDS),
    *domain.give_back(domain.fold(domain.accept(SECOND)).referrals[SECOND.referral_id], words=WORDS),
]


def records(events: list[Event]) -> list[Recorded]:
    return [record(event, version=number, position=number) for number, event in enumerate(events, start=1)]


def projected(found: list[Recorded], batch: int = 100) -> dict[Key, Row]:
    """As the engine writes it: the newer version of a key stays."""
    there: dict[Key, Row] = {}
    for start in range(0, len(found), batch):
        rows = PROJECTION.fold(found[start : start + batch])
        assert not rows.patches
        for key, row in rows.puts.get(REFERRALS.name, {}).items():
            assert set(row) == set(REFERRALS.columns)
            if key not in there or there[key]["version"] < row["version"]:
                there[key] = row
    return there


@pytest.mark.parametrize("events", range(1, len(LIFE) + 1))
@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_the_rows_are_the_same_for_every_batch_size(events: int, batch: int) -> None:
    assert projected(records(LIFE[:events]), batch) == projected(records(LIFE[:events]))


@pytest.mark.parametrize("events", range(1, len(LIFE) + 1))
def test_each_row_is_its_referral_as_the_case_itself_says(events: int) -> None:
    rows = projected(records(LIFE[:events]))
    case = domain.fold(LIFE[:events])
    assert {row["referral_id"]: row["status"] for row in rows.values()} == {
        str(found): referral.status.value for found, referral in case.referrals.items()
    }


def test_a_row_holds_what_the_list_shows_and_the_person_sealed() -> None:
    (row,) = projected(records([FIRST])).values()
    as_said: dict[str, Any] = orjson.loads(FIRST.to_json())
    assert row == {
        **{column: as_said[column] for column in REFERRALS.columns if column not in ("version", "person")},
        "version": 1,
        "person": orjson.dumps(BOX.model_dump(mode="json")).decode(),
    }


def test_a_tip_off_has_no_person_and_what_others_said_leaves_no_row() -> None:
    tipoff = need(kind=NeedKind.TIPOFF_JOB_SCAM)
    (row,) = projected(records([tipoff, screened(tipoff), referred(tipoff), withdrawn(tipoff)])).values()
    assert (row["person"], row["worker_type"], row["unit_id"]) == (None, None, None)
    assert row["referral_id"] == str(referral_id(tipoff))
