"""A form with its rows as JSON, and the hash that says whether two of them rest on the same facts. Pure: rows and names are
given, the time too."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.reporting.due import on_time
from services.reporting.forms import FORGOTTEN_NAME, UNREADABLE_NAME, Centre, Form
from shared.citizen_id import normalise
from shared.events.codes import IdKind
from shared.files.written import written_name
from shared.sealed import Unopened

Opened = Mapping[str, Any] | Unopened | None
"""The fields of a person's sealed block, or why it did not open; None without a block."""
NOBODY_NAMED: Mapping[str, str | None] = {"name": None, "citizen_id": None}
"""Of a row, for who may not see whom it is about."""


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
    revision: int
    """How often it had been changed, from 1."""
    late: bool
    """There is a first submission of the form, and this is not on it."""

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


class View(StrEnum):
    """Which rows are shown."""

    LIVE = "live"
    """What is known now."""
    SUBMITTED = "submitted"
    """What stood on a submission."""
    ASOF = "asof"
    """What was known at an instant."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A form in one view. `as_of`: the instant whose knowledge it is, None in an empty store. `revision`: of the submission
    shown, in other views the last one known then, 0 if there was none. `centre`: of the form's province, as known at `as_of`.
    Times are aware."""

    view: View
    as_of: datetime | None
    revision: int
    first_submitted_at: datetime | None
    lines: Sequence[Line]
    centre: Centre | None = None

    @property
    def persons(self) -> int:
        """Distinct people."""
        return len({line.person_ref for line in self.lines})


def report(form: Form, shown: Shown, people: Sequence[Opened] | None, *, today: date) -> dict[str, Any]:
    """The form as the contract says it. `people` belongs to the lines one by one; None where nobody may be named. `today`: the
    day on which it is judged."""
    names = [NOBODY_NAMED] * len(shown.lines) if people is None else [named(person) for person in people]
    rows = [
        {"no": number, **name, **line.facts(), "late": line.late}
        for number, (line, name) in enumerate(zip(shown.lines, names, strict=True), start=1)
    ]
    return {
        "form": form.code,
        "period": str(form.month),
        "province": form.province,
        "unit_id": None if form.unit_id is None else str(form.unit_id),
        "centre": None if shown.centre is None else {"centre_id": str(shown.centre.id), "name": shown.centre.name},
        "title": " ".join(form.title(shown.persons, shown.centre)),
        "due_on": form.due_on.isoformat(),
        "first_submitted_at": None if shown.first_submitted_at is None else instant(shown.first_submitted_at),
        "on_time": on_time(form.due_on, shown.first_submitted_at, today),
        "revision": shown.revision,
        "view": shown.view,
        "as_of": None if shown.as_of is None else instant(shown.as_of),
        "persons": shown.persons,
        "rows": rows,
        "hash": report_hash(shown.lines),
    }


def named(person: Opened) -> dict[str, str | None]:
    """`name` and `citizen_id` of a row. A person without a document has no number, a forgotten one no name either."""
    if person is None or isinstance(person, Unopened):
        return {"name": FORGOTTEN_NAME if person is Unopened.FORGOTTEN else UNREADABLE_NAME, "citizen_id": None}
    number = person.get("citizen_id")
    if number is not None and person.get("id_kind") == IdKind.THAI:
        number = normalise(number)
    return {"name": written_name(person.get("title"), person["first_name"], person["last_name"]), "citizen_id": number}
