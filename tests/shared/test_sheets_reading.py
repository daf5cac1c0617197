"""The same rows come out of a table whatever its format, its spelling and the order of its columns."""

from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.buddhist_calendar import thai_digits
from shared.sheets.columns import Column
from shared.sheets.headings import PASSED_OVER, letters, plain, recognised
from tests.shared.tables import COLUMNS, NAMES, ROW, VALUES, as_csv, as_ods, as_xlsx, refusal, taken

SAMPLES = Path(__file__).parent / "samples"
"""Written by LibreOffice as of Excel 97."""
EXCEL = [
    1970100000011,
    "สมใจ",
    "สวัสดิการ",
    240402,
    5,
    2510,
    812345678,
    date(2564, 5, 25),
    datetime(2021, 5, 25, 14, 30),  # noqa: DTZ001 a cell has no zone
    True,
    "ก",
]
"""The same row as numbers and days, one of them by mistake in a Buddhist year."""


def spelt(cell: str, how: Random) -> str:
    """As somebody else might have typed it."""
    changes = {
        "1970100000011": ["1-9701-00000-01-1", "1 9701 00000 01 1"],
        "welfare": ["สวัสดิการ", "Welfare"],
        "2021-05-25": ["25/5/2564", "25 พ.ค. 2564", "25 พฤษภาคม 2564", "2564-05-25"],
        "2021-05-25T14:30:00+07:00": ["25/5/2564 14:30", "25/05/2564 เวลา 14.30 น."],
        "1967": ["2510"],
        "ใช่": ["TRUE", "ยินยอม", "✓"],
    }
    chosen = how.choice([cell, *changes.get(cell, [])])
    # A name's or a word's digits are part of it, an instant's are read by machines.
    return thai_digits(chosen) if how.random() < 0.3 and "T" not in chosen else f"{' ' * how.randrange(2)}{chosen}\u00a0"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp874", "utf-16"]),
)
def test_order_spelling_delimiter_and_encoding_make_no_difference(
    tmp_path: Path, how: Random, delimiter: str, encoding: str
) -> None:
    order = how.sample(range(len(COLUMNS)), len(COLUMNS))
    headings = [how.choice([COLUMNS[at].name.upper(), f"{how.choice(COLUMNS[at].headings)} *"]) for at in order]
    # The tick is in no Thai code page.
    rows = [[spelt(ROW[at], how).replace("✓", "ใช่") for at in order] for _ in range(3)]
    found = taken(tmp_path / "sent", as_csv([headings, *rows], delimiter=delimiter, encoding=encoding))
    assert [(row.number, row.values) for row in found] == [(number, VALUES) for number in (2, 3, 4)]


@pytest.mark.parametrize("make", [as_csv, as_xlsx, as_ods])
def test_every_format_says_the_same(make: object, tmp_path: Path) -> None:
    assert callable(make)
    found = taken(tmp_path / "named.wrongly.pdf", make([NAMES, ROW, [""] * len(NAMES), ROW]))
    assert [(row.number, row.values, row.faults) for row in found] == [(2, VALUES, []), (4, VALUES, [])]


def test_numbers_and_days_of_a_spreadsheet_are_what_was_meant(tmp_path: Path) -> None:
    assert [row.values for row in taken(tmp_path / "sent", as_xlsx([NAMES, EXCEL]))] == [VALUES]


def test_an_old_workbook_is_read_too(tmp_path: Path) -> None:
    assert [(row.number, row.values) for row in taken(tmp_path / "sent", (SAMPLES / "people.xls").read_bytes())] == [
        (2, VALUES),
        (3, VALUES),
    ]


def test_the_first_sheet_that_can_be_seen_counts(tmp_path: Path) -> None:
    for content in (as_xlsx([NAMES, ROW], hidden_first=True), (SAMPLES / "behind_hidden.xls").read_bytes()):
        assert [row.values for row in taken(tmp_path / "sent", content)] == [VALUES]


def test_rows_are_numbered_as_the_sheet_shows_them(tmp_path: Path) -> None:
    assert [row.number for row in taken(tmp_path / "sent", as_xlsx([[], [], NAMES, ROW, [], ROW]))] == [4, 6]
    assert [row.number for row in taken(tmp_path / "sent", as_csv([NAMES, ROW, [], [""] * 3, ROW]))] == [2, 5]


@pytest.mark.parametrize("above", [1, 5])
@pytest.mark.parametrize("make", [as_csv, as_xlsx, as_ods])
def test_a_title_above_the_headings_is_passed_over(make: object, above: int, tmp_path: Path) -> None:
    assert callable(make)
    titles = [["แบบสำรวจความต้องการ; ประจำปี 2564", "ชื่อ", "ความต้องการ"]] * above
    found = taken(tmp_path / "sent", make([[""], *titles, [""], NAMES, ROW]))
    assert [(row.number, row.values) for row in found] == [(above + 4, VALUES)]


