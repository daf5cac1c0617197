"""The shapes of the official forms, and of what each submission of one changed."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from services.reporting.answers.words import Count, Hash, Period, Province
from services.reporting.report import View
from shared.events.codes import AssistanceType, ReportForm, WorkerType

Value = str | bool | None
"""Of a field of a row."""


class CentreNamed(BaseModel):
    centre_id: UUID
    name: str


class FormRow(BaseModel):
    """`name` and `citizen_id` are null where the caller is not shown people; the number also of somebody without one."""

    no: int
    name: str | None
    citizen_id: str | None
    assistance_type: AssistanceType
    worker_type: WorkerType | None
    project_name: str
    in_database: bool
    assistance_id: UUID
    case_id: UUID | None
    service_date: date
    recorded_at: datetime
    late: bool


class FormShown(BaseModel):
    """`as_of`: null in an empty store. `revision`: 0 while there is none."""

    form: ReportForm
    period: Period
    province: Province
    unit_id: UUID | None
    centre: CentreNamed | None
    title: str
    due_on: date
    first_submitted_at: datetime | None
    on_time: bool | None
    revision: Count
    view: View
    as_of: datetime | None
    persons: Count
    rows: list[FormRow]
    hash: Hash


class RowMoved(BaseModel):
    """`cause`: the id of the event that made it so; `by`: who."""

    assistance_id: UUID
    cause: UUID
    by: str


class RowChanged(RowMoved):
    """`fields`: by name, as it was and as it is."""

    fields: dict[str, tuple[Value, Value]]


class Revision(BaseModel):
    revision: int
    submitted_at: datetime
    submitted_by: str
    hash: Hash
    added: list[RowMoved]
    removed: list[RowMoved]
    changed: list[RowChanged]


class Revisions(BaseModel):
    """The first one first."""

    items: list[Revision]
