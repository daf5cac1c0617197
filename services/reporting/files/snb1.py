"""แบบ สนบ.๑ on paper. Its official layout is not public: this one is ours, and marked so."""

from collections.abc import Mapping
from typing import Any

from shared.buddhist_calendar import thai_digits
from shared.files.ours import MARK
from shared.files.paper import Column, Paper, Section

_IN_MONTH, _SINCE_OCTOBER = "ผลในเดือน", "ผลสะสมตั้งแต่ตุลาคม"
COLUMNS = (
    Column("ลำดับที่", 14, "center", kind="digits"),
    Column("ชื่อแผนงาน/โครงการ/กิจกรรม", 58),
    Column("เป้าหมาย\n(คน)", 20, "center"),
    Column("ครั้ง", 16, "center", under=_IN_MONTH),
    Column("คน", 16, "center", under=_IN_MONTH),
    Column("ครั้ง", 18, "center", under=_SINCE_OCTOBER),
    Column("คน", 18, "center", under=_SINCE_OCTOBER),
    Column("ร้อยละของ\nเป้าหมาย", 20, "center"),
)
# As wide as the first columns above: on a sheet both tables stand in the same ones.
FUNNEL_COLUMNS = (
    Column("ลำดับที่", 14, "center", kind="digits"),
    Column("ขั้นตอน", 58),
    Column("เป้าหมายทั้งปี", 20, "center"),
    Column("ผลสะสม", 16, "center"),
    Column("ร้อยละ", 16, "center"),
)
_STEPS = (
    ("รวบรวมความต้องการ (คนละ ๓๐ ราย)", "target_reported", "reported"),
    ("คัดกรองแล้ว", None, "screened"),
    ("อยู่ในเกณฑ์ช่วยเหลือ", None, "eligible"),
    ("ส่งต่อหน่วยงาน (ร้อยละ ๓๐)", "target_referred", "referred"),
    ("ได้รับการช่วยเหลือ (ร้อยละ ๓๐)", "target_helped", "helped"),
)
NOTES = (
    MARK,
    "เป้าหมายและร้อยละนับเป็นคน คนที่ได้รับการช่วยเหลือหลายครั้งในโครงการเดียวกันนับเป็นหนึ่งคน ส่วนครั้งนับทุกครั้งที่ช่วยเหลือ",
    "ผลสะสมนับตั้งแต่วันที่ ๑ ตุลาคม ถึงวันสิ้นเดือนที่รายงาน ขั้นตอนนับเรื่องที่แจ้งในช่วงเดียวกันตามสถานะล่าสุด",
)
_NONE = "-"


def paper(content: Mapping[str, Any], *, title: tuple[str, ...]) -> Paper:
    """`title`: that of the form, line by line."""
    return Paper(
        corner="แบบ สนบ.๑",
        title=title,
        sections=(Section(COLUMNS, _projects(content)), _funnel(content["funnel"])),
        notes=NOTES,
        signed=True,
    )


def _projects(content: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows = [(thai_digits(row["no"]), row["project_name"], *_counts(row)) for row in content["rows"]]
    return [*rows, ("", "รวม", *_counts(content["sum"]))]


def _counts(row: Mapping[str, Any]) -> tuple[str, ...]:
    counted = ("target", "assistances", "persons", "assistances_since_october", "persons_since_october", "percent")
    return tuple(_written(row.get(name)) for name in counted)


def _funnel(funnel: Mapping[str, Any]) -> Section:
    heading = f"ผลการดำเนินงานของอาสาสมัครแรงงาน (อาสาสมัครแรงงานระดับตำบล {_written(funnel['volunteers'])} คน)"
    rows = []
    for number, (words, target, reached) in enumerate(_STEPS, start=1):
        aim = None if target is None else funnel[target]
        percent = funnel[reached] * 100 // aim if aim else None
        rows.append((thai_digits(number), words, _written(aim), _written(funnel[reached]), _written(percent)))
    return Section(FUNNEL_COLUMNS, rows, heading=heading)


def _written(number: int | None) -> str:
    """๑,๒๓๔; nothing to say is a dash."""
    return _NONE if number is None else thai_digits(f"{number:,}")
