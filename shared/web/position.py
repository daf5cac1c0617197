"""`Songtor-Position` and `Songtor-After`: which events a caller wants to see taken in. Opaque to callers."""

import base64
from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

import orjson
from pydantic import Field, StringConstraints, TypeAdapter

from shared.errors import Fault, InvalidError
from shared.store.groups import Said
from shared.store.records import Recorded

POSITION = "Songtor-Position"
AFTER = "Songtor-After"
MOST_NAMED = 20
"""Events of one command; of more the last ones: a header has no room for hundreds."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z.-]{1,100}$")]
Mark = tuple[Name, Name, UUID, Annotated[int, Field(ge=1, lt=2**31)]]
"""(topic, source, stream, version) of an event."""
_MARKS: TypeAdapter[list[Mark]] = TypeAdapter(list[Mark])


def position_of(source: str, said: Sequence[Said]) -> str:
    """The token of events just stored."""
    return _encode((one.event.topic, source, one.stream, one.version) for one in said[-MOST_NAMED:])


def position_of_record(record: Recorded) -> str:
    """The token of an event in the store, such as a timeline shows."""
    return _encode([(record.topic, record.source, record.stream, record.version)])


def _encode(marks: Iterable[Mark]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(marks))).decode().rstrip("=")


def marks_of(token: str) -> list[Mark]:
    """What a token names. Raises InvalidError for anything that is none."""
    try:
        return _MARKS.validate_json(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as error:  # of base64, or of what is in it
        raise InvalidError([Fault(f"/headers/{AFTER}", "invalid", "not a position that Songtor gave")]) from error
