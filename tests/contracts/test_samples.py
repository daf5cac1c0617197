"""Every event version ever written can be read, for ever, and loses nothing on the way."""

import json

import pytest

from shared.events.catalogue import EVENTS, current, decode
from shared.events.contract import Event
from tests.contracts.kept import EVER, SAMPLES, SCHEMAS, file_of, kept_sample

each_version = pytest.mark.parametrize(("event", "version"), EVER, ids=[file_of(*one) for one in EVER])


def test_every_version_has_its_sample_and_its_schema_and_there_is_nothing_else() -> None:
    expected = {file_of(*one) for one in EVER}
    assert {path.name for path in SAMPLES.iterdir()} == expected
    assert {path.name for path in SCHEMAS.iterdir()} == expected


@each_version
def test_a_sample_is_read_as_an_event_of_today(event: type[Event], version: int) -> None:
    read = decode(event.TYPE, version, kept_sample(event, version))
    assert type(read) is event
    assert read.topic in event.topics()


@each_version
def test_what_projections_fold_is_what_the_event_says(event: type[Event], version: int) -> None:
    fields = current(event.TYPE, version, kept_sample(event, version))
    assert event.model_validate(fields) == decode(event.TYPE, version, kept_sample(event, version))


@pytest.mark.parametrize("event", EVENTS, ids=[event.TYPE for event in EVENTS])
def test_a_sample_of_today_says_something_in_every_required_field_and_loses_nothing(event: type[Event]) -> None:
    sample = json.loads(kept_sample(event, event.VERSION))
    again = json.loads(decode(event.TYPE, event.VERSION, kept_sample(event, event.VERSION)).to_json())
    assert sample.items() <= again.items()
