"""From events to the rows of lists and figures."""

from datetime import date

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain import close_unit, relieve, renew
from services.registry.projection import PROJECTION
from shared.events.contract import Event
from shared.ids import derived_id
from shared.projection import Rows
from shared.sealed import Sealed
from tests.registry.given import BOX, UNIT, VOLUNTEER, appointed, only, only_unit, opened, recorded


def history() -> list[Event]:
    """Two volunteers, one renewed after a gap and relieved, and a unit that was closed."""
    one, other = appointed(), appointed(derived_id(VOLUNTEER, "other"), area_code="200102", village_no=4)
    renewed = only(renew(one, date(2015, 1, 15), order_no="3/2558"))
    relieved = only(relieve(renewed, date(2016, 1, 1), words=BOX))
    unit = opened()
    return [one, unit, other, renewed, only_unit(close_unit(unit, date(2022, 1, 1), words=None)), relieved]


def folded(rows: Rows) -> dict[str, dict[tuple[object, ...], dict[str, object]]]:
    return {table: dict(of_table) for table, of_table in rows.puts.items()}


def test_a_volunteers_row_is_its_newest_event() -> None:
    row = folded(PROJECTION.fold(recorded(history())))["volunteers"][(str(VOLUNTEER),)]
    assert Sealed.model_validate(orjson.loads(str(row.pop("person")))) == BOX
    assert {
        "relieved_on": "2016-01-01",
        "term_starts_on": "2015-01-15",
        "order_no": "3/2558",
        "version": 3,
    }.items() <= row.items()
    assert "first_name" not in row


def test_every_term_has_a_row() -> None:
    terms = folded(PROJECTION.fold(recorded(history())))["volunteer_terms"]
    of_one = {key[1]: row["ends_on"] for key, row in terms.items() if key[0] == str(VOLUNTEER)}
    assert of_one == {"2011-10-01": "2014-09-30", "2015-01-15": "2018-01-14"}


def test_a_closed_unit_keeps_its_row_with_the_day() -> None:
    row = folded(PROJECTION.fold(recorded(history())))["service_units"][(str(UNIT),)]
    assert (row["opened_on"], row["closed_on"], row["area_code"]) == ("2021-05-07", "2022-01-01", "240409")


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.booleans())
def test_the_rows_are_the_same_for_every_batch_size(sizes: list[int], repeated: bool) -> None:
    records = recorded(history())
    together = Rows()
    start = 0
    for size in [*sizes, len(records)]:
        part = records[0 if repeated else start : start + size]
        for table in PROJECTION.tables:
            for row in PROJECTION.fold(part).puts.get(table.name, {}).values():
                together.put(table, row)
        start += size
    assert folded(together) == folded(PROJECTION.fold(records))
