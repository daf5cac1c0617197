"""แบบ สนบ.๑: projects against their targets, the funnel below, and how it is written on paper."""

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.due import OFFICIAL
from services.reporting.figures import CaseCounts
from services.reporting.files.snb1 import paper
from services.reporting.snb1 import HEADINGS, Done, Progress, october, percent, snb1, title
from shared.buddhist_calendar import Month, fiscal_year, fiscal_year_bounds
from shared.files.ours import MARK

MAY = Month(2021, 5)
PROGRESS = Progress(
    done={"ส่งเสริมอาชีพ": Done(4, 3, 12, 9), "ประกันสังคม ม.40": Done(0, 0, 2, 2)},
    done_in_all=Done(4, 3, 14, 10),
    targets={"ส่งเสริมอาชีพ": 6, "พัฒนาฝีมือ": 50},
    cases=CaseCounts(reported=40, screened=30, eligible=20, referred=18, helped=12),
    volunteers=2,
)


def test_a_row_for_every_project_with_a_target_or_with_help() -> None:
    found = snb1("24", MAY, PROGRESS, due_days=OFFICIAL)
    assert found["rows"] == [
        {
            "no": 1, "project_name": "ประกันสังคม ม.40", "target": None, "assistances": 0, "persons": 0,
            "assistances_since_october": 2, "persons_since_october": 2, "percent": None,
        },
        {
            "no": 2, "project_name": "พัฒนาฝีมือ", "target": 50, "assistances": 0, "persons": 0,
            "assistances_since_october": 0, "persons_since_october": 0, "percent": 0,
        },
        {
            "no": 3, "project_name": "ส่งเสริมอาชีพ", "target": 6, "assistances": 4, "persons": 3,
            "assistances_since_october": 12, "persons_since_october": 9, "percent": 150,
        },
    ]  # fmt: skip
    assert all(tuple(row) == HEADINGS for row in found["rows"])
    assert found["sum"] == {
        "target": 56,
        "assistances": 4,
        "persons": 3,
        "assistances_since_october": 14,
        "persons_since_october": 10,
    }


def test_the_funnel_stands_below_with_its_targets() -> None:
    found = snb1("24", MAY, PROGRESS, due_days=OFFICIAL)
    assert found["funnel"] == {
        "volunteers": 2,
        "target_reported": 60,
        "reported": 40,
        "screened": 30,
        "eligible": 20,
        "target_referred": 18,
        "referred": 18,
        "helped": 12,
        "target_helped": 5,
    }
    assert (found["fiscal_year"], found["due_on"], found["form"], found["view"]) == (2564, "2021-06-05", "snb1", "live")
    assert found["title"].endswith("ประจำปี ๒๕๖๔ จังหวัดฉะเชิงเทรา ประจำเดือน พฤษภาคม พ.ศ. ๒๕๖๔")


@given(st.builds(Month, st.integers(1942, 2398), st.integers(1, 12)))
def test_a_year_begins_in_its_october(month: Month) -> None:
    assert october(month) == fiscal_year_bounds(fiscal_year(month.first_day))[0]


def test_october_begins_the_next_fiscal_year() -> None:
    assert snb1("24", Month(2021, 10), PROGRESS, due_days=OFFICIAL)["fiscal_year"] == 2565


def test_the_paper_says_everything_and_that_the_layout_is_ours() -> None:
    found = paper(snb1("24", MAY, PROGRESS, due_days=OFFICIAL), title=title("24", MAY))
    projects, funnel = found.sections
    assert projects.rows[2] == ("๓", "ส่งเสริมอาชีพ", "๖", "๔", "๓", "๑๒", "๙", "๑๕๐")
    assert projects.rows[0] == ("๑", "ประกันสังคม ม.40", "-", "๐", "๐", "๒", "๒", "-")
    assert projects.rows[-1] == ("", "รวม", "๕๖", "๔", "๓", "๑๔", "๑๐", "-")
    assert [row[2:] for row in funnel.rows] == [
        ("๖๐", "๔๐", "๖๖"),
        ("-", "๓๐", "-"),
        ("-", "๒๐", "-"),
        ("๑๘", "๑๘", "๑๐๐"),
        ("๕", "๑๒", "๒๔๐"),
    ]
    assert (found.corner, found.notes[0]) == ("แบบ สนบ.๑", MARK)
    for section in found.sections:
        assert all(len(row) == len(section.columns) for row in section.rows)
    widths = [column.width_mm for column in projects.columns]
    assert sum(widths) == 180
    assert [column.width_mm for column in funnel.columns] == widths[: len(funnel.columns)]


def test_a_province_where_nothing_was_done_has_a_form_as_well() -> None:
    nothing = Progress({}, Done(), {}, CaseCounts(), 0)
    content = snb1("10", MAY, nothing, due_days=OFFICIAL)
    assert content["rows"] == []
    assert paper(content, title=title("10", MAY)).sections[0].rows == [("", "รวม", "๐", "๐", "๐", "๐", "๐", "-")]


@given(st.integers(0, 10**9), st.integers(1, 10**7))
def test_the_target_is_reached_exactly_from_one_hundred_on(persons: int, target: int) -> None:
    found = percent(persons, target)
    assert found is not None
    assert (found >= 100) == (persons >= target)
    assert percent(persons, None) is percent(persons, 0) is None
