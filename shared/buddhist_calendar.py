"""Months, fiscal years and terms as Thai offices count them, and dates as Thai writes them. Instants are UTC, days are Bangkok's;
the Buddhist era appears in what people read and in fiscal years only. What time it is now is not here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
ERA = 543
"""Buddhist years are this many ahead: from 1941 on, when the year was first begun on 1 January."""
FIRST_YEAR, LAST_YEAR = 1941, 2399
"""Common-era years that are taken; what is later was meant as a Buddhist one."""
SP12_CUTOFF_DAY = 25
"""On which the units' form is due, and its period ends."""
SNB2_DUE_DAY = 5
"""Of the next month: the provinces' form."""

MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
MONTHS_SHORT = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month in Bangkok. `year` is of the common era; `str` gives what `parse` takes: `2021-05`."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if self.year > LAST_YEAR:
            raise ValueError(f"months are given in the common era: {self.year - ERA}, not the Buddhist year {self.year}")
        if self.year < FIRST_YEAR or not 1 <= self.month <= 12:
            raise ValueError(f"a month is YYYY-MM, from {FIRST_YEAR}-01 on")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `2021-05`. ValueError for anything else; the one for a Buddhist year says which year was meant."""
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) is None:
            raise ValueError("a month is YYYY-MM, such as 2021-05")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, at: date | datetime) -> Self:
        """The month of a day, or of an aware instant in Bangkok."""
        day = _day(at)
        return cls(day.year, day.month)

    def plus(self, months: int) -> Self:
        """So many months later, or earlier if negative."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return type(self)(year, month + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def bangkok_day(instant: datetime) -> date:
    """The day that it is in Bangkok at an aware instant: 2026-11-30T17:00Z is already 1 December there."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(BANGKOK).date()


def day_bounds(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """The instants in UTC between which these days lie in Bangkok: the first is in, the second is out."""
    return _midnight(first_day), _midnight(last_day + timedelta(days=1))


def month_bounds(month: Month) -> tuple[datetime, datetime]:
    """The instants in UTC between which a month lies in Bangkok: the first is in, the second is out."""
    return day_bounds(month.first_day, month.last_day)


def be_year(at: date | datetime) -> int:
    """The Buddhist year of a day, or of an aware instant in Bangkok."""
    return _day(at).year + ERA


def fiscal_year(at: date | datetime) -> int:
    """The fiscal year as people say it: 2564 is 1 October 2020 to 30 September 2021."""
    day = _day(at)
    return day.year + ERA + (day.month >= 10)


def fiscal_year_bounds(year: int) -> tuple[date, date]:
    """First and last day of a fiscal year. ValueError for a common-era year, with the Buddhist one in its place."""
    if FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"fiscal years are Buddhist years: {year + ERA}, not {year}")
    if not FIRST_YEAR + ERA < year <= LAST_YEAR + ERA:
        raise ValueError("a fiscal year is a Buddhist year, such as 2564")
    return date(year - ERA - 1, 10, 1), date(year - ERA, 9, 30)


def fiscal_year_months(year: int) -> Sequence[Month]:
    """Its twelve months, October first."""
    first = Month.of(fiscal_year_bounds(year)[0])
    return tuple(first.plus(months) for months in range(12))


def sp12_period(month: Month, *, cutoff_day: int = SP12_CUTOFF_DAY) -> tuple[date, date]:
    """First and last service date of a month's แบบ สป-๑๒: the day after the cut-off of the month before, and the cut-off day."""
    if not 1 <= cutoff_day <= 28:
        raise ValueError("the cut-off day is one that every month has")
    before = (month.first_day - timedelta(days=1)).replace(day=cutoff_day)
    return before + timedelta(days=1), month.first_day.replace(day=cutoff_day)


def add_years(day: date, years: int) -> date:
    """The anniversary. That of 29 February is 1 March where the year has no such day, so that what began on it runs to the end
    of February (Civil and Commercial Code, section 193/5)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def term_ends_on(begins_on: date, *, years: int) -> date:
    """The last day of a term: the day before its anniversary."""
    return add_years(begins_on, years) - timedelta(days=1)


def thai_digits(value: object) -> str:
    """๐ to ๙ for 0 to 9 in the text of `value`."""
    return str(value).translate(_THAI_DIGITS)


def thai_date(day: date) -> str:
    """๗ พฤษภาคม ๒๕๖๔."""
    return thai_digits(f"{day.day} {MONTHS[day.month - 1]} {be_year(day)}")


def thai_date_short(day: date) -> str:
    """๗ พ.ค. ๒๕๖๔."""
    return thai_digits(f"{day.day} {MONTHS_SHORT[day.month - 1]} {be_year(day)}")


def thai_month(month: Month) -> str:
    """พฤษภาคม ๒๕๖๔."""
    return f"{MONTHS[month.month - 1]} {thai_digits(month.year + ERA)}"


def _day(at: date | datetime) -> date:
    return bangkok_day(at) if isinstance(at, datetime) else at


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BANGKOK).astimezone(UTC)
