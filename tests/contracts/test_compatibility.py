"""The judge of changes itself: what it lets pass, and what it must not."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, create_model

from shared.events.documents import untitled
from tests.contracts.compatibility import incompatibilities


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class MoreColours(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"


class Inner(BaseModel):
    place: str


class InnerMore(BaseModel):
    place: str
    village: int | None = None


class InnerLess(BaseModel):
    village: int | None = None


class Before(BaseModel):
    thing_id: UUID
    colour: Colour
    inner: Inner | None = None
    days: tuple[int, ...] = ()
    name: Annotated[str, Field(max_length=10)] = ""


def _schema(**changed: Any) -> dict[str, Any]:
    """The shape of `Before` with fields added or replaced as `name=(type, default)`."""
    schema: dict[str, Any] = untitled(create_model("After", __base__=Before, **changed).model_json_schema())
    return schema


OLD = untitled(Before.model_json_schema())
HARMLESS = {
    "nothing": {},
    "an optional field": {"note": (int | None, None)},
    "a field with a default": {"count": (int, 0)},
    "a value of an enumeration": {"colour": (MoreColours, ...)},
    "a required field that became optional": {"thing_id": (UUID | None, None)},
    "an optional field inside": {"inner": (InnerMore | None, None)},
    "a longer text": {"name": (Annotated[str, Field(max_length=20)], "")},
    "a text of any length": {"name": (str, "")},
}
HARMFUL = {
    "a required field": ({"count": (int, ...)}, "/count: is now required"),
    "an optional field that became required": ({"name": (str, ...)}, "/name: is now required"),
    "another type": ({"thing_id": (int, ...)}, "/thing_id"),
    "a type that no longer may be null": ({"inner": (Inner, Inner(place=""))}, "/inner: no longer takes"),
    "a shorter text": ({"name": (Annotated[str, Field(max_length=5)], "")}, "/name: maxLength"),
    "another default": ({"name": (Annotated[str, Field(max_length=10)], "x")}, "/name: is read otherwise"),
    "a lost field inside": ({"inner": (InnerLess | None, None)}, "/inner: no longer takes"),
    "other elements": ({"days": (tuple[str, ...], ())}, "/days[]: type"),
    "an enumeration where any text was": ({"name": (Colour, Colour.RED)}, "/name"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_passes(change: dict[str, Any]) -> None:
    assert incompatibilities(OLD, _schema(**change)) == []


@pytest.mark.parametrize(("change", "fault"), HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_change_is_named(change: dict[str, Any], fault: str) -> None:
    assert any(found.startswith(fault) for found in incompatibilities(OLD, _schema(**change)))


def test_a_field_that_is_gone_is_named() -> None:
    class Less(BaseModel):
        thing_id: UUID

    assert "/colour: is gone" in incompatibilities(OLD, untitled(Less.model_json_schema()))


def test_a_value_that_an_enumeration_lost_is_named() -> None:
    assert incompatibilities(_schema(colour=(MoreColours, ...)), OLD) == [
        "/colour: no longer takes every value of ['red', 'blue', 'green']"
    ]


def test_a_personal_field_that_a_sealed_block_lost_is_named() -> None:
    old = {"x-contains": ["detail", "note"], "type": "object"}
    assert incompatibilities(old, {**old, "x-contains": ["detail", "note", "reason"]}) == []
    assert incompatibilities(old, {**old, "x-contains": ["note"]}) == [": no longer contains ['detail', 'note']"]
