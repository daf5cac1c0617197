"""Targets, sums and shapes of the figures; what is counted is asked of the real tables elsewhere."""

import pytest

from services.reporting.figures import CaseCounts, HelpCount, Helped, funnel, progress, targets, totals
from shared.events.codes import AssistanceType, NeedKind, WorkerType


@pytest.mark.parametrize(
    ("volunteers", "expected"),
    [(92, (2760, 828, 248)), (7255, (217650, 65295, 19588)), (0, (0, 0, 0)), (1, (30, 9, 2)), (93, (2790, 837, 251))],
)
def test_targets_are_thirty_each_then_thirty_percent_twice_rounded_down(volunteers: int, expected: tuple[int, int, int]) -> None:
    assert targets(volunteers) == expected


def test_the_nations_targets_come_from_its_own_number_of_volunteers() -> None:
    found = funnel(2564, {"20": 1, "24": 3}, {"20": CaseCounts(5, 4, 3, 2, 1), "24": CaseCounts(1)}, shown=["24"])
    assert found["by_province"] == [
        {
            "province": "24",
            "volunteers": 3,
            "target_reported": 90,
            "reported": 1,
            "screened": 0,
            "eligible": 0,
            "target_referred": 27,
            "referred": 0,
            "helped": 0,
            "target_helped": 8,
        }
    ]
    national = found["national"]
    assert [national[name] for name in ("volunteers", "reported", "screened", "eligible", "referred", "helped")] == [
        4,
        6,
        4,
        3,
        2,
        1,
    ]
    assert national["target_helped"] == 10  # not 8 and 2 of the provinces, rounded down each


def test_totals_add_up_by_every_code() -> None:
    counts = [
        HelpCount("24", "promote", "informal", named=True, in_database=True, assistances=3),
        HelpCount("24", "protect", "elderly", named=True, in_database=False, assistances=2),
        HelpCount("24", "protect", None, named=False, in_database=False, assistances=1),
        HelpCount("20", "develop", "disabled", named=True, in_database=True, assistances=4),
    ]
    found = totals("2021-05", Helped(counts, {"24": 4, "20": 4, None: 7}), shown=["24"])
    (province,) = found["by_province"]
    assert (province["assistances"], province["persons"]) == (6, 4)
    assert sum(province["by_assistance_type"].values()) == 6
    assert sum(province["by_worker_type"].values()) == province["in_database"] + province["not_in_database"] == 5
    assert (found["national"]["assistances"], found["national"]["persons"]) == (10, 7)
    assert list(found["national"]["by_assistance_type"]) == [code.value for code in AssistanceType]
    assert list(found["national"]["by_worker_type"]) == [code.value for code in WorkerType]


def test_progress_shows_every_kind_of_need_but_no_tip_off() -> None:
    found = progress({"welfare": CaseCounts(3, 2, 2, 1, 1), "job_domestic": CaseCounts(1, 1, 0, 0, 0)})
    assert (found["target"], found["reported"], found["screened"], found["referred"], found["helped"]) == (30, 4, 3, 1, 1)
    assert {kind: n for kind, n in found["by_kind"].items() if n} == {"welfare": 3, "job_domestic": 1}
    assert set(found["by_kind"]) == {kind.value for kind in NeedKind if not kind.tipoff}
