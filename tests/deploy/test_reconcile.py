"""Comparing what was said with what was heard: digests as services give them, and what the table says of them."""

from typing import Any

import pytest

from deploy.local.reconcile import OWNERS, Digest, compare, table
from shared.events.catalogue import SERVICES, TOPICS

SAID = {"count": 3, "hash": "42"}


def digests() -> dict[str, Any]:
    """Of services that agree: everything was said, and heard by those who hear it."""
    return {
        service: {
            "service": service,
            "hears": [topic for topic in TOPICS if OWNERS[topic] != service],
            "said": {topic: SAID for topic in TOPICS if OWNERS[topic] == service},
            "heard": {topic: SAID for topic in TOPICS if OWNERS[topic] != service},
            "parked": 0,
        }
        for service in SERVICES
    }


def test_every_topic_has_its_owner() -> None:
    assert set(OWNERS) == set(TOPICS)
    assert set(OWNERS.values()) <= set(SERVICES)


def test_services_that_heard_all_agree() -> None:
    found = compare(digests(), shown=True)
    assert found.whole
    assert table(found).endswith("✓ all agree")


def test_an_empty_stack_agrees() -> None:
    empty: dict[str, Digest] = {name: one | {"said": {}, "heard": {}} for name, one in digests().items()}
    assert compare(empty, shown=True).whole


def test_who_does_not_hear_a_topic_has_no_part_in_it() -> None:
    given = digests()
    given["registry"] |= {"hears": [], "heard": {}}
    found = compare(given, shown=True)
    assert found.whole
    assert all("registry" not in one.heard for one in found.topics)


@pytest.mark.parametrize(
    ("heard", "said"), [({"count": 2, "hash": "41"}, "✗ 2"), ({"count": 3, "hash": "41"}, "✗ others"), (None, "✗ 0")]
)
def test_one_that_missed_or_mistook_an_event_is_named(heard: dict[str, Any] | None, said: str) -> None:
    given = digests()
    given["routing"]["heard"] = {**given["routing"]["heard"], "intake.needs": heard}
    if heard is None:
        del given["routing"]["heard"]["intake.needs"]
    found = compare(given, shown=True)
    assert not found.whole
    assert {one.topic: one.differing for one in found.topics if one.differing} == {"intake.needs": ["routing"]}
    (line,) = [line for line in table(found).splitlines() if line.startswith("intake.needs")]
    assert f"routing {said}" in line
    assert "screening ✓" in line
    assert table(found).endswith("✗ they do not agree")


def test_an_event_that_its_owner_lost_is_seen() -> None:
    """As after a restore of an older copy."""
    given = digests()
    given["intake"]["said"] = {**given["intake"]["said"], "intake.needs": {"count": 2, "hash": "41"}}
    differing = {one.topic: one.differing for one in compare(given, shown=True).topics if one.differing}
    assert differing == {"intake.needs": ["registry", "screening", "routing", "reporting"]}


def test_parked_records_and_reports_that_lag_are_no_agreement() -> None:
    given = digests()
    given["screening"]["parked"] = 2
    found = compare(given, shown=True)
    assert not found.whole
    assert "✗ screening has 2 parked records" in table(found)
    lagging = compare(digests(), shown=False)
    assert not lagging.whole
    assert "✗ the reports do not show all of it yet" in table(lagging)
