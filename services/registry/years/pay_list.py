"""A month's allowances on paper: a province's pay list with names, or the sums of provinces. No layout of the ministry's is
known: it is ours, and marked so."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.registry.rules import ALLOWANCE_BAHT
from shared import places
from shared.buddhist_calendar import MONTHS, Month, be_year, thai_digits
from shared.files.ours import MARK
from shared.files.paper import Column, Paper, Section
from shared.files.written import NO_NAME, written_id

NAMED = ("no", "card_no", "name", "citizen_id", "area_code", "area_name", "amount_baht")
"""The fields of a pay list's row."""
SUMS = ("province", "province_name", "volunteers", "amount_baht")
_NAMED_COLUMNS = (
    Column("ลำดับที่", 14, "center", kind="digits"),
    Column("ชื่อ-สกุล", 45, kind="name"),
    Column("เลขบัตรประชาชน\n๑๓ หลัก", 44, "center", kind="digits"),
    Column("ตำบล", 28),
    Column("จำนวนเงิน\n(บาท)", 18, "right", kind="digits"),
    Column("ลายมือชื่อผู้รับเงิน", 31),
)
_SUM_COLUMNS = (
    Column("ลำดับที่", 20, "center", kind="digits"),
    Column("จังหวัด", 80),
    Column("จำนวน (คน)", 40, "right", kind="digits"),
    Column("จำนวนเงิน (บาท)", 40, "right", kind="digits"),
)
_RATE = f"อัตราคนละ {thai_digits(ALLOWANCE_BAHT)} บาทต่อเดือน สำหรับอาสาสมัครแรงงานระดับตำบลที่ปฏิบัติหน้าที่ในเดือนนั้น"
_TOTAL = "รวมทั้งสิ้น"


def named_rows(payees: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`payees`: `card_no`, `area_code`, `name`, `citizen_id` of each, in order."""
    return [
        {
            "no": number,
            **payee,
            "area_name": places.label(payee["area_code"]),
            "amount_baht": ALLOWANCE_BAHT,
        }
        for number, payee in enumerate(payees, start=1)
    ]


def sum_rows(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`items`: as the JSON has them."""
    return [{**item, "province_name": places.label(item["province"])} for item in items]


def named_paper(content: Mapping[str, Any]) -> Paper:
    rows = [
        (
            thai_digits(row["no"]),
            row["name"] or NO_NAME,
            written_id(row["citizen_id"]),
            row["area_name"],
            _baht(row["amount_baht"]),
            "",
        )
        for row in content["rows"]
    ]
    office = f"สำนักงานแรงงาน{places.label(content['province'])}"
    return Paper(
        corner="บัญชีจ่ายเงิน",
        title=("บัญชีรายชื่อผู้รับเงินค่าตอบแทนอาสาสมัครแรงงานระดับตำบล", office, _month(content)),
        sections=(Section(_NAMED_COLUMNS, [*rows, ("", _TOTAL, "", "", _baht(content["total_baht"]), "")] if rows else ()),),
        notes=(MARK, _RATE),
        signed=True,
        signer="ผู้จ่ายเงิน",
    )


def sums_paper(content: Mapping[str, Any]) -> Paper:
    rows = [
        (thai_digits(number), row["province_name"], thai_digits(row["volunteers"]), _baht(row["amount_baht"]))
        for number, row in enumerate(content["rows"], start=1)
    ]
    total = ("", _TOTAL, thai_digits(content["volunteers"]), _baht(content["total_baht"]))
    return Paper(
        corner="ค่าตอบแทน",
        title=("สรุปเงินค่าตอบแทนอาสาสมัครแรงงานระดับตำบล", _month(content)),
        sections=(Section(_SUM_COLUMNS, [*rows, total] if rows else ()),),
        notes=(MARK, _RATE),
    )


def _month(content: Mapping[str, Any]) -> str:
    month = Month.parse(content["month"])
    when = f"ประจำเดือน {MONTHS[month.month - 1]} พ.ศ. {thai_digits(be_year(month.first_day))}"
    return f"{when} จำนวน {thai_digits(content['volunteers'])} คน"


def _baht(amount: int) -> str:
    """๑,๒๐๐."""
    return thai_digits(f"{amount:,}")
