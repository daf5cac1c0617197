"""What every event has: a stored name, a version, an owner, a topic, a stream. The events themselves stand in one module per
owning service; `catalogue` knows them all.

Events carry the whole public state of their thing after they happened, so that a reader needs no earlier event: the newest
version of a stream wins, whatever arrived first."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.sealed import Sealed

UPCASTER_NAME = "upcast_v{}"
CONTAINS = "x-contains"
"""The name of these fields in JSON Schema."""


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A point in time; written in UTC."""


class Contains:
    """Names the personal fields inside a sealed block, for the contract document."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), CONTAINS: list(self.fields)}


PersonBox = Annotated[Sealed, Contains("id_kind", "citizen_id", "title", "first_name", "last_name", "birth_year", "phone")]
WordsBox = Annotated[Sealed, Contains("detail", "note", "reason")]


class Event(BaseModel):
    """Something that happened. Subclasses name `TYPE` (stored, never changed), `OWNER` and `TOPIC`; a changed meaning is a new
    `VERSION` with a classmethod `upcast_vN(data) -> data` from N to N + 1."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    OWNER: ClassVar[str]
    TOPIC: ClassVar[str]

    @property
    @abstractmethod
    def stream(self) -> UUID:
        """The stream the event belongs to; also its key on Kafka."""

    @property
    def topic(self) -> str:
        return self.TOPIC

    @classmethod
    def topics(cls) -> tuple[str, ...]:
        """Every topic an event of this type can be on."""
        return (cls.TOPIC,)

    def to_json(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def upcast(cls, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """Data written at `version` in the shape of today."""
        for step in range(version, cls.VERSION):
            data = getattr(cls, UPCASTER_NAME.format(step))(data)
        return data


def sealed_in(event: Event) -> list[Sealed]:
    """The sealed blocks of an event, those of its parts too: whoever is in one that is not found here has no key after a day."""
    return list(_blocks_of(event))


def _blocks_of(value: object) -> Iterator[Sealed]:
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _blocks_of(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _blocks_of(part)
