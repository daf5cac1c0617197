"""The AsyncAPI document holds together: every reference leads somewhere, every topic and event is in it, headers fit."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shared.cloudevents import headers_of
from shared.events.catalogue import EVENTS, TOPICS
from shared.events.contract import Event
from shared.events.documents import asyncapi
from tests.contracts.examples import EXAMPLES
from tests.contracts.recorded import recorded


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(asyncapi(), yaml.CSafeLoader)
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(_references(document))
    assert len(references) > len(EVENTS)
    for reference in references:
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, reference
            found = found[step]


def test_every_topic_is_a_channel_with_its_events_and_its_sender(document: dict[str, Any]) -> None:
    assert list(document["channels"]) == list(TOPICS)
    for topic, channel in document["channels"].items():
        assert channel["bindings"]["kafka"]["topic"] == channel["address"] == topic
        assert set(channel["messages"]) == {event.TYPE for event in EVENTS if topic in event.topics()}
        sent = document["operations"][f"{topic}.send"]
        assert sent["action"] == "send"
        assert len(sent["messages"]) == len(channel["messages"])


def test_every_event_is_a_message_with_its_key(document: dict[str, Any]) -> None:
    messages = document["components"]["messages"]
    assert list(messages) == [event.TYPE for event in EVENTS]
    for message in messages.values():
        assert message["summary"]
        assert message["bindings"]["kafka"]["key"]["format"] == "uuid"


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.TYPE for example in EXAMPLES])
def test_the_headers_of_an_event_are_as_the_document_says(example: Event, document: dict[str, Any]) -> None:
    headers = document["components"]["messages"][example.TYPE]["headers"]
    schema = jsonschema_rs.validator_for({**headers, "components": document["components"]}, validate_formats=True)
    schema.validate({name: value.decode() for name, value in headers_of(recorded(example))})


def test_a_sealed_block_names_the_personal_fields_inside_it(document: dict[str, Any]) -> None:
    person = document["components"]["messages"]["VolunteerAppointed"]["payload"]["properties"]["person"]
    assert {"citizen_id", "first_name", "last_name", "phone"} <= set(person["x-contains"])


def test_whoever_reads_must_log_in(document: dict[str, Any]) -> None:
    for server in document["servers"].values():
        assert server["security"] == [{"$ref": "#/components/securitySchemes/scram"}]
    assert document["components"]["securitySchemes"]["scram"]["type"] == "scramSha512"
