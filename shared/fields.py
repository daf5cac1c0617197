"""Types of request fields that several services share: text that is only text, days, places, people. Shape only; whether a
thing exists is asked elsewhere."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared import places
from shared.citizen_id import contains_valid_id, is_valid, normalise
from shared.clock import instant_of
from shared.errors import Fault
from shared.events.codes import IdKind
from shared.events.contract import Instant

NAME_LENGTH = 200
PROJECT_LENGTH = 300
TEXT_LENGTH = 4000
_LINE_BREAKS = "\n\r\t"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Unicode's category Cc, all of it."""

Found = TypeVar("Found")


def _refuse(code: str) -> NoReturn:
    raise PydanticCustomError(code, "refused")


def _clean(allowed: str, length: int) -> Any:
    """Text without control characters but those allowed, and not only white space. Kept exactly as given."""

    def check(text: str) -> str:
        if len(text) > length:
            _refuse("too_long")
        if not text.strip() or any(sign not in allowed for sign in _CONTROL.findall(text)):
            _refuse("invalid")
        return text

    return AfterValidator(check)


def _without_id(text: str) -> str:
    """What stays in clear must not hold a citizen's ID."""
    if contains_valid_id(text):
        _refuse("invalid")
    return text


def _iso_day(value: Any) -> Any:
    """Only what looks like a date is given to pydantic, which would also take a row of digits for Unix seconds."""
    if type(value) is date or (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        return value
    _refuse("invalid")


def _rfc3339(value: Any) -> Any:
    """As above; pydantic would also fail, not refuse, where an instant has no year in UTC."""
    if isinstance(value, datetime):
        return value
    try:
        return instant_of(value)
    except (TypeError, ValueError):
        _refuse("invalid")


def _subdistrict(code: str) -> str:
    if not places.is_subdistrict(code):
        _refuse("unknown_place")
    return code


def _province(code: str) -> str:
    if not places.is_province(code):
        _refuse("unknown_place")
    return code


def _shown(**schema: Any) -> WithJsonSchema:
    """What documents say of a text: its checks are functions, which say nothing by themselves."""
    return WithJsonSchema({"type": "string", **schema})


Name = Annotated[str, _clean("", NAME_LENGTH), _shown(minLength=1, maxLength=NAME_LENGTH)]
"""A person's or a thing's name, up to 200 characters."""
ClearName = Annotated[Name, AfterValidator(_without_id)]
"""A name that is stored in clear."""
ProjectName = Annotated[
    str, _clean("", PROJECT_LENGTH), AfterValidator(_without_id), _shown(minLength=1, maxLength=PROJECT_LENGTH)
]
"""Plan, project or activity, stored in clear, up to 300 characters."""
FreeText = Annotated[str, _clean(_LINE_BREAKS, TEXT_LENGTH), _shown(minLength=1, maxLength=TEXT_LENGTH)]
"""Free text, up to 4,000 characters; it is sealed."""
Phone = Annotated[str, Field(pattern=r"^[0-9+() -]{5,40}$")]
SubdistrictCode = Annotated[str, AfterValidator(_subdistrict), _shown(pattern="^[0-9]{6}$", examples=["240409"])]
ProvinceCode = Annotated[str, AfterValidator(_province), _shown(pattern="^[0-9]{2}$", examples=["24"])]
VillageNo = Annotated[int, Field(ge=1, le=99)]
"""หมู่ที่."""
Day = Annotated[date, Field(ge=date(1941, 1, 1), le=date(2200, 1, 1), strict=False), BeforeValidator(_iso_day)]
"""A day in the common era, ISO 8601. From 1941 on the Buddhist year is the common one plus 543."""
Moment = Annotated[Instant, Field(ge=datetime(1941, 1, 1, tzinfo=UTC)), BeforeValidator(_rfc3339)]
"""A point in time, RFC 3339, in UTC. Days from 1941 on, as above; whether it lies in the future is asked elsewhere."""


class Body(BaseModel):
    """A request body: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Citizen(Body):
    """The person with the need. `citizen_id` is required but with `id_kind: none`, where it must be absent."""

    id_kind: IdKind
    citizen_id: Annotated[str, _clean("", 40), _shown(minLength=1, maxLength=40)] | None = None
    title: Name | None = None
    first_name: Name
    last_name: Name
    birth_year: Annotated[int, Field(ge=1850, le=2200)] | None = None
    phone: Phone | None = None

    def personal(self) -> dict[str, Any]:
        """What is sealed, without what was not given. The ID as forms print it, however it was typed."""
        given = self.model_dump(mode="json", exclude_none=True)
        return given if self.number is None else given | {"citizen_id": self.number}

    @property
    def number(self) -> str | None:
        """The ID as it is stored and compared."""
        if self.citizen_id is None:
            return None
        return normalise(self.citizen_id) if self.id_kind is IdKind.THAI else self.citizen_id


def citizen_id_fault(raw: Any) -> str | None:
    """The code of what is wrong with `id_kind` and `citizen_id` of a raw citizen, if anything."""
    if not isinstance(raw, dict):
        return None
    kind, number = raw.get("id_kind"), raw.get("citizen_id")
    if kind == IdKind.NONE:
        return None if number is None else "invalid"
    if number is None:
        return "required" if kind in (IdKind.THAI, IdKind.OTHER) else None
    if kind == IdKind.THAI and isinstance(number, str) and not is_valid(number):
        return "invalid_citizen_id"
    if kind == IdKind.OTHER and isinstance(number, str) and not any(sign.isalnum() for sign in number):
        return "invalid"
    return None


def citizen_faults(raw: Mapping[str, Any], today: date) -> list[Fault]:
    """What the shape of a raw body's `citizen` does not show: a number that is none, a birth in the future."""
    citizen = raw.get("citizen")
    code = citizen_id_fault(citizen)
    faults = [] if code is None else [Fault("/citizen/citizen_id", code, "is no valid ID of its kind")]
    year = citizen.get("birth_year") if isinstance(citizen, dict) else None
    if isinstance(year, int) and year > today.year:
        faults.append(Fault("/citizen/birth_year", "in_future", "lies in the future"))
    return faults


def given(kind: TypeAdapter[Found], raw: Mapping[str, Any], name: str) -> Found | None:
    """A text field of a raw body as the body's own check would read it; None if it is missing or faulty."""
    value = raw.get(name)
    if not isinstance(value, str):
        return None
    try:
        return kind.validate_json(orjson.dumps(value))
    except ValidationError:
        return None
