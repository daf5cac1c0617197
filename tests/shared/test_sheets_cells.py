"""What is meant by what people write into the cells of a sheet."""

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.buddhist_calendar import thai_date, thai_date_short, thai_digits
from shared.sheets.cells import Cell, is_empty, reader, shown
from shared.sheets.columns import Column, Kind
from shared.sheets.days import Order, day_in, moment_in, order_of

DAYS = st.dates(date(1941, 1, 1), date(2200, 1, 1))


def read(kind: Kind, cell: Cell) -> Any:
    return reader(Column("x", (), kind, choices={"welfare": "สวัสดิการ"}, synonyms={"สวัสดิการแรงงาน": "welfare"}))(cell)


@pytest.mark.parametrize("cell", [None, "", " ", "\u00a0\u200b", "-", " – ", "—"])
@pytest.mark.parametrize("kind", Kind)
def test_a_cell_with_nothing_or_a_dash_is_a_field_that_was_not_given(kind: Kind, cell: Cell) -> None:
    assert read(kind, cell) is None


@pytest.mark.parametrize(
    "cell", ["1970100000011", "1-9701-00000-01-1", "๑ ๙๗๐๑ ๐๐๐๐๐ ๐๑ ๑", "\u200b1970100000011 ", 1970100000011, 1970100000011.0]
)
def test_an_id_is_thirteen_digits_however_it_was_typed_or_kept(cell: Cell) -> None:
    assert read(Kind.CITIZEN_ID, cell) == "1970100000011"


def test_an_id_that_was_kept_as_a_number_gets_its_zeros_back_if_it_is_one_then() -> None:
    assert read(Kind.CITIZEN_ID, 97049645320) == "0097049645320"
    assert read(Kind.CITIZEN_ID, 97049645321) == "97049645321"
    assert read(Kind.CITIZEN_ID, "97049645320") == "97049645320", "what was typed as text is what was meant"


@pytest.mark.parametrize("text", ["1.9701E+12", "AA1234567", "12345", "๑๒๓"])
def test_what_is_no_id_stays_as_it_was_given(text: str) -> None:
    assert read(Kind.CITIZEN_ID, text) == text


@pytest.mark.parametrize(
    "cell", ["240402", "๒๔๐๔๐๒", 240402, 240402.0, "240402 ท่าสะอ้าน", "240402 ตำบลท่าสะอ้าน อำเภอบางปะกง", "240402-ท่าสะอ้าน"]
)
def test_a_place_is_its_code_with_or_without_its_name(cell: Cell) -> None:
    assert read(Kind.AREA, cell) == "240402"


@pytest.mark.parametrize("text", ["2404 02", "ท่าสะอ้าน", "240402 หมู่ 5"])
def test_a_place_is_not_guessed_at(text: str) -> None:
    assert read(Kind.AREA, text) == text


@pytest.mark.parametrize(
    ("cell", "phone"), [(812345678, "0812345678"), (38511234.0, "038511234"), ("๐๘๑-๒๓๔ ๕๖๗๘", "081-234 5678")]
)
def test_a_phone_gets_its_zero_back(cell: Cell, phone: str) -> None:
    assert read(Kind.PHONE, cell) == phone


@pytest.mark.parametrize("cell", ["5", "๕", "หมู่ที่ 5", "หมู่ 5", "ม.5", 5, 5.0, "5.0"])
def test_a_village_is_its_number(cell: Cell) -> None:
    assert read(Kind.WHOLE, cell) == 5


@pytest.mark.parametrize("cell", ["ห้า", "5.5", 5.5, "5/1", "9" * 12])
def test_what_is_no_whole_number_stays_text(cell: Cell) -> None:
    assert read(Kind.WHOLE, cell) == str(cell)


@pytest.mark.parametrize(
    "cell", ["2510", "๒๕๑๐", "พ.ศ. 2510", "1967", 2510, 1967.0, "25/5/2510", date(1967, 5, 25), date(2510, 5, 25)]
)
def test_a_year_is_one_of_the_common_era_whichever_was_meant(cell: Cell) -> None:
    assert read(Kind.YEAR, cell) == 1967


@pytest.mark.parametrize("cell", ["welfare", "WELFARE", " สวัสดิการ ", "สวัสดิการ\u200b", "สวัสดิการแรงงาน"])
def test_a_choice_is_named_by_code_or_word(cell: Cell) -> None:
    assert read(Kind.CODE, cell) == "welfare"
    assert read(Kind.CODE, "อื่น") == "อื่น"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("ใช่", True), ("✓", True), ("Y", True), (True, True), (1, True), ("ไม่ใช่", False), ("no", False), (0.0, False), ("x", "x")],
)
def test_yes_is_said_in_many_ways_and_a_cross_is_not_one(cell: Cell, value: bool | str) -> None:
    assert read(Kind.YES_NO, cell) == value