def test_headings_too_far_down_or_without_what_is_required_are_not_found(tmp_path: Path) -> None:
    missing = "wrong_columns"
    assert list(refusal(tmp_path / "sent", as_csv([*[["แบบสำรวจ"]] * 6, NAMES, ROW]))) == [missing]
    assert refusal(tmp_path / "sent", as_csv([["แบบสำรวจ"], [*NAMES[2:], "ก"], ROW])) == {
        missing: "these columns are missing: citizen_id, first_name"
    }


def test_a_semicolon_is_found_below_a_title_with_commas(tmp_path: Path) -> None:
    lines = ["แบบสำรวจ, จังหวัดฉะเชิงเทรา, ปี 2564", ";".join(NAMES), ";".join(ROW)]
    assert [row.values for row in taken(tmp_path / "sent", "\n".join(lines).encode())] == [VALUES]


def test_text_that_begins_with_an_equals_sign_is_text(tmp_path: Path) -> None:
    row = [*ROW[:-1], "=1+1"]
    for content in (as_csv([NAMES, row]), as_xlsx([NAMES, row]), as_ods([NAMES, row])):
        assert taken(tmp_path / "sent", content)[0].values["detail"] == "=1+1"


@pytest.mark.parametrize(
    "content",
    [
        as_xlsx([NAMES, ROW], formula='="สม"&"ใจ"'),
        as_ods([NAMES, ROW], formula='table:formula="of:=1"'),
        (SAMPLES / "formula.xls").read_bytes(),
    ],
    ids=["xlsx", "ods", "xls"],
)
def test_a_table_with_formulas_is_refused(content: bytes, tmp_path: Path) -> None:
    assert list(refusal(tmp_path / "sent", content)) == ["formula_in_file"]


def test_a_file_of_another_form_says_which_columns_are_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "sent", as_csv([["ก", "kind"], ["1", "2"]])) == {
        "wrong_columns": "these columns are missing: citizen_id, first_name"
    }


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "sent", as_csv([[*NAMES, "ชื่อ"], ROW])) == {
        "wrong_columns": "these columns are there twice: first_name"
    }


def test_an_unknown_column_is_named_by_its_place_and_not_by_what_stands_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "sent", as_csv([[*NAMES, "สมใจ ใจดี"], ROW])) == {
        "unknown_column": "nothing is known of the columns L"
    }


def test_what_is_about_the_sheet_is_passed_over(tmp_path: Path) -> None:
    headings = ["ลำดับที่", *NAMES, "", *PASSED_OVER[:2]]
    found = taken(tmp_path / "sent", as_csv([headings, ["1", *ROW, "จด", "ไม่ได้นำเข้า", "ชื่อ: ต้องกรอก"]]))
    assert [(row.values, row.faults) for row in found] == [(VALUES, [])]


def test_a_comma_too_many_is_a_fault(tmp_path: Path) -> None:
    row = ",".join(ROW) + ",ข"
    assert taken(tmp_path / "sent", f"{','.join(NAMES)}\n{row}\n".encode())[0].faults == [("detail", "invalid")]


def test_a_cell_far_too_long_is_not_handed_on(tmp_path: Path) -> None:
    found = taken(tmp_path / "sent", as_csv([NAMES, [*ROW[:-1], "ก" * 10_001]]))[0]
    assert found.faults == [("detail", "too_long")]
    assert "detail" not in found.values


@pytest.mark.parametrize("make", [as_csv, as_xlsx, as_ods])
def test_a_table_without_rows_is_refused(make: object, tmp_path: Path) -> None:
    assert callable(make)
    assert list(refusal(tmp_path / "sent", make([NAMES]))) == ["no_rows"]


def test_as_many_rows_are_taken_as_are_allowed(tmp_path: Path) -> None:
    assert len(taken(tmp_path / "sent", as_csv([NAMES, *[ROW] * 7, []]), most=7)) == 7
    assert list(refusal(tmp_path / "sent", as_csv([NAMES, *[ROW] * 8]), most=7)) == ["too_many_rows"]


@pytest.mark.parametrize(
    "heading",
    ["เลขบัตรประชาชน ๑๓ หลัก *", "เลขบัตรประชาชน\n13 หลัก", "เลขบัตร\u200bประชาชน\u00a013หลัก", "Citizen ID", " CITIZEN_ID* "],
)
def test_a_heading_is_known_however_it_is_set(heading: str) -> None:
    rest = [name for name in NAMES if name != "citizen_id"]
    assert recognised(COLUMNS, [heading, *rest])[0] is COLUMNS[0]


def test_no_two_columns_of_a_table_share_a_heading() -> None:
    clash = (Column("a", ("ชื่อ",)), Column("b", ("นามสกุล",)))
    assert recognised(clash, ["นามสกุล", "ชื่อ"]) == [clash[1], clash[0]]
    assert plain("ชื่ำ") == plain("ชื่ํา"), "sara am may be typed as two signs"


def test_columns_are_named_as_spreadsheets_do() -> None:
    assert [letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
