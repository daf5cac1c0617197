"""What reporting says: official forms that were submitted, and the targets that projects are measured against."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import ReportForm
from shared.events.contract import Event, Instant
from shared.ids import derived_id

_TARGETS = UUID("5f1d7c1e-63a0-5d0c-9a1b-0d5f8f0c2b64")


class FrozenRow(BaseModel):
    """A row of a submitted form: a help, and which of its revisions stood there. Names are not frozen, they are filled in when
    the form is shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    assistance_id: UUID
    revision: int


class ReportSubmitted(Event):
    """A form was submitted as it stood at that moment. Many rows are told in several events of one group, `part` of `parts`."""

    TYPE: ClassVar[str] = "ReportSubmitted"
    OWNER: ClassVar[str] = "reporting"
    TOPIC: ClassVar[str] = "reporting.submissions"

    report_id: UUID
    """One for each form, place and month."""
    form: ReportForm
    period: str
    """The month in the common era: 2021-05."""
    province: str
    unit_id: UUID | None = None
    """Of แบบ สป-๑๒ only."""
    revision: int
    """1 is the first submission."""
    submitted_at: Instant
    first_submitted_at: Instant
    hash: str
    """SHA-256 over all rows of the form, as its JSON names them."""
    row_count: int
    """Of all parts."""
    persons: int
    """Distinct people in all parts."""
    part: int = 1
    parts: int = 1
    frozen: tuple[FrozenRow, ...]
    """The rows of this part, in the order of the form."""

    @property
    def stream(self) -> UUID:
        return self.report_id


class ProjectTargetSet(Event):
    """How many people a plan, project or activity of a province is to help in a fiscal year. Nothing but the newest counts."""

    TYPE: ClassVar[str] = "ProjectTargetSet"
    OWNER: ClassVar[str] = "reporting"
    TOPIC: ClassVar[str] = "reporting.targets"

    target_id: UUID
    """One for each province, fiscal year and project: see `target_id_of`."""
    province: str
    fiscal_year: int
    """In the Buddhist era: 2564 is 1 Oct 2020 - 30 Sep 2021."""
    project_name: str
    target: int
    """People; 0 is no target any more."""
    set_at: Instant

    @property
    def stream(self) -> UUID:
        return self.target_id


def target_id_of(province: str, fiscal_year: int, project_name: str) -> UUID:
    """The id of a project's target: the same whoever works it out."""
    return derived_id(_TARGETS, f"{province} {fiscal_year} {project_name}")
