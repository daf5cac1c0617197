"""Cards as they are drawn: whatever people are called, every word is on the card, and the code is read as the address."""

import re
from typing import Any

import pypdfium2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local.font import find_fonts
from services.registry.cards import drawing
from shared.files.print import as_pdf
from shared.places import PROVINCES, districts_of, subdistricts_of

HARD = "นางสาวณัฏฐ์ ผู้มีสิทธิ์ที่น้ำปั๊มฎุ"
ADDRESS = "https://songtor.example/cards/verify/" + "A" * 48
SHORT = "https://s.example"
"""Its code is a fourth as large, and as quickly made, where it is not looked at."""


def card(**changed: Any) -> dict[str, Any]:
    facts = {
        "name": HARD,
        "card_no": "20-2554-7F3KQ9",
        "issue": 1,
        "province": "20",
        "level": "subdistrict",
        "area_code": "200101",
    }
    return facts | {"village_no": None, "valid_until": "2014-09-30", "address": ADDRESS} | changed


def pages(*cards: dict[str, Any], sheet: bool = True) -> list[str]:
    drawn = (drawing.sheet if sheet else drawing.single)({"cards": list(cards)})
    with pypdfium2.PdfDocument(as_pdf(drawn, find_fonts())) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


def test_a_card_says_who_serves_where_and_until_when() -> None:
    front, back = pages(card(village_no=3), sheet=False)
    for words in (
        "กระทรวงแรงงาน·สำนักงานแรงงานจังหวัดชลบุรี",
        "บัตรประจำตัวอาสาสมัครแรงงาน",
        HARD.replace(" ", ""),
        "อาสาสมัครแรงงานระดับตำบล",
        "หมู่ที่๓ตำบลบางปลาสร้อยอำเภอเมืองชลบุรีจังหวัดชลบุรี",
        "เลขที่บัตร20-2554-7F3KQ9",
        "ใช้ได้ถึงวันที่๓๐กันยายน๒๕๕๗",
    ):
        assert words in front
    assert "ออกให้ครั้งที่" not in front
    assert "ชี้เป้าคัดกรองส่งต่อ" in back
    assert "ผู้ถือบัตรต้องพกบัตรนี้ติดตัวและแสดงบัตรทุกครั้งที่ปฏิบัติหน้าที่" in back


@pytest.mark.parametrize(("cards", "sheets"), [(1, 1), (10, 1), (11, 2), (20, 2)])
def test_every_front_has_its_back_on_the_next_page(cards: int, sheets: int) -> None:
    found = pages(*(card(name=f"นายที่{number}", address=SHORT) for number in range(cards)))
    assert len(found) == 2 * sheets
    assert [page.count("ใช้ได้ถึงวันที่") for page in found[::2]] == [page.count("ชี้เป้า") for page in found[1::2]]


def test_backs_are_mirrored_for_a_printer_that_turns_pages() -> None:
    drawn = drawing.sheet({"cards": [card(), card(province="24", area_code="240402"), card(province="10", area_code="100101")]})
    with pypdfium2.PdfDocument(as_pdf(drawn, find_fonts())) as document:
        front, back = document
        for office in ("ชลบุรี", "ฉะเชิงเทรา", "กรุงเทพ"):
            left, bottom, right, top = _where(front, f"สำนักงานแรงงาน{'' if office == 'กรุงเทพ' else 'จังหวัด'}{office}")
            other_left, other_bottom, other_right, _ = _where(back, office)
            middle = front.get_width() / 2
            assert ((left + right) / 2 < middle) == ((other_left + other_right) / 2 > middle)
            assert 0 < bottom - other_bottom < top


def _where(page: pypdfium2.PdfPage, words: str) -> tuple[float, float, float, float]:
    """The box of the first of these words, in points."""
    text = page.get_textpage()
    found = text.search(words).get_next()
    assert found is not None, words
    box: tuple[float, float, float, float] = text.get_charbox(found[0])
    return box


@pytest.mark.apart
@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=600))
def test_whatever_somebody_is_called_there_is_a_card(name: str) -> None:
    drawn = drawing.single({"cards": [card(name=name, address=SHORT)]})
    assert as_pdf(drawn, find_fonts()).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["นาย" + "ก" * 60 + " " + "ข" * 60, "W" * 60, "ณัฏฐ์ " * 20, HARD * 3])
def test_a_long_name_is_made_smaller_and_not_cut_off(name: str) -> None:
    (front, _) = pages(card(name=name, address=SHORT), sheet=False)
    assert re.sub(r"\s", "", name) in front


def test_the_longest_places_fit_into_their_room() -> None:
    codes = [code for province in PROVINCES for code in (*districts_of(province), *subdistricts_of(province))]
    longest = max(codes, key=lambda code: len(drawing.area_of(code, 99)))
    found = drawing.sheet({"cards": [card(area_code=longest, village_no=99)]}).data["cards"][0]["area"]
    assert found["size"] > min(drawing.AREA_PT)


def test_the_same_card_gives_the_same_bytes() -> None:
    first, again = [as_pdf(drawing.single({"cards": [card()]}), find_fonts()) for _ in range(2)]
    assert first == again
    assert b"<pdfaid:conformance>A" in first


def test_the_code_is_drawn_sign_by_sign_and_small() -> None:
    alone = ADDRESS.removeprefix("https://songtor.example")
    for address, modules in ((alone, 33), (ADDRESS, 41)):
        code = [[bool(module) for module in row] for row in segno.make_qr(address, error="m").matrix]
        assert len(code) == modules
        assert _seen(card(address=address), modules) == code


def _seen(one: dict[str, Any], modules: int) -> list[list[bool]]:
    """Which squares of the code on the front are dark, as a reader sees them; where it is, the template says."""
    scale, mm = 10, 72 / 25.4
    left, top, size = 63.1 * mm * scale, 28.4 * mm * scale, 18.5 * mm * scale
    with pypdfium2.PdfDocument(as_pdf(drawing.single({"cards": [one]}), find_fonts())) as document:
        picture = document[0].render(scale=scale, grayscale=True)
        dots, stride = bytes(picture.buffer), picture.stride

    def at(number: int) -> float:
        return size * (number + 0.5) / modules

    return [
        [dots[int(top + at(row)) * stride + int(left + at(column))] < 128 for column in range(modules)] for row in range(modules)
    ]
