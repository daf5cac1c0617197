"""The lineage of a row: the same story, whatever order its events came in."""

from datetime import UTC, datetime
from itertools import permutations

from services.reporting.lineage import lineage
from shared.events.routing import CaseReferred, ReferralAccepted, ReferralDone
from tests.reporting.given import an_id, helped, need, referral, screened
from tests.support.kafka_records import recorded

AT = datetime(2021, 5, 10, 3, 0, tzinfo=UTC)


def test_what_was_recorded_at_one_moment_is_told_in_the_order_of_the_flow() -> None:
    """Help on a referral that is sent is three events of one moment on two topics; played time makes all of them one."""
    reported = need(an_id(1))
    help_ = helped(an_id(11), reported)
    story = [
        recorded(reported, at=AT),
        recorded(screened(reported), at=AT),
        recorded(referral(CaseReferred, reported), version=1, at=AT),
        recorded(referral(ReferralAccepted, reported), version=2, at=AT),
        recorded(help_, version=3, at=AT),
        recorded(referral(ReferralDone, reported), version=4, at=AT),
    ]
    for records in permutations(story):
        told = lineage(help_.assistance_id, records, [])["events"]
        assert [event["event_id"] for event in told] == [record.id for record in story]
