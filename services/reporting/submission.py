"""Submitting a form: whether it may be, and what is frozen of it. Pure: what was submitted before and the rows are given."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.reporting.forms import Form, report_id
from services.reporting.report import Line, report_hash
from shared.buddhist_calendar import bangkok_day
from shared.errors import RefusedError
from shared.events.contract import Event
from shared.events.reporting import FrozenRow, ReportSubmitted

ROWS_PER_EVENT = 5000
"""About 60 bytes each: well below what an event may have."""


def last_submission(events: Sequence[Event]) -> ReportSubmitted | None:
    """The last of a form's stream: its last part."""
    return next((event for event in reversed(events) if isinstance(event, ReportSubmitted)), None)


def submit(form: Form, last: ReportSubmitted | None, lines: Sequence[Line], at: datetime) -> list[ReportSubmitted]:
    """One event, or one per ROWS_PER_EVENT rows. No rows is a nil report.

    Raises RefusedError `period_open` before the last service day, `nothing_changed` when the last submission says the same."""
    if bangkok_day(at) < form.service_dates[1]:
        raise RefusedError("period_open", f"the period ends on {form.service_dates[1].isoformat()}")
    found = report_hash(lines)
    if last is not None and last.hash == found:
        raise RefusedError("nothing_changed", f"the same as revision {last.revision}")
    parts = [lines[start : start + ROWS_PER_EVENT] for start in range(0, max(1, len(lines)), ROWS_PER_EVENT)]
    return [
        ReportSubmitted(
            report_id=report_id(form),
            form=form.code,
            period=str(form.month),
            province=form.province,
            unit_id=form.unit_id,
            revision=1 if last is None else last.revision + 1,
            submitted_at=at,
            first_submitted_at=at if last is None else last.first_submitted_at,
            hash=found,
            row_count=len(lines),
            persons=len({line.person_ref for line in lines}),
            part=number,
            parts=len(parts),
            frozen=tuple(FrozenRow(assistance_id=line.assistance_id, revision=line.revision) for line in part),
        )
        for number, part in enumerate(parts, start=1)
    ]


def moment_after(last: ReportSubmitted | None, at: datetime) -> datetime:
    """The instant of a submission: after the one before, also where a played time goes back."""
    return at if last is None else max(at, last.submitted_at + timedelta(microseconds=1))
