"""The codes of Thailand's places, and how each is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import places


def test_there_are_77_provinces_928_districts_and_7436_subdistricts() -> None:
    assert len(places.PROVINCES) == 77
    assert sum(len(places.districts_of(code)) for code in places.PROVINCES) == 928
    assert sum(len(places.subdistricts_of(code)) for code in places.PROVINCES) == 7436


def test_chonburi_has_92_subdistricts_and_chachoengsao_93() -> None:
    assert len(places.subdistricts_of("20")) == 92
    assert len(places.subdistricts_of("24")) == 93


def test_the_edition_of_the_data_is_known() -> None:
    assert places.DATA_VERSION == "2026.10.23"


def test_a_place_has_its_thai_and_its_english_name() -> None:
    found = places.subdistrict("240409")
    assert found == places.Place("240409", "พิมพา", "Phimpha")
    assert found.province == "24"


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("20", "จังหวัดชลบุรี"),
        ("2404", "อำเภอบางปะกง"),
        ("240601", "ตำบลเกาะขนุน"),
        ("10", "กรุงเทพมหานคร"),
        ("1001", "เขตพระนคร"),
        ("100101", "แขวงพระบรมมหาราชวัง"),
    ],
)
def test_a_place_is_written_as_its_kind_is_written(code: str, written: str) -> None:
    assert places.label(code) == written


@pytest.mark.parametrize("code", ["99", "2499", "249999", "", "2", "24040", "๒๔", "24 ", "2404090"])
def test_what_is_no_code_is_no_place(code: str) -> None:
    assert places.province(code) is None
    assert places.district(code) is None
    assert places.subdistrict(code) is None
    assert places.subdistricts_of(code) == ()
    with pytest.raises(KeyError):
        places.label(code)


def test_a_code_is_a_place_of_its_own_length_only() -> None:
    assert places.is_province("24")
    assert places.is_district("2404")
    assert places.is_subdistrict("240409")
    assert not places.is_district("24")
    assert not places.is_subdistrict("2404")
    assert not places.is_province("240409")


@given(st.sampled_from(places.PROVINCES))
def test_every_subdistrict_is_in_its_district_and_province(province: str) -> None:
    for code in places.subdistricts_of(province):
        assert places.is_district(code[:4])
        assert places.province_of(code) == province
        assert places.label(code).startswith("แขวง" if province == places.BANGKOK else "ตำบล")


def test_an_abolished_code_still_tells_its_province_and_an_invented_one_does_not() -> None:
    assert not places.is_subdistrict("104701")
    assert places.province_of("104701") == places.BANGKOK
    with pytest.raises(ValueError, match="province"):
        places.province_of("970101")


def test_an_abolished_district_was_a_district_and_97_never_was() -> None:
    assert places.was_ever_district("2404")
    assert not places.was_ever_district("9701")
