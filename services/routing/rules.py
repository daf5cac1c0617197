"""How long an agency has for a referral, and when it is overdue: one table and what follows from it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.events.codes import Priority, ReferralStatus

DUE: Mapping[Priority, timedelta] = {
    Priority.NORMAL: timedelta(days=15),
    Priority.URGENT: timedelta(days=3),
}
"""From the moment of referral to its due date; a test holds that every priority has its row."""

OPEN = frozenset({ReferralStatus.SENT, ReferralStatus.ACCEPTED})
"""What the agency still has to do something about."""


def due_at(referred_at: datetime, priority: Priority) -> datetime:
    return referred_at + DUE[priority]


def overdue(status: ReferralStatus, due: datetime, now: datetime) -> bool:
    """Whether the due date is past and the referral still open."""
    return status in OPEN and due < now
