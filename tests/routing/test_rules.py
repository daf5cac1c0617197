"""Due dates, and when a referral is overdue."""

from datetime import timedelta

import pytest

from services.routing.rules import DUE, due_at, overdue
from shared.events.codes import Priority, ReferralStatus
from tests.routing.given import REFERRED_AT

TABLE = "normal 15\nurgent 3"


def test_a_referral_is_due_after_fifteen_days_and_an_urgent_one_after_three() -> None:
    rows = [line.split() for line in TABLE.splitlines()]
    assert {Priority(priority): timedelta(days=int(days)) for priority, days in rows} == DUE
    assert set(DUE) == set(Priority)
    for priority, days in DUE.items():
        assert due_at(REFERRED_AT, priority) == REFERRED_AT + days


@pytest.mark.parametrize("status", ReferralStatus)
def test_only_what_is_sent_or_accepted_is_ever_overdue(status: ReferralStatus) -> None:
    late = REFERRED_AT + timedelta(seconds=1)
    assert overdue(status, REFERRED_AT, late) == (status in ("sent", "accepted"))
    assert not overdue(status, REFERRED_AT, REFERRED_AT), "the due moment itself is in time"
