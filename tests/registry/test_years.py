"""Volunteers' years: reminders, renewals by order, coverage by district, the pay list on paper."""

from datetime import date
from typing import Any

import pytest

from services.registry import domain as volunteers
from services.registry.coverage import coverage
from services.registry.views import KnownVillage, Serving
from services.registry.years import domain, pay_list
from shared.errors import RefusedError
from shared.files.ours import MARK
from shared.places import PROVINCES, districts_of, subdistricts_of
from tests.registry.given import AREA, BOX, appointed, only

ORDER = "9/2557"
RENEWED_ON = date(2014, 9, 1)


@pytest.mark.parametrize(("days_left", "step"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (366, None)])
def test_the_smallest_step_that_was_reached_reminds(days_left: int, step: int | None) -> None:
    assert domain.reminder(days_left) == step


def test_one_order_renews_nobody_twice() -> None:
    renewed = only(domain.renew_by_order(appointed(), RENEWED_ON, order_no=ORDER))
    assert (renewed.term_ends_on, renewed.order_no) == (date(2017, 9, 30), ORDER)
    with pytest.raises(RefusedError) as refused:
        domain.renew_by_order(renewed, RENEWED_ON, order_no=ORDER)
    assert refused.value.code == "already_renewed"
    assert only(domain.renew_by_order(renewed, RENEWED_ON, order_no="10/2557")).term_ends_on == date(2020, 9, 30)
    # The order of an appointment may be that of a renewal, too: it has renewed nobody yet.
    assert domain.renew_by_order(appointed(order_no=ORDER), RENEWED_ON, order_no=ORDER)


def test_who_is_relieved_or_not_yet_appointed_is_not_renewed() -> None:
    gone = only(volunteers.relieve(appointed(), date(2012, 1, 1), words=BOX))
    for volunteer, day, code in ((gone, RENEWED_ON, "wrong_state"), (appointed(), date(2011, 9, 30), "invalid")):
        with pytest.raises(RefusedError) as refused:
            domain.renew_by_order(volunteer, day, order_no=ORDER)
        assert refused.value.code == code


def test_districts_add_up_to_their_province() -> None:
    for province in PROVINCES:
        found = coverage(province, [], [])
        assert [district.district_code for district in found.districts] == list(districts_of(province))
        assert found.districts_without_any == list(districts_of(province))
        assert sum(district.subdistricts_total for district in found.districts) == found.subdistricts_total
        assert [area for district in found.districts for area in district.uncovered] == list(subdistricts_of(province))


def test_a_district_counts_its_own_and_knows_the_villages_that_were_named() -> None:
    serving = [Serving("subdistrict", AREA, 2), Serving("village", "200102", 1), Serving("district", "2002", 1)]
    villages = [KnownVillage("200101", 1, served=False), KnownVillage("200102", 3, served=True)]
    found = coverage("20", serving, villages)
    first, second, *others = found.districts
    assert (first.volunteers_active, first.subdistricts_covered, second.volunteers_active) == (3, 1, 1)
    assert AREA not in first.uncovered
    assert [village.model_dump() for village in first.villages_with_volunteer] == [{"area_code": "200102", "village_no": 3}]
    assert [village.model_dump() for village in first.villages_without_volunteer] == [{"area_code": "200101", "village_no": 1}]
    assert second.villages_with_volunteer == second.villages_without_volunteer == []
    assert second.name.startswith("อำเภอ")
    assert found.districts_without_any == [district.district_code for district in others]
    assert found.volunteers_active == sum(district.volunteers_active for district in found.districts) == 4


def payee(number: int, **changed: Any) -> dict[str, Any]:
    person = {"name": f"นายที่{number} ใจดี", "citizen_id": "1970100000011"}
    return {"card_no": f"20-2554-00000{number}", "area_code": AREA, **person, **changed}


def test_a_pay_list_names_everybody_leaves_room_to_sign_and_has_its_sum() -> None:
    rows = pay_list.named_rows([payee(1), payee(2, name=None, citizen_id=None)])
    content = {"month": "2011-10", "province": "20", "rows": rows, "volunteers": 2, "total_baht": 1200}
    paper = pay_list.named_paper(content)
    assert paper.title == (
        "บัญชีรายชื่อผู้รับเงินค่าตอบแทนอาสาสมัครแรงงานระดับตำบล",
        "สำนักงานแรงงานจังหวัดชลบุรี",
        "ประจำเดือน ตุลาคม พ.ศ. ๒๕๕๔ จำนวน ๒ คน",
    )
    assert [list(row) for row in paper.sections[0].rows] == [
        ["๑", "นายที่1 ใจดี", "๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑", "ตำบลบางปลาสร้อย", "๖๐๐", ""],
        ["๒", "-", "-", "ตำบลบางปลาสร้อย", "๖๐๐", ""],
        ["", "รวมทั้งสิ้น", "", "", "๑,๒๐๐", ""],
    ]
    assert (paper.signed, paper.signer, paper.notes[0]) == (True, "ผู้จ่ายเงิน", MARK)
    assert sum(column.width_mm for column in paper.sections[0].columns) == 180


def test_sums_of_provinces_name_nobody() -> None:
    items = [{"province": "20", "volunteers": 2, "amount_baht": 1200}, {"province": "24", "volunteers": 1, "amount_baht": 600}]
    content = {"month": "2011-10", "rows": pay_list.sum_rows(items), "volunteers": 3, "total_baht": 1800}
    (section,) = pay_list.sums_paper(content).sections
    assert [list(row) for row in section.rows] == [
        ["๑", "จังหวัดชลบุรี", "๒", "๑,๒๐๐"],
        ["๒", "จังหวัดฉะเชิงเทรา", "๑", "๖๐๐"],
        ["", "รวมทั้งสิ้น", "๓", "๑,๘๐๐"],
    ]
    empty = pay_list.sums_paper(content | {"rows": [], "volunteers": 0, "total_baht": 0})
    assert empty.rows == 0
