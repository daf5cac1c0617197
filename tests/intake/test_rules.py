"""What is odd about a report and taken all the same."""

from datetime import date

import pytest

from services.intake.rules import warnings
from shared.events.codes import WorkerType

DAY = date(2021, 5, 10)


def test_an_id_of_no_district_is_pointed_out() -> None:
    assert warnings(thai_id="1970100000011", birth_year=None, worker_type=None, day=DAY) == ["unknown_district"]
    assert warnings(thai_id=None, birth_year=None, worker_type=None, day=DAY) == []


@pytest.mark.parametrize(
    ("worker_type", "birth_year", "odd"),
    [
        (WorkerType.ELDERLY, 1961, False),
        (WorkerType.ELDERLY, 1962, True),
        (WorkerType.INFORMAL, 2006, False),
        (WorkerType.INFORMAL, 2007, True),
        (WorkerType.DISABLED, 2020, False),
        (WorkerType.ELDERLY, None, False),
        (None, 2020, False),
    ],
)
def test_an_unlikely_age_is_pointed_out(worker_type: WorkerType | None, birth_year: int | None, odd: bool) -> None:
    found = warnings(thai_id=None, birth_year=birth_year, worker_type=worker_type, day=DAY)
    assert found == (["worker_type_unlikely"] if odd else [])
