"""The two official forms as the ministry words them: which service dates stand on one, when it is due, what is written over it.
Wording is the forms' own; rows are in `report.py`."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.reporting.due import OFFICIAL, DueDays
from shared import places
from shared.buddhist_calendar import MONTHS, Month, be_year, fiscal_year, thai_digits
from shared.events.codes import ReportForm
from shared.ids import derived_id

_REPORTS = UUID("5f0e7a52-6d0c-4c1e-9a57-3b1d8c2f4e10")
"""What the ids of forms are derived from."""
FORGOTTEN_NAME = "ลบข้อมูลตามคำขอ"
UNREADABLE_NAME = "ข้อมูลเสียหาย"
"""Ours: a name whose sealed block was damaged. That is counted and logged where it is opened."""

_REPORT = "แบบรายงานผลการช่วยเหลือแรงงานนอกระบบ แรงงานสูงอายุ และแรงงานคนพิการ"
_PLAN = "ภายใต้แผนปฏิบัติการส่งเสริม คุ้มครอง และการพัฒนาแรงงานนอกระบบฯ"
_UNIT = "หน่วยบริการชุมชน"
_CENTRE = "ศูนย์ประสานงานแรงงานนอกระบบ{} (ภาคประชาชน)"


@dataclass(frozen=True, slots=True)
class Unit:
    """A service unit (หน่วยบริการชุมชน) as a form names it."""

    id: UUID
    name: str
    province: str


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre of a province (ศูนย์ประสานงานแรงงานนอกระบบจังหวัด (ภาคประชาชน)), to which its units belong."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Sp12:
    """แบบ สป-๑๒: one unit's help from the 26th of the month before to the 25th, due on that day."""

    unit: Unit
    month: Month
    due_days: DueDays = OFFICIAL
    code: ReportForm = ReportForm.SP12

    @property
    def province(self) -> str:
        return self.unit.province

    @property
    def unit_id(self) -> UUID | None:
        return self.unit.id

    @property
    def service_dates(self) -> tuple[date, date]:
        """First and last."""
        return self.due_days.sp12_dates(self.month)

    @property
    def due_on(self) -> date:
        return self.service_dates[1]

    def title(self, persons: int, centre: Centre | None = None) -> tuple[str, ...]:
        """Line by line. The unit's own line is ours. Without a centre the second is worded as the form words it."""
        name = self.unit.name
        return (
            _REPORT,
            f"ของ{_CENTRE.format(places.label(self.province)) if centre is None else centre.name}",
            name if name.startswith(_UNIT) else _UNIT + name,
            _month_and_persons(self.month, persons),
        )


@dataclass(frozen=True, slots=True)
class Snb2:
    """แบบ สนบ.๒: all help in a province in a calendar month, due on the 5th of the next."""

    province: str
    month: Month
    due_days: DueDays = OFFICIAL
    code: ReportForm = ReportForm.SNB2

    @property
    def unit_id(self) -> UUID | None:
        return None

    @property
    def service_dates(self) -> tuple[date, date]:
        """First and last."""
        return self.month.first_day, self.month.last_day

    @property
    def due_on(self) -> date:
        return self.due_days.snb2_due_on(self.month)

    def title(self, persons: int, _: Centre | None = None) -> tuple[str, ...]:
        """Line by line. It names no centre."""
        return (
            _REPORT,
            f"{_PLAN} ประจำปี {thai_digits(fiscal_year(self.month.first_day))}",
            places.label(self.province),
            _month_and_persons(self.month, persons),
        )


Form = Sp12 | Snb2


def report_id(form: Form) -> UUID:
    """The stream of a form's submissions: the same for the same form, place and month."""
    return derived_id(_REPORTS, f"{form.code} {form.unit_id or form.province} {form.month}")


def _month_and_persons(month: Month, persons: int) -> str:
    year = be_year(month.first_day)
    return f"ประจำเดือน {MONTHS[month.month - 1]} พ.ศ. {thai_digits(year)} จำนวน {thai_digits(persons)} คน"
