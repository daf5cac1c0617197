"""What is decided about volunteers' years: when an office is reminded of a term's end, and who an order renews."""

from collections.abc import Sequence
from datetime import date

from services.registry import domain
from shared.errors import RefusedError
from shared.events.contract import Event
from shared.events.registry import VolunteerTermRenewed

REMINDERS: Sequence[int] = (60, 30, 7)
"""Days before the last day in service."""
FIRST = max(REMINDERS)


def reminder(days_left: int) -> int | None:
    """The last step that was reached; None before the first."""
    return min((step for step in REMINDERS if days_left <= step), default=None)


def renew_by_order(volunteer: domain.Volunteer, renewed_on: date, *, order_no: str) -> list[Event]:
    """As `domain.renew`, but one order renews nobody twice. Raises RefusedError `already_renewed`, `invalid` for a day before the
    appointment, and as `domain.renew` does."""
    if isinstance(volunteer, VolunteerTermRenewed) and volunteer.order_no == order_no:
        raise RefusedError("already_renewed", "this order has renewed the term")
    if renewed_on < volunteer.appointed_on:
        raise RefusedError("invalid", "lies before the appointment")
    return domain.renew(volunteer, renewed_on, order_no=order_no)
