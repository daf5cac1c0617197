"""What holds for every event that there is or will be: nothing personal in clear, one owner per topic, back from JSON as it
was."""

from collections.abc import Iterator
from datetime import UTC
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from shared.cloudevents import headers_of
from shared.events.catalogue import EVENTS, SERVICES, TOPICS, decode
from shared.events.contract import Contains, Event, sealed_in
from shared.events.documents import HEADERS
from shared.sealed import Sealed
from tests.contracts.examples import EXAMPLES
from tests.contracts.recorded import recorded

PERSONAL = {
    *("id_kind", "citizen_id", "title", "first_name", "last_name", "full_name", "nickname", "birth_year", "birth_date"),
    *("phone", "email", "address", "detail", "note", "reason", "remarks", "comment"),
}
"""Names that only a sealed block may have, or what is inside one."""

each_event = pytest.mark.parametrize("event", EVENTS, ids=[event.TYPE for event in EVENTS])
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[example.TYPE for example in EXAMPLES])


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, set[Any]]]:
    """(name, the types that it may be) of every field, also of those inside fields."""
    for name, field in model.model_fields.items():
        kinds = set(_leaves(field.annotation))
        yield name, kinds
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Sealed:
                yield from _fields(kind)


def _leaves(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType, tuple):
        for part in get_args(annotation):
            yield from _leaves(part)
    elif hasattr(annotation, "__metadata__"):
        yield from _leaves(get_args(annotation)[0])
    else:
        yield annotation


@each_event
def test_nothing_personal_is_in_clear(event: type[Event]) -> None:
    for name, kinds in _fields(event):
        assert name not in PERSONAL or kinds <= {Sealed, type(None)}, f"{event.TYPE}.{name} must be sealed"


@each_event
def test_every_sealed_block_says_what_is_in_it(event: type[Event]) -> None:
    for name, field in event.model_fields.items():
        if Sealed in set(_leaves(field.annotation)):
            said = [*field.metadata, *(mark for part in get_args(field.annotation) for mark in getattr(part, "__metadata__", ()))]
            contains = [mark for mark in said if isinstance(mark, Contains)]
            assert len(contains) == 1, f"{event.TYPE}.{name}"
            assert set(contains[0].fields) <= PERSONAL


@each_event
def test_an_event_names_itself_its_owner_and_topics(event: type[Event]) -> None:
    assert event.__name__ == event.TYPE
    assert event.OWNER in SERVICES
    assert set(event.topics()) <= set(TOPICS)
    assert (event.__doc__ or "").strip().endswith(".")


def test_a_topic_has_one_owner() -> None:
    for topic in TOPICS:
        assert len({event.OWNER for event in EVENTS if topic in event.topics()}) == 1


def test_there_is_an_example_of_every_event() -> None:
    assert [type(example) for example in EXAMPLES] == list(EVENTS)


@each_example
def test_an_example_says_every_field(example: Event) -> None:
    assert example.model_fields_set == set(type(example).model_fields)


@each_example
def test_an_event_comes_back_from_json_as_it_was(example: Event) -> None:
    assert decode(example.TYPE, example.VERSION, example.to_json()) == example


@each_example
def test_every_sealed_block_of_an_event_is_found(example: Event) -> None:
    assert len(sealed_in(example)) == example.to_json().count(b'"box":')


@each_example
def test_headers_are_those_of_the_documents_and_name_nobody(example: Event) -> None:
    headers = {name: value.decode() for name, value in headers_of(recorded(example))}
    assert set(headers) == {header.name for header in HEADERS}
    for block in sealed_in(example):
        assert block.box not in " ".join(headers.values())


def test_headers_that_may_be_absent_are_absent_from_a_plain_event() -> None:
    headers = {name for name, _ in headers_of(recorded(EXAMPLES[0], meta={"actor": "a", "correlation": "c"}))}
    assert headers == {header.name for header in HEADERS if header.always}


BOXES = st.builds(Sealed, key_ref=st.uuids(), box=st.from_regex(r"\A[A-Za-z0-9+/]{40,60}={0,2}\Z"))
INSTANTS = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def _any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    known = {Sealed: BOXES, AwareDatetime: INSTANTS, str: TEXTS, type(None): st.none()}
    if kind in known:
        return known[kind]
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([_any_of(part) for part in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(_any_of(get_args(kind)[0]), max_size=3).map(tuple)
    if hasattr(kind, "__metadata__"):
        return _any_of(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _made(kind)
    return st.from_type(kind)


def _made(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    return st.builds(model, **{name: _any_of(field.annotation) for name, field in model.model_fields.items()})


@given(st.one_of([_made(event) for event in EVENTS]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_event_comes_back_from_json_as_it_was(event: Event) -> None:
    assert decode(event.TYPE, event.VERSION, event.to_json()) == event
