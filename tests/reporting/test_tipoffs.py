"""Summaries of tip-offs: which belong to whom, how far they came, and that nobody is named."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain import fold
from services.reporting.case_status import LastWords
from services.reporting.files.tipoffs import KINDS as WRITTEN_KINDS
from services.reporting.files.tipoffs import STATE_WORDS, paper
from services.reporting.projection import PROJECTION
from services.reporting.tipoffs import HEADINGS, KINDS, STATES, TipoffCount, summary, title
from shared.buddhist_calendar import Month
from shared.events.codes import Agency, Decision, NeedKind, ReferralStatus
from shared.events.contract import Event
from shared.events.kinds import DEFAULTS
from shared.files.ours import MARK
from tests.reporting.given import World

MAY = Month(2021, 5)
REPORTED = LastWords(False, None, None, None, None)
HELPED = LastWords(False, "eligible", 1, "done", 1)
COUNTS = [
    TipoffCount("2404", "tipoff_foreign_worker", HELPED, 2),
    TipoffCount("2404", "tipoff_job_scam", REPORTED, 3),
    TipoffCount("2404", "tipoff_job_scam", HELPED, 1),
    TipoffCount("1001", "tipoff_job_scam", REPORTED, 1),
]


def test_every_kind_of_tip_off_has_the_department_that_takes_it() -> None:
    assert {kind: agency for agency, kinds in KINDS.items() for kind in kinds} == {
        kind: DEFAULTS[kind].agency for kind in NeedKind if kind.tipoff
    }


def test_statuses_are_those_that_intake_tells() -> None:
    assert set(STATE_WORDS) == {state.value for state in STATES}
    assert set(WRITTEN_KINDS) == {kind.value for kinds in KINDS.values() for kind in kinds}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_case_stands_here_where_it_stands_with_intake(seed: int, order: int) -> None:
    records = World(seed, 25).arrivals(order)
    rows = {name: {key[0]: row for key, row in puts.items()} for name, puts in PROJECTION.fold(records).puts.items()}
    told: dict[str, list[Event]] = defaultdict(list)
    for record in records:
        told[str(record.stream)].append(record.event)
    for case_id, need in rows["needs"].items():
        decision, referral = rows.get("decisions", {}).get(case_id, {}), rows.get("referrals", {}).get(case_id, {})
        words = LastWords(
            need["withdrawn"],
            decision.get("decision"),
            decision.get("round"),
            referral.get("status"),
            referral.get("round"),
        )
        assert words.status.value == fold(told[case_id]).status.value


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (REPORTED, "reported"),
        (LastWords(False, "needs_information", 1, None, None), "reported"),
        (LastWords(False, "eligible", 1, None, None), "screened"),
        (LastWords(False, None, 1, "declined", 1), "declined"),
        (LastWords(False, "needs_information", 2, "returned", 1), "returned"),
        (LastWords(False, "eligible", 2, "declined", 1), "screened"),
        (LastWords(False, "not_eligible", 2, "declined", 1), "closed"),
        (LastWords(False, "eligible", 2, "accepted", 2), "accepted"),
        (LastWords(True, "eligible", 1, "done", 1), "withdrawn"),
    ],
)
def test_the_last_round_counts(words: LastWords, expected: str) -> None:
    assert words.status == expected


def test_districts_come_in_order_with_every_state_and_the_sums_with_every_kind() -> None:
    found = summary(Agency.DOE, MAY, None, COUNTS)
    zero: dict[str, Any] = dict.fromkeys((state.value for state in STATES), 0)
    assert found["rows"] == [
        {
            "province": "10", "province_name": "กรุงเทพมหานคร", "district": "1001", "district_name": "เขตพระนคร",
            "kind": "tipoff_job_scam", "total": 1, **zero, "reported": 1,
        },
        {
            "province": "24", "province_name": "ฉะเชิงเทรา", "district": "2404", "district_name": "บางปะกง",
            "kind": "tipoff_job_scam", "total": 4, **zero, "reported": 3, "helped": 1,
        },
        {
            "province": "24", "province_name": "ฉะเชิงเทรา", "district": "2404", "district_name": "บางปะกง",
            "kind": "tipoff_foreign_worker", "total": 2, **zero, "helped": 2,
        },
    ]  # fmt: skip
    assert all(tuple(row) == HEADINGS for row in found["rows"])
    assert found["by_kind"] == [
        {"kind": "tipoff_job_scam", "total": 5, **zero, "reported": 4, "helped": 1},
        {"kind": "tipoff_foreign_worker", "total": 2, **zero, "helped": 2},
    ]
    assert found["sum"] == {"total": 7, **zero, "reported": 4, "helped": 3}
    assert (found["report"], found["agency"], found["period"], found["province"]) == ("doe-tipoffs", "DOE", "2021-05", None)


def test_a_month_without_tip_offs_is_told_as_well() -> None:
    found = summary(Agency.DLPW, MAY, ["24"], [])
    assert found["rows"] == []
    assert [(row["kind"], row["total"]) for row in found["by_kind"]] == [(kind.value, 0) for kind in KINDS[Agency.DLPW]]
    assert found["title"].endswith("จังหวัดฉะเชิงเทรา ประจำเดือน พฤษภาคม พ.ศ. ๒๕๖๔ จำนวน ๐ เรื่อง")


def test_the_paper_has_a_table_for_each_province_and_says_that_it_is_ours() -> None:
    content = summary(Agency.DOE, MAY, None, COUNTS)
    found = paper(content, title=title(Agency.DOE, MAY, None, 7))
    assert [section.heading for section in found.sections] == ["กรุงเทพมหานคร", "จังหวัดฉะเชิงเทรา", "รวม"]
    assert found.sections[1].rows[0][:4] == ("บางปะกง", "หลอกลวงคนหางาน", "๔", "๓")
    assert found.sections[2].rows[-1][:4] == ("รวมทั้งสิ้น", "", "๗", "๔")
    assert found.notes[0] == MARK
    assert found.title[1:3] == ("เสนอกรมการจัดหางาน", "ทั่วประเทศ")
    for section in found.sections:
        assert all(len(row) == len(section.columns) for row in section.rows)
        assert sum(column.width_mm for column in section.columns) == 267


@given(
    st.lists(
        st.builds(
            TipoffCount,
            st.sampled_from(["2404", "2401", "9001"]),
            st.sampled_from([kind.value for kind in KINDS[Agency.DLPW]]),
            st.builds(
                LastWords,
                st.booleans(),
                st.none() | st.sampled_from([decision.value for decision in Decision]),
                st.integers(1, 3),
                st.none() | st.sampled_from([status.value for status in ReferralStatus]),
                st.integers(1, 3),
            ),
            st.integers(1, 9),
        ),
        max_size=30,
    )
)
def test_every_sum_adds_up(counts: list[TipoffCount]) -> None:
    found = summary(Agency.DLPW, MAY, None, counts)
    for name in ("total", *(state.value for state in STATES)):
        assert sum(row[name] for row in found["rows"]) == sum(row[name] for row in found["by_kind"]) == found["sum"][name]
    assert found["sum"]["total"] == sum(count.cases for count in counts)
    assert all(sum(row[state.value] for state in STATES) == row["total"] for row in found["rows"])
