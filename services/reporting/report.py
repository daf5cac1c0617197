"""A form with its rows as JSON, and the hash that says whether two of them rest on the same facts. Pure: rows and names are
given, the time too."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.reporting.forms import FORGOTTEN_NAME, UNREADABLE_NAME, Form, written_name
from shared.citizen_id import normalise
from shared.events.codes import IdKind
from shared.sealed import Unopened

Opened = Mapping[str, Any] | Unopened | None
"""The fields of a person's sealed block, or why it did not open; None without a block."""


@dataclass(frozen=True, slots=True)
class Line:
    """One help on a form, as it stands. `person` is the sealed block of the event that it rests on, as JSON."""

    assistance_id: UUID
    case_id: UUID | None
    person_ref: UUID
    person: str
    worker_type: str | None
    assistance_type: str
    project_name: str
    in_database: bool
    service_date: date
    recorded_at: datetime

    def facts(self) -> dict[str, Any]:
        """What a row says beside its number and whom it names. Fixed for ever: hashes rest on it."""
        return {
            "assistance_type": self.assistance_type,
            "worker_type": self.worker_type,
            "project_name": self.project_name,
            "in_database": self.in_database,
            "assistance_id": str(self.assistance_id),
            "case_id": None if self.case_id is None else str(self.case_id),
            "service_date": self.service_date.isoformat(),
            "recorded_at": instant(self.recorded_at),
        }


def instant(at: datetime) -> str:
    """UTC with microseconds and Z, always of one length."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def report_hash(lines: Sequence[Line]) -> str:
    """SHA-256 over the facts and the person behind each row: the same events give the same hash for ever, also when a person
    has been forgotten since."""
    rows = [line.facts() | {"person_ref": str(line.person_ref)} for line in lines]
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def on_time(due_on: date, today: date) -> bool | None:
    """Of a form not submitted: False once the day it is due is over, until then open (None)."""
    return False if today > due_on else None


def live_report(
    form: Form, lines: Sequence[Line], people: Sequence[Opened], *, as_of: datetime | None, today: date
) -> dict[str, Any]:
    """The form as it would be filled in now. `people` belongs to `lines` one by one; `as_of`: what was known by then is in it."""
    persons = len({line.person_ref for line in lines})
    rows = [
        {"no": number, **named(person), **line.facts(), "late": False}
        for number, (line, person) in enumerate(zip(lines, people, strict=True), start=1)
    ]
    return {
        "form": form.code,
        "period": str(form.month),
        "province": form.province,
        "unit_id": None if form.unit_id is None else str(form.unit_id),
        "title": " ".join(form.title(persons)),
        "due_on": form.due_on.isoformat(),
        "first_submitted_at": None,
        "on_time": on_time(form.due_on, today),
        "revision": 0,
        "view": "live",
        "as_of": None if as_of is None else instant(as_of),
        "persons": persons,
        "rows": rows,
        "hash": report_hash(lines),
    }


def named(person: Opened) -> dict[str, str | None]:
    """`name` and `citizen_id` of a row. A person without a document has no number, a forgotten one no name either."""
    if person is None or isinstance(person, Unopened):
        return {"name": FORGOTTEN_NAME if person is Unopened.FORGOTTEN else UNREADABLE_NAME, "citizen_id": None}
    number = person.get("citizen_id")
    if number is not None and person.get("id_kind") == IdKind.THAI:
        number = normalise(number)
    return {"name": written_name(person.get("title"), person["first_name"], person["last_name"]), "citizen_id": number}
