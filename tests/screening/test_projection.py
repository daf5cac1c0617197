"""The rows behind the queue: the same for every batch size, and for every order between what was said and heard."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.screening.domain import Status, fold
from services.screening.projection import NEEDS, PROJECTION, STANDINGS
from shared.events.codes import Agency, Decision, NeedKind
from shared.events.contract import Event
from shared.projection import Table
from shared.projection.tables import Key, Row
from shared.store import Recorded
from tests.screening.given import PERSON, declined, need, reopened, returned, screened, withdrawn
from tests.support.kafka_records import recorded

NEED = need(village_no=3)
TIPOFF = need(PERSON, kind=NeedKind.TIPOFF_JOB_SCAM)
LIFE: list[Event] = [
    NEED,
    screened(NEED, Decision.NEEDS_INFORMATION),
    screened(NEED),
    declined(NEED),
    reopened(declined(NEED)),
    screened(NEED, Decision.NEEDS_INFORMATION, 2),
    screened(NEED, Decision.ELIGIBLE, 2, agency=Agency.PLO),
    returned(NEED, 2, Agency.PLO),
    reopened(returned(NEED, 2, Agency.PLO)),
    withdrawn(NEED),
    TIPOFF,
    screened(TIPOFF, automatic=True),
]


def records(events: Sequence[Event]) -> list[Recorded]:
    """One store's rows: positions in the order given, versions per source and stream."""
    versions: dict[tuple[Any, str], int] = {}
    found = []
    for position, event in enumerate(events, start=1):
        stream = (event.stream, event.OWNER)
        versions[stream] = versions.get(stream, 0) + 1
        found.append(recorded(event, version=versions[stream], position=position))
    return found


class Tables:
    """The read tables in memory, written as the engine writes them: puts, of which the newer version stays, then patches."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Row]] = {table.name: {} for table in PROJECTION.tables}

    def take(self, batch: list[Recorded]) -> None:
        rows = PROJECTION.fold(batch)
        for table in PROJECTION.tables:
            self._put(table, rows.puts.get(table.name, {}))
        for (name, _), patches in rows.patches.items():
            for key, values in patches.items():
                if key in self.rows[name]:
                    self.rows[name][key] = {**self.rows[name][key], **values}

    def _put(self, table: Table, puts: dict[Key, Row]) -> None:
        there = self.rows[table.name]
        for key, row in puts.items():
            assert set(row) == set(table.columns)
            if key not in there or there[key][table.version] < row[table.version]:
                there[key] = row


def projected(events: Sequence[Event], batch: int = 1000) -> dict[str, dict[Key, Row]]:
    tables, found = Tables(), records(events)
    for start in range(0, len(found), batch):
        tables.take(found[start : start + batch])
    return tables.rows


def queued(rows: dict[str, dict[Key, Row]], case: Event = NEED) -> dict[str, bool] | None:
    """What the view says of a case, None when it is not in the queue."""
    key = (str(case.stream),)
    of_need, standing = rows[NEEDS.name].get(key), rows[STANDINGS.name].get(key, {"undecided": True})
    if of_need is None or of_need["withdrawn"] or of_need["settled"] or not standing["undecided"]:
        return None
    return {"needs_information": standing.get("needs_information", False), "reopened": standing.get("reopened", False)}


@pytest.mark.parametrize("batch", range(1, len(LIFE) + 1))
@pytest.mark.parametrize("events", range(1, len(LIFE) + 1))
def test_the_rows_are_the_same_for_every_batch_size(events: int, batch: int) -> None:
    assert projected(LIFE[:events], batch) == projected(LIFE[:events], 1)


@pytest.mark.parametrize("events", range(1, len(LIFE) + 1))
def test_the_queue_says_what_the_case_itself_says(events: int) -> None:
    lived = LIFE[:events]
    case = fold(event for event in lived if event.stream == NEED.stream)
    waits = case.status in (Status.REPORTED, Status.NEEDS_INFORMATION, Status.REOPENED)
    expected = {"needs_information": case.needs_information, "reopened": case.reopened} if waits else None
    assert queued(projected(lived)) == expected


def test_a_tip_off_is_never_seen_in_the_queue() -> None:
    assert queued(projected([TIPOFF, screened(TIPOFF, automatic=True)]), TIPOFF) is None


@for_all(turn=st.permutations([0, 0, 1, 1, 1, 1, 1, 1]), batch=st.integers(1, 8), own=st.integers(0, 6), taken_back=st.booleans())
def test_the_queue_is_the_same_in_every_order_between_what_was_said_and_heard(
    turn: list[int], batch: int, own: int, taken_back: bool
) -> None:
    """Also in orders that cannot be, such as a decision before its need."""
    heard: list[Event] = [NEED, withdrawn(NEED)] if taken_back else [NEED]
    said = [event for event in LIFE if event.OWNER == "screening" and event.stream == NEED.stream][:own]
    left = {0: iter(heard), 1: iter(said)}
    order = [event for source in turn if (event := next(left[source], None)) is not None]
    assert queued(projected(order, batch)) == queued(projected([*heard, *said]))


def test_an_older_record_that_comes_late_changes_nothing() -> None:
    first, second = records([screened(NEED, Decision.NEEDS_INFORMATION), screened(NEED)])
    tables = Tables()
    tables.take([second])
    tables.take([first._replace(position=3)])
    assert tables.rows[STANDINGS.name][(str(NEED.case_id),)]["undecided"] is False
