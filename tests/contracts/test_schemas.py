"""The shape of every event is the one that is kept, and may only change so that what was written stays readable."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from shared.events.catalogue import EVENTS
from shared.events.contract import Event
from shared.events.documents import schemas
from tests.contracts.compatibility import incompatibilities
from tests.contracts.kept import EVER, file_of, kept_sample, kept_schema, schema_of

each_event = pytest.mark.parametrize("event", EVENTS, ids=[event.TYPE for event in EVENTS])


agencies_are_told = cache(schemas)


@each_event
def test_an_event_still_reads_what_was_written_in_its_kept_shape(event: type[Event]) -> None:
    faults = incompatibilities(kept_schema(event, event.VERSION), schema_of(event))
    assert not faults, f"this needs version {event.VERSION + 1} of {event.TYPE} and an upcaster"


@each_event
def test_the_kept_shape_is_that_of_the_code(event: type[Event]) -> None:
    assert kept_schema(event, event.VERSION) == schema_of(event), "run `python -m tests.contracts`"


@pytest.mark.parametrize(("event", "version"), EVER, ids=[file_of(*one) for one in EVER])
def test_a_sample_has_the_shape_that_is_kept_beside_it(event: type[Event], version: int) -> None:
    schema = jsonschema_rs.validator_for(kept_schema(event, version), validate_formats=True)
    schema.validate(json.loads(kept_sample(event, version)))


@each_event
def test_a_sample_has_the_shape_that_agencies_are_told(event: type[Event]) -> None:
    payloads, definitions = agencies_are_told()
    told: dict[str, Any] = {**payloads[event.TYPE], "components": {"schemas": definitions}}
    schema = jsonschema_rs.validator_for(told, validate_formats=True)
    schema.validate(json.loads(kept_sample(event, event.VERSION)))
