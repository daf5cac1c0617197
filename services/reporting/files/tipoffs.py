"""The summaries of tip-offs on paper, for the Department of Employment and the Department of Labour Protection and Welfare. No
layout of theirs is known: it is ours, and marked so."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from services.reporting.tipoffs import STATES
from shared import places
from shared.buddhist_calendar import thai_digits
from shared.files.ours import MARK
from shared.files.paper import Column, Paper, Section

KINDS = {
    "tipoff_job_scam": "หลอกลวงคนหางาน",
    "tipoff_foreign_worker": "แรงงานต่างด้าวผิดกฎหมาย",
    "tipoff_child_labour": "การใช้แรงงานเด็ก",
    "tipoff_women_labour": "การใช้แรงงานหญิง",
    "tipoff_unfair_labour": "การใช้แรงงานไม่เป็นธรรม",
}
STATE_WORDS = {
    "reported": "รับแจ้ง",
    "screened": "คัดกรองแล้ว",
    "referred": "ส่งต่อแล้ว",
    "accepted": "รับเรื่องแล้ว",
    "declined": "ไม่รับเรื่อง",
    "returned": "ส่งคืน",
    "helped": "ช่วยเหลือแล้ว",
    "closed": "ยุติเรื่อง",
    "withdrawn": "ถอนเรื่อง",
}
_HANDLING = "สถานะการดำเนินการ (เรื่อง)"
_COUNTED = (
    Column("เรื่อง", 50),
    Column("จำนวน\n(เรื่อง)", 19, "center"),
    *(Column(STATE_WORDS[state.value], 17, "center", under=_HANDLING) for state in STATES),
)
COLUMNS = (Column("อำเภอ/เขต", 45), *_COUNTED)
_EVERYWHERE = "ทุกอำเภอ/เขต"
NOTES = (
    MARK,
    "นับตามวันที่แจ้งเบาะแส สถานะเป็นสถานะล่าสุดของแต่ละเรื่อง ไม่มีข้อมูลส่วนบุคคล",
)


def paper(content: Mapping[str, Any], *, title: tuple[str, ...]) -> Paper:
    """`title`: that of the summary, line by line. A table for each province, then the sums."""
    return Paper(
        corner="สรุปเบาะแส",
        title=title,
        sections=(*_provinces(content["rows"]), _sums(content)),
        notes=NOTES,
        landscape=True,
    )


def _provinces(rows: Sequence[Mapping[str, Any]]) -> Iterator[Section]:
    for province, some in groupby(rows, key=lambda row: row["province"]):
        yield Section(COLUMNS, [(row["district_name"], *_counts(row)) for row in some], heading=places.label(province))


def _sums(content: Mapping[str, Any]) -> Section:
    rows = [(_EVERYWHERE, *_counts(row)) for row in content["by_kind"]]
    return Section(COLUMNS, [*rows, ("รวมทั้งสิ้น", *_counts(content["sum"]))], heading="รวม")


def _counts(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Kind and numbers; nothing where there are none, so that the eye finds those that are."""
    counts = (thai_digits(row[state.value]) if row[state.value] else "" for state in STATES)
    return KINDS.get(row.get("kind", ""), ""), thai_digits(row["total"]), *counts
