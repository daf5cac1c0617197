"""The example does what it says with real events of the contract: it shows what happened, names nobody, drops repeats."""

import pytest

from examples.agency_subscriber import headers_of, is_repeat, line
from shared.cloudevents import headers_of as sent_headers_of
from shared.events.routing import ReferralFacts
from tests.contracts.examples import EXAMPLES
from tests.contracts.recorded import recorded

REFERRALS = [example for example in EXAMPLES if isinstance(example, ReferralFacts)]


@pytest.mark.parametrize("event", REFERRALS, ids=[event.TYPE for event in REFERRALS])
def test_a_line_says_what_became_of_a_referral_and_names_nobody(event: ReferralFacts) -> None:
    shown = line(headers_of(sent_headers_of(recorded(event))), event.model_dump(mode="json"))
    assert event.TYPE in shown
    assert f"status={event.status}" in shown
    assert str(event.referral_id) in shown
    assert event.person is not None
    assert event.person.box not in shown
    assert str(event.person_ref) not in shown


def test_a_repeat_is_dropped_and_a_newer_version_is_not() -> None:
    seen: dict[tuple[str, str], int] = {}
    first, second = (headers_of(sent_headers_of(recorded(REFERRALS[0], version=version))) for version in (1, 2))
    assert [is_repeat(headers, seen) for headers in (first, first, second, first)] == [False, True, False, True]
