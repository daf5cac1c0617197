"""A row of a survey sheet: as the body of a report, what of it is wrong and in which column, and what makes two rows the same."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.intake.bodies import NeedBody
from services.intake.domain import Need
from services.intake.imports.columns import COLUMNS
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault
from shared.events.codes import IdKind
from shared.fields import Citizen
from shared.vault_many import Document

ROW = "row"
"""Scope of the claims by which a row is known again, whatever file it stands in; the need that it became has it."""
ROW_OF = "row_of"
"""Of those by which that one is found when somebody without a document is forgotten, by the person's reference."""
Values = Mapping[str, str | int | bool]
CITIZEN = ("id_kind", "citizen_id", "title", "first_name", "last_name", "birth_year", "phone")
_ORDER = {column.name: place for place, column in enumerate(COLUMNS)}
_CARD = re.compile("[0-9]{2}-[0-9]{4}-[0-9A-Z]{6}")
_NAMED_BY = "citizen_id"
"""The column to begin with where nothing is said of the citizen at all."""


def raw_body(values: Values) -> dict[str, Any]:
    """What a single report would send. Where no kind of document is named it is the Thai ID: then a name without a
    number is a number forgotten, and a fault. Somebody without documents is a new person, for good, and so must be said to be."""
    citizen = {name: values[name] for name in CITIZEN if name in values}
    raw: dict[str, Any] = {name: value for name, value in values.items() if name not in CITIZEN}
    if citizen.keys() - {"id_kind"}:
        raw["citizen"] = {"id_kind": IdKind.THAI.value} | citizen
    return raw


def card_in(text: str) -> str | None:
    """The number of a volunteer's card, if it is one, as it stands on the card."""
    plain = "".join(_arabic(sign) for sign in text if not sign.isspace()).upper()
    return plain if _CARD.fullmatch(plain) else None


def _arabic(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)


def first_fault(faults: Sequence[Fault]) -> tuple[str | None, str]:
    """The column and the code of what is wrong first, from left to right as templates have the columns."""
    column, code = min(((_column(fault.pointer), fault.code) for fault in faults), key=lambda one: _ORDER.get(one[0], -1))
    return column, code


def _column(pointer: str) -> str:
    name = pointer.rsplit("/", 1)[-1]
    return _NAMED_BY if name == "citizen" else name


def document_of(citizen: Citizen | None) -> Document | None:
    """None for a need of nobody, and of somebody without a document."""
    number = None if citizen is None else citizen.number
    return None if citizen is None or number is None else Document(citizen.id_kind, number)


def identity(body: NeedBody, need: Need, person: str | None) -> bytes:
    """What the row is known by: the person, the kind, the day and the place. A row that names no day is the same when it is sent
    again tomorrow, and another in the next fiscal year. A tip-off has no person; there it is also who tells, and what.
    `person`: how somebody with a document is known here; others are known by their names."""
    day = f"in {need.fiscal_year}" if body.reported_at is None else bangkok_day(need.reported_at).isoformat()
    parts: list[Any] = [need.kind, day, need.area_code, need.village_no]
    if person is not None:
        parts.append(person)
    elif body.citizen is not None:
        parts += _as_one_is_called(body.citizen)
    if need.kind.tipoff:
        parts += [None if need.volunteer_id is None else str(need.volunteer_id), _spelled(body.detail)]
    return orjson.dumps(parts)


def _as_one_is_called(citizen: Citizen) -> list[Any]:
    phone = None if citizen.phone is None else re.sub(r"[^0-9+]", "", citizen.phone)
    return [_spelled(citizen.first_name), _spelled(citizen.last_name), citizen.birth_year, phone]


def _spelled(text: str | None) -> str | None:
    """Without what cannot be seen: how many spaces there are."""
    return None if text is None else " ".join(unicodedata.normalize("NFC", text).split())