@given(DAYS, st.booleans(), st.booleans(), st.sampled_from("/-."))
def test_a_day_is_the_same_in_every_spelling(day: date, buddhist: bool, thai: bool, sign: str) -> None:
    year = day.year + 543 * buddhist
    spellings = [
        f"{year:04}-{day:%m-%d}",
        f"{day.day}{sign}{day.month}{sign}{year}",
        f"{day.day:02}{sign}{day.month:02}{sign}{year}",
    ]
    spellings += [
        thai_date(day),
        thai_date_short(day),
        thai_date_short(day).replace(" ", ""),
        f"วันที่ {thai_date(day)}",
        f"{day:%d %B %Y}",
    ]
    for spelling in spellings:
        assert read(Kind.DAY, thai_digits(spelling) if thai else spelling) == day.isoformat()


@given(DAYS)
def test_a_day_in_a_calendar_of_the_common_era_may_have_a_buddhist_year_by_mistake(day: date) -> None:
    assert read(Kind.DAY, day) == day.isoformat()
    assert read(Kind.DAY, datetime.combine(day, time())) == day.isoformat()
    if (day.month, day.day) != (2, 29):
        assert read(Kind.DAY, day.replace(year=day.year + 543)) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["25-5-64", "25 พ.ค. 64", "31/2/2564", "5/2564", "25/13/2021", "1/1/0000", "พรุ่งนี้", "25/5/25641", "44341"]
)
def test_a_day_is_not_guessed_at(text: str) -> None:
    assert read(Kind.DAY, text) == text


def test_a_leap_day_of_no_year_stays_what_it_is() -> None:
    assert read(Kind.DAY, date(2564, 2, 29)) == "2564-02-29"
    assert read(Kind.DAY, "29/2/2563") == "2020-02-29"


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("25/5/2564", "2021-05-25T00:00:00+07:00"),
        (date(2021, 5, 25), "2021-05-25T00:00:00+07:00"),
        (datetime(2564, 5, 25, 14, 30), "2021-05-25T14:30:00+07:00"),  # noqa: DTZ001 a cell has no zone
        ("๒๕ พ.ค. ๒๕๖๔ เวลา ๑๔.๓๐ น.", "2021-05-25T14:30:00+07:00"),
        ("2021-05-25 14:30", "2021-05-25T14:30:00+07:00"),
        ("2021-05-25T07:30:00.123456Z", "2021-05-25T07:30:00.123456Z"),
        ("2564-05-25T07:30:00Z", "2021-05-25T07:30:00Z"),
        ("2021-05-25T25:00:00Z", "2021-05-25T25:00:00Z"),
    ],
)
def test_a_moment_without_a_zone_is_bangkoks(cell: Cell, moment: str) -> None:
    assert read(Kind.MOMENT, cell) == moment


def test_the_day_of_a_moment_is_the_one_in_bangkok() -> None:
    assert read(Kind.DAY, "2021-05-24T18:00:00Z") == "2021-05-25"


@given(
    st.text(max_size=80) | st.integers() | st.floats() | st.booleans() | st.datetimes() | st.dates() | st.times(),
    st.sampled_from(Kind),
)
def test_any_cell_at_all_is_read_in_every_column_and_shown_the_same_again(cell: Cell, kind: Kind) -> None:
    value = read(kind, cell)
    assert value is None or type(value) in (str, int, bool)
    assert is_empty(cell) <= (value is None)
    assert type(shown(cell)) is str


@given(st.text(alphabet="0123456789๐๕/-. :TZ+พศมกยนที่วันเวลา", max_size=70))
def test_what_looks_like_a_day_has_one_or_none(text: str) -> None:
    day, moment = day_in(text), moment_in(text)
    assert (day is None) == (moment is None)


@given(DAYS, st.booleans(), st.sampled_from("/-."), st.sampled_from(["", " 14:30"]))
def test_a_day_is_never_read_with_its_month_first(day: date, buddhist: bool, between: str, after: str) -> None:
    year = day.year + 543 * buddhist
    typed = between.join((f"{day.month}", f"{day.day}", f"{year}")) + after
    if day.day > 12:
        assert (order_of(typed), day_in(typed), read(Kind.DAY, typed)) == (Order.MONTH_FIRST, None, typed)
    else:
        assert day_in(typed) == date(day.year, day.day, day.month)
        assert order_of(typed) is (Order.PLAIN if day.day == day.month else Order.EITHER)
    turned = between.join((f"{day.day}", f"{day.month}", f"{year}")) + after
    assert order_of(turned) is not Order.MONTH_FIRST


@pytest.mark.parametrize(
    "text", ["", "31/31/2564", "2/30/2564", "5 พ.ค. 2564", "2021-05-04", "4/5/64", "5/25/2564 ก", "5/25/2564" * 9]
)
def test_what_is_no_day_in_any_order_is_in_none(text: str) -> None:
    assert order_of(text) is Order.PLAIN
