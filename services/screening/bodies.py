"""The shapes of screening's requests. What a decision means, and whether it may be made, is in `domain.py`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, WrapValidator, field_validator
from pydantic_core import PydanticCustomError

from services.screening.domain import Ruling
from shared.citizen_id import contains_valid_id
from shared.errors import Fault
from shared.events.codes import Agency, AssistanceType, Decision, Priority
from shared.fields import Body, FreeText
from shared.web.problems import faults_of

REASONS_AT_MOST = 20
ITEMS_AT_MOST = 1000
_CODE = re.compile(r"[a-z0-9_]{1,60}")
_NUMBER = re.compile(r"[0-9]{9}")


def _code(text: str) -> str:
    """Codes are stored in clear: what looks like an ID or a telephone number is none."""
    if not _CODE.fullmatch(text) or _NUMBER.search(text) or contains_valid_id(text):
        raise PydanticCustomError("invalid", "no code")
    return text


ReasonCode = Annotated[str, AfterValidator(_code)]


class DecisionBody(Body):
    """A decision. Agency and help are for `eligible` only; without them the kind's own are taken."""

    decision: Decision
    agency: Agency | None = None
    assistance_type: AssistanceType | None = None
    priority: Priority | None = None
    reasons: list[ReasonCode] = Field(default_factory=list, max_length=REASONS_AT_MOST)
    note: FreeText | None = None

    @field_validator("agency", "assistance_type")
    @classmethod
    def _only_for_eligible(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("decision", Decision.ELIGIBLE) is not Decision.ELIGIBLE:
            raise PydanticCustomError("invalid", "only for eligible")
        return value

    @property
    def ruling(self) -> Ruling:
        return Ruling(self.decision, self.agency, self.assistance_type, self.priority, tuple(self.reasons))


class Item(DecisionBody):
    """One decision of many."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that is no decision: its case, if it names one, and what is wrong."""

    case_id: UUID | None
    faults: tuple[Fault, ...]


def _or_faults(value: Any, check: Callable[[Any], Item]) -> Item | BadItem:
    """One bad item does not spoil the others."""
    try:
        return check(value)
    except ValidationError as error:
        return BadItem(_case_of(value), tuple(faults_of(error)))


def _case_of(value: Any) -> UUID | None:
    """What is no id is not repeated: it could be anything."""
    try:
        return UUID(value["case_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


class DecisionsBody(Body):
    """Up to 1,000 decisions; each item is good or bad by itself."""

    items: Annotated[list[Annotated[Item, WrapValidator(_or_faults)]], Field(max_length=ITEMS_AT_MOST)]
