"""What reporting says: official forms that were submitted."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import ReportForm
from shared.events.contract import Event, Instant


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
