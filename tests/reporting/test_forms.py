"""The two forms: which days they cover, when they are due, what is written over them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.forms import Centre, Snb2, Sp12, Unit
from shared.buddhist_calendar import Month
from shared.files.written import written_name
from tests.reporting.given import an_id

UNIT = Unit(an_id(1), "ชุมชนวารีสมานคุณ", "24")
months = st.builds(Month, st.integers(1941, 2399), st.integers(1, 12))


@given(months)
def test_sp12_forms_cover_every_day_once_and_are_due_on_their_last_day(month: Month) -> None:
    first, last = Sp12(UNIT, month).service_dates
    assert (first.day, last.day) == (26, 25)
    assert (Month.of(last), Sp12(UNIT, month).due_on) == (month, last)
    if month != Month(2399, 12):
        assert (Sp12(UNIT, month.plus(1)).service_dates[0] - last).days == 1


@given(months)
def test_snb2_forms_cover_their_month_and_are_due_on_the_5th_of_the_next(month: Month) -> None:
    form = Snb2("24", month)
    assert form.service_dates == (month.first_day, month.last_day)
    assert form.due_on.day == 5
    assert 0 < (form.due_on - month.last_day).days <= 5


def test_sp12_of_january_begins_in_the_year_before() -> None:
    assert Sp12(UNIT, Month(2021, 1)).service_dates == (date(2020, 12, 26), date(2021, 1, 25))


def test_sp12_is_titled_line_by_line_with_thai_numerals() -> None:
    assert Sp12(UNIT, Month(2021, 6)).title(1234) == (
        "แบบรายงานผลการช่วยเหลือแรงงานนอกระบบ แรงงานสูงอายุ และแรงงานคนพิการ",
        "ของศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน)",
        "หน่วยบริการชุมชนชุมชนวารีสมานคุณ",
        "ประจำเดือน มิถุนายน พ.ศ. ๒๕๖๔ จำนวน ๑๒๓๔ คน",
    )


def test_sp12_names_the_centre_and_snb2_the_province_alone() -> None:
    centre = Centre(an_id(2), "ศูนย์ประสานงานแรงงานนอกระบบบางปะกง")
    assert Sp12(UNIT, Month(2021, 6)).title(0, centre)[1] == "ของศูนย์ประสานงานแรงงานนอกระบบบางปะกง"
    assert Snb2("24", Month(2021, 6)).title(0, centre) == Snb2("24", Month(2021, 6)).title(0)


def test_a_unit_that_bears_the_word_in_its_name_is_not_called_so_twice() -> None:
    named = Unit(an_id(1), "หน่วยบริการชุมชนบ้านคลองนิยม", "24")
    assert Sp12(named, Month(2021, 6)).title(0)[2] == "หน่วยบริการชุมชนบ้านคลองนิยม"


def test_snb2_names_the_plan_of_the_fiscal_year() -> None:
    assert Snb2("24", Month(2021, 10)).title(0) == (
        "แบบรายงานผลการช่วยเหลือแรงงานนอกระบบ แรงงานสูงอายุ และแรงงานคนพิการ",
        "ภายใต้แผนปฏิบัติการส่งเสริม คุ้มครอง และการพัฒนาแรงงานนอกระบบฯ ประจำปี ๒๕๖๕",
        "จังหวัดฉะเชิงเทรา",
        "ประจำเดือน ตุลาคม พ.ศ. ๒๕๖๔ จำนวน ๐ คน",
    )


def test_bangkok_is_not_called_a_province() -> None:
    assert Snb2("10", Month(2021, 10)).title(0)[2] == "กรุงเทพมหานคร"


@pytest.mark.parametrize(
    ("title", "written"), [("นางสาว", "นางสาวสมใจ ใจดี"), ("ว่าที่ ร.ต.", "ว่าที่ ร.ต.สมใจ ใจดี"), (None, "สมใจ ใจดี")]
)
def test_a_name_is_written_as_thai_writes_it(title: str | None, written: str) -> None:
    assert written_name(title, "สมใจ", "ใจดี") == written
