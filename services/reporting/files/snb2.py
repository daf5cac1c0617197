"""แบบ สนบ.๒ on paper: a province's help of a month, for the Office of the Permanent Secretary. Wording is the form's own."""

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
from shared.files.paper import TICK, Column, Paper, Section
from shared.files.written import written_id

COLUMNS = (
    Column("ลำดับที่", 14, "center", kind="digits"),
    Column("ชื่อแผนงาน/โครงการ/กิจกรรม", 50),
    Column("ชื่อ-สกุล\nผู้ที่ได้รับการช่วยเหลือ", 44, kind="name"),
    Column("เลขบัตรประชาชน\n๑๓ หลัก", 44, "center", kind="digits"),
    Column("ประเภทการช่วยเหลือ/\nการให้บริการ", 38),
    Column("ประเภทของแรงงาน", 31),
    Column("มีรายชื่อใน\nฐานข้อมูลฯ", 21, "center", under="หมายเหตุ", kind="tick"),
    Column("ไม่มีรายชื่อใน\nฐานข้อมูลฯ", 25, "center", under="หมายเหตุ", kind="tick"),
)
NOTES = (
    "จัดทำรายงานผลการช่วยเหลือแรงงานนอกระบบ (แบบ สนบ.๒) ส่งพร้อมกับรายงานผลการดำเนินงาน (แบบ สนบ.๑) ทุกวันที่ ๕ ของเดือนถัดไป",
    f"ให้ทำเครื่องหมาย {TICK} ในช่องหมายเหตุ เพื่อให้ทราบว่าแรงงานนอกระบบที่ได้รับการช่วยเหลือฯ มีรายชื่ออยู่ในฐานข้อมูลแรงงานนอกระบบ ปี ๒๕๖๓ หรือไม่",
    PROMOTE_MEANS,
    PROTECT_MEANS,
    DEVELOP_MEANS,
)


def paper(content: Mapping[str, Any], *, title: tuple[str, ...]) -> Paper:
    """`title`: `Snb2.title`, line by line."""
    rows = [
        (
            thai_digits(row["no"]),
            row["project_name"],
            written_row_name(row),
            written_id(row["citizen_id"]),
            ASSISTANCE_TYPES[row["assistance_type"]],
            WORKER_TYPES.get(row["worker_type"], ""),
            TICK if row["in_database"] else "",
            "" if row["in_database"] else TICK,
        )
        for row in content["rows"]
    ]
    return Paper(
        corner="แบบ สนบ.๒",
        title=title,
        revised=revised(content),
        sections=(Section(COLUMNS, rows),),
        notes=NOTES,
        signed=True,
        landscape=True,
    )
