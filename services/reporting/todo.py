"""The clerk's list of a province and month: each form with when it is due, what was submitted, and how many rows wait. Pure:
the forms are given as the tables know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.reporting.due import DueDays, on_time, state
from services.reporting.report import instant
from shared import places
from shared.buddhist_calendar import Month

HEADINGS = (
    "form", "unit_id", "name", "expected", "due_on", "first_submitted_at", "on_time", "revision", "state", "rows_waiting",
)  # fmt: skip
"""The fields of an item."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A form as the tables know it; without `unit_id` the province's. `revision`: of the last submission, 0 without one.
    `rows_waiting`: rows of the live form that are new or not as they were submitted last, and rows that are gone from it."""

    unit_id: UUID | None
    name: str
    expected: bool
    first_submitted_at: datetime | None
    revision: int
    rows_waiting: int


def todo(province: str, month: Month, duties: Sequence[Duty], *, due_days: DueDays, today: date) -> dict[str, Any]:
    """The units' forms by name, then the province's. แบบ สนบ.๑ goes with แบบ สนบ.๒ and is not submitted by itself, so it stands
    as that one does, but no row of it can wait."""
    units = [duty for duty in duties if duty.unit_id is not None]
    own = [duty for duty in duties if duty.unit_id is None]
    sp12_ends = due_days.sp12_due_on(month)
    snb2_due = due_days.snb2_due_on(month)
    items = [
        _item("sp12", duty, period_ends_on=sp12_ends, due_on=sp12_ends, today=today)
        for duty in sorted(units, key=lambda duty: (duty.name, duty.unit_id))
    ]
    for duty in own:
        named = Duty(None, places.label(province), duty.expected, duty.first_submitted_at, duty.revision, duty.rows_waiting)
        items.append(_item("snb2", named, period_ends_on=month.last_day, due_on=snb2_due, today=today))
        beside = Duty(None, named.name, duty.expected, duty.first_submitted_at, duty.revision, 0)
        items.append(_item("snb1", beside, period_ends_on=month.last_day, due_on=snb2_due, today=today))
    return {"province": province, "month": str(month), "items": items}


def _item(form: str, duty: Duty, *, period_ends_on: date, due_on: date, today: date) -> dict[str, Any]:
    first = duty.first_submitted_at
    return {
        "form": form,
        "unit_id": None if duty.unit_id is None else str(duty.unit_id),
        "name": duty.name,
        "expected": duty.expected,
        "due_on": due_on.isoformat(),
        "first_submitted_at": None if first is None else instant(first),
        "on_time": on_time(due_on, first, today),
        "revision": duty.revision,
        "state": state(period_ends_on, due_on, first, rows_waiting=duty.rows_waiting, today=today),
        "rows_waiting": duty.rows_waiting,
    }
