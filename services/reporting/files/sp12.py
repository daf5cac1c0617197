"""แบบ สป-๑๒ on paper: a unit's help of a month, for the provincial labour office. Wording is the form's own."""

from collections.abc import Mapping
from typing import Any

from services.reporting.files.wording import (
    ASSISTANCE_TYPES,
    DEVELOP_MEANS,
    PROMOTE_MEANS,
    PROTECT_MEANS,
    WORKER_TYPES,
    revised,
    written_row_name,
)
from shared.buddhist_calendar import thai_digits
from shared.files.paper import Column, Paper, Section
from shared.files.written import written_id

COLUMNS = (
    Column("ลำดับที่", 14, "center", kind="digits"),
    Column("ชื่อ-สกุล\nผู้ที่ได้รับการช่วยเหลือ", 47, kind="name"),
    Column("เลขบัตรประชาชน\n๑๓ หลัก", 44, "center", kind="digits"),
    Column("ประเภทการช่วยเหลือ/\nการให้บริการ", 39),
    Column("ประเภทของแรงงาน\n(แรงงานนอกระบบ/\nแรงงานสูงอายุ/\nแรงงานคนพิการ)", 36),
)
NOTES = (
    "จัดทำรายงานผลการช่วยเหลือ/การให้บริการแรงงานนอกระบบ (แบบ สป-๑๒) ส่งให้สำนักงานแรงงานจังหวัดทุกวันที่ ๒๕ ของเดือน",
    PROMOTE_MEANS,
    PROTECT_MEANS,
    DEVELOP_MEANS,
    "รณรงค์ประชาสัมพันธ์ให้ความรู้ในการป้องกันและแก้ไขปัญหายาเสพติด",
)


def paper(content: Mapping[str, Any], *, title: tuple[str, ...]) -> Paper:
    """`title`: `Sp12.title`, line by line."""
    rows = [
        (
            thai_digits(row["no"]),
            written_row_name(row),
            written_id(row["citizen_id"]),
            ASSISTANCE_TYPES[row["assistance_type"]],
            WORKER_TYPES.get(row["worker_type"], ""),
        )
        for row in content["rows"]
    ]
    return Paper(
        corner="แบบ สป-๑๒",
        title=title,
        revised=revised(content),
        sections=(Section(COLUMNS, rows),),
        notes=NOTES,
        signed=True,
    )
