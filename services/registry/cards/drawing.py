"""What stands on a volunteer's ID card, in words that are ready to be set, and where it must be made smaller to fit. Done in a
printing process; the layout is in `templates/card.typ`, and ours: no official one is known."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import segno

from shared import places
from shared.buddhist_calendar import thai_date, thai_digits
from shared.events.codes import Level
from shared.files.fitting import MM_PER_EM, in_lines, lines, pieces
from shared.files.paper import Typeset
from shared.files.written import NO_NAME

TEMPLATE = ("services.registry.cards", "templates/card.typ")
LEVELS = {
    Level.VILLAGE: "หมู่บ้าน",
    Level.SUBDISTRICT: "ตำบล",
    Level.MUNICIPALITY: "เทศบาล",
    Level.DISTRICT: "อำเภอ",
}
DUTIES = ("ชี้เป้า", "คัดกรอง", "ส่งต่อ")
CARRY = ("ผู้ถือบัตรต้องพกบัตรนี้ติดตัว", "และแสดงบัตรทุกครั้งที่ปฏิบัติหน้าที่")
PT_OF_ESTIMATE = 11
"""`fitting` measures in this size."""
LINE_EM = 1.4
NAME_MM, AREA_MM, OFFICE_MM = (54.0, 10.0), (33.0, 12.0), (76.0, 4.6)
"""Width and height of what may be long; as in the template."""
NAME_PT, AREA_PT, OFFICE_PT = (11, 10, 9, 8, 7, 6, 5, 4), (8, 7, 6, 5), (8.5, 8, 7, 6)


def sheet(content: Mapping[str, Any]) -> Typeset:
    """Ten on a page of A4 with cut marks, their backs on the next, mirrored for a printer that turns pages at the long edge."""
    return _typeset(content, sheet=True)


def single(content: Mapping[str, Any]) -> Typeset:
    """One card: front and back, each a page of its size."""
    return _typeset(content, sheet=False)


def _typeset(content: Mapping[str, Any], *, sheet: bool) -> Typeset:
    return Typeset(TEMPLATE, {"sheet": sheet, "cards": [_card(card) for card in content["cards"]]})


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    """`card`: what the card's facts are, with `name` and `address`."""
    office = office_of(card["province"])
    return {
        "ministry": _fitted(f"กระทรวงแรงงาน · {office}", OFFICE_MM, OFFICE_PT),
        "name": _fitted(card["name"] or NO_NAME, NAME_MM, NAME_PT),
        "level": f"อาสาสมัครแรงงานระดับ{LEVELS[Level(card['level'])]}",
        "area": _fitted(area_of(card["area_code"], card["village_no"]), AREA_MM, AREA_PT),
        "card_no": card["card_no"],
        "issue": "" if card["issue"] == 1 else f"ออกให้ครั้งที่ {thai_digits(card['issue'])}",
        "valid_until": thai_date(date.fromisoformat(card["valid_until"])),
        "code": _code(card["address"]),
        "duties": DUTIES,
        "carry": CARRY,
        "found": f"ผู้ใดเก็บบัตรนี้ได้ โปรดส่งคืน{office}",
    }


def office_of(province: str) -> str:
    """สำนักงานแรงงานจังหวัดชลบุรี; in Bangkok สำนักงานแรงงานกรุงเทพมหานคร."""
    return f"สำนักงานแรงงาน{places.label(province)}"


def area_of(area_code: str, village_no: int | None) -> str:
    """From the village up: หมู่ที่ ๓ ตำบลท่าสะอ้าน อำเภอบางปะกง จังหวัดฉะเชิงเทรา."""
    parts = [places.label(area_code[:length]) for length in range(len(area_code), 0, -2)]
    return " ".join(parts if village_no is None else [f"หมู่ที่ {thai_digits(village_no)}", *parts])


def _fitted(text: str, room: tuple[float, float], sizes: Sequence[float]) -> dict[str, Any]:
    """In the largest of the sizes in which it fits, else in the smallest, where the template cuts it off."""
    width, height = room
    for size in sizes:
        estimated = width * PT_OF_ESTIMATE / size
        shown = in_lines(text, estimated)
        if lines(shown, estimated) * LINE_EM * MM_PER_EM * size / PT_OF_ESTIMATE <= height:
            break
    return {"size": size, "text": pieces(shown, estimated)}


def _code(address: str) -> str:
    """As SVG; the white around it is the card's."""
    code = segno.make_qr(address, error="m")
    drawn: str = code.svg_inline(border=0, omitsize=True)
    return drawn
