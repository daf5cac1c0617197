"""The 13-digit ID: the official examples, what the check digit catches, and what is found in free text."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.citizen_id import IdClass, check_digit, contains_valid_id, id_class, is_valid, normalise, warnings

TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
VALID = ("1970100000011", "3972200000126", "5973300001008", "1970133450309", "3970259879751", "0097049645320")

test_ids = st.from_regex(r"[0-9]97[0-9]{9}", fullmatch=True).map(lambda twelve: twelve + check_digit(twelve))


@pytest.mark.parametrize("number", VALID)
def test_a_number_with_its_check_digit_is_valid(number: str) -> None:
    assert is_valid(number)


@pytest.mark.parametrize(
    "number",
    ["1970133450308", "1970133453009", "197013345030", "19701334503099", "", "1970133450๓0x", "197013345030A", "²970133450309"],
)
def test_a_wrong_digit_a_swap_and_a_wrong_length_are_not(number: str) -> None:
    assert not is_valid(number)


@pytest.mark.parametrize(
    "written", ["1-9701-00000-01-1", "1 9701 00000 01 1", "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑", "1970100000011\u200b", "1–9701–00000–01–1"]
)
def test_thai_digits_dashes_and_spaces_are_the_same_number(written: str) -> None:
    assert normalise(written) == "1970100000011"
    assert is_valid(written)


@given(test_ids, st.integers(0, 12), st.integers(1, 9))
def test_a_wrong_third_digit_is_never_caught_and_most_others_are(number: str, at: int, by: int) -> None:
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    if at == 2:
        assert is_valid(wrong)
    elif at == 12:
        assert not is_valid(wrong)


@given(test_ids)
def test_normalising_twice_changes_nothing_more(number: str) -> None:
    written = "-".join((number[0], number[1:5], number[5:10], number[10:12], number[12])).translate(TO_THAI)
    assert normalise(written) == normalise(normalise(written)) == number


@given(st.text(max_size=40))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert is_valid(text) <= contains_valid_id(text)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1970100000011", IdClass.THAI),
        ("5973300001008", IdClass.THAI),
        ("6" + "970100000019"[:11] + "0", IdClass.ALIEN),
        ("0097049645320", IdClass.UNREGISTERED),
        ("9970100000018", IdClass.UNEXPECTED),
    ],
)
def test_the_first_digit_tells_the_class(number: str, expected: IdClass) -> None:
    assert id_class(number) is expected


def with_office(office: str) -> str:
    twelve = f"1{office}0000001"
    return twelve + check_digit(twelve)


def test_a_registrar_that_is_no_district_is_warned_of_and_still_valid() -> None:
    assert warnings("1970100000011") == ["unknown_district"]
    assert is_valid("1970100000011")


@pytest.mark.parametrize("office", ["2404", "1001", "3801"])
def test_a_district_of_today_is_not_warned_of(office: str) -> None:
    assert warnings(with_office(office)) == []


def test_a_migrant_workers_number_has_no_office_to_warn_of() -> None:
    assert warnings("0097049645320") == []


def test_a_number_that_begins_with_nine_is_warned_of() -> None:
    assert "unexpected_class" in warnings("9970100000018")


@pytest.mark.parametrize(
    "text",
    [
        "โครงการของ 1970100000011",
        "โครงการ๑๙๗๐๑๐๐๐๐๐๐๑๑ปี ๒๕๖๔",
        "ช่วย 1-9701-00000-01-1 แล้ว",
        "ช่วย ๑ ๙๗๐๑ ๐๐๐๐๐ ๐๑ ๑ แล้ว",
        "ปี 2564 1970100000011",
        "1970100000011 2564",
        "1.9701.00000.01.1",
        "id=1970100000011;",
        "00001970100000011",
    ],
)
def test_an_id_in_free_text_is_found(text: str) -> None:
    assert contains_valid_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "โครงการฝึกอาชีพ ปี ๒๕๖๔", "โทร. 081-234-5678", "7-25 พ.ค. 2564 งบ 1,000,000 บาท", "1970100000012", "197010000001 บ 1"],
)
def test_text_without_an_id_is_left_alone(text: str) -> None:
    assert not contains_valid_id(text)


@given(
    test_ids,
    st.text(alphabet="กขคabc ()", max_size=10),
    st.text(alphabet="กขคabc ()", max_size=10),
    st.sampled_from(["", "-", " "]),
)
def test_an_id_is_found_wherever_it_stands(number: str, before: str, after: str, between: str) -> None:
    assume(is_valid(number))
    assert contains_valid_id(f"{before}{between.join(number)}{after}")
    assert contains_valid_id(f"{before}{between.join(number.translate(TO_THAI))}{after}")
