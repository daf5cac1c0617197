"""When forms are due and which days stand on them, and how one stands on a day. The two due days are settings of the service;
what is on a form is said elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from shared.buddhist_calendar import SNB2_DUE_DAY, SP12_CUTOFF_DAY, Month, bangkok_day, day_bounds, sp12_period

State = Literal["not_due", "due", "overdue", "submitted", "changed_since"]
"""`not_due`: its period is not over. `changed_since`: the live form is not what was submitted last."""

_INSTANT = timedelta(microseconds=1)
"""PostgreSQL's, too."""


@dataclass(frozen=True, slots=True)
class DueDays:
    """`sp12`: the day of the month on which แบบ สป-๑๒ is due and on which its period ends. `snb2`: the day of the next month on
    which แบบ สนบ.๒ is due, with แบบ สนบ.๑. Working days are not considered."""

    sp12: int = SP12_CUTOFF_DAY
    snb2: int = SNB2_DUE_DAY

    def sp12_dates(self, month: Month) -> tuple[date, date]:
        """First and last service date on a month's แบบ สป-๑๒."""
        return sp12_period(month, cutoff_day=self.sp12)

    def sp12_due_on(self, month: Month) -> date:
        return self.sp12_dates(month)[1]

    def snb2_due_on(self, month: Month) -> date:
        return month.last_day + timedelta(days=self.snb2)


OFFICIAL = DueDays()
"""The 25th and the 5th."""


def end_of(day: date) -> datetime:
    """The last instant of a day in Bangkok."""
    return day_bounds(day, day)[1] - _INSTANT


def on_time(due_on: date, first_submitted_at: datetime | None, today: date) -> bool | None:
    """By the first submission alone; None while there is none and the form is not overdue."""
    if first_submitted_at is not None:
        return bangkok_day(first_submitted_at) <= due_on
    return False if today > due_on else None


def state(period_ends_on: date, due_on: date, first_submitted_at: datetime | None, *, rows_waiting: int, today: date) -> State:
    """`rows_waiting`: by how many rows the live form is not the one submitted last. A form can be submitted from the last day of
    its period on."""
    if first_submitted_at is not None:
        return "changed_since" if rows_waiting else "submitted"
    if today > due_on:
        return "overdue"
    return "not_due" if today < period_ends_on else "due"
