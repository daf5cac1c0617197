"""The shapes of requests about people, and the faults of one that its shape alone does not show."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.bodies import NeedShown
from shared.citizen_id import normalise
from shared.errors import Fault
from shared.events.codes import ForgetGround, IdKind
from shared.events.contract import Instant
from shared.fields import Body, FreeText, Name, Phone, citizen_id_fault

Number = Annotated[Name, Field(max_length=40)]
NEVER_EMPTY = ("first_name", "last_name", "id_kind", "citizen_id")
"""Fields that can be put right, but not taken away."""
DOCUMENT = ("id_kind", "citizen_id")


class SearchBody(Body):
    """A document; people without one cannot be searched for."""

    id_kind: IdKind
    citizen_id: Number


class ForgetBody(Body):
    """Somebody by their reference, or else by a document."""

    person_ref: UUID | None = None
    id_kind: IdKind | None = None
    citizen_id: Number | None = None
    reason: FreeText
    ground: ForgetGround = ForgetGround.REQUESTED


class PersonFields(Body):
    """What can be put right about a person. Null takes a field away."""

    id_kind: IdKind | None = None
    citizen_id: Number | None = None
    title: Name | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    birth_year: Annotated[int, Field(ge=1850, le=2200)] | None = None
    phone: Phone | None = None

    def personal(self) -> dict[str, Any]:
        """What is given, as it is sealed: the ID as forms print it, however it was typed."""
        given = self.model_dump(mode="json", exclude_unset=True)
        return given | {"citizen_id": normalise(given["citizen_id"])} if given.get("id_kind") == IdKind.THAI else given


class CorrectPersonBody(Body):
    fields: PersonFields
    reason: FreeText


class PersonAnswer(BaseModel):
    person_ref: UUID


class CorrectedAnswer(PersonAnswer):
    """`fields`: the names of those that were ever put right."""

    corrected_at: Instant
    fields: list[str]


class FoundAnswer(BaseModel):
    """The cases of a person that the caller may see, the newest first; without any, there is no such person for this caller."""

    person_ref: UUID | None
    items: list[NeedShown]


def document_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """A document that is none, or a number that is not of its kind."""
    if raw.get("id_kind") == IdKind.NONE:
        return [Fault("/id_kind", "invalid", "somebody without a document is found by reference alone")]
    code = citizen_id_fault(raw)
    return [] if code is None else [Fault("/citizen_id", code, "is no valid ID of its kind")]


def forget_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """Who is meant must be said, and in one way."""
    by_document = [name for name in DOCUMENT if raw.get(name) is not None]
    if raw.get("person_ref") is not None:
        return [Fault(f"/{name}", "invalid", "the person is named by reference already") for name in by_document]
    if not by_document:
        return [Fault("", "required", "name the person by person_ref, or by id_kind and citizen_id")]
    missing = [Fault(f"/{name}", "required", "must be given") for name in DOCUMENT if name not in by_document]
    return missing or document_faults(raw)


def correction_faults(raw: Mapping[str, Any], today_year: int) -> list[Fault]:
    """Nothing to put right, a name taken away, half a document."""
    fields = raw.get("fields")
    if not isinstance(fields, dict):
        return []
    if not fields:
        return [Fault("/fields", "required", "what is to be put right must be given")]
    faults = [
        Fault(f"/fields/{name}", "required", "cannot be taken away")
        for name in NEVER_EMPTY
        if name in fields and fields[name] is None
    ]
    given = [name for name in DOCUMENT if name in fields]
    if len(given) == 1:
        (missing,) = set(DOCUMENT) - set(given)
        faults.append(Fault(f"/fields/{missing}", "required", "a document is its kind and its number"))
    elif given:
        faults += [Fault(f"/fields{fault.pointer}", fault.code, fault.message) for fault in document_faults(fields)]
    year = fields.get("birth_year")
    if isinstance(year, int) and year > today_year:
        faults.append(Fault("/fields/birth_year", "in_future", "lies in the future"))
    return faults
