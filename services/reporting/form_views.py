"""What stands on the official forms, in plain SQL: now, at an instant, or on a submission. Each answer is one statement, and so
of one moment: a rebuild may put new tables behind the views between two of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from services.reporting.forms import Centre, Form, Sp12, Unit, report_id
from services.reporting.report import Line, Shown, View
from services.reporting.revisions import Submission, Version
from shared.store.store import Connection

_LINE: LiteralString = (
    "a.assistance_id, a.case_id, a.person_ref, a.person, a.worker_type, a.assistance_type, a.project_name, a.in_database,"
    " a.service_date, a.recorded_at, a.revision"
)
_THEN: LiteralString = "a.known_from <= %(at)b AND (a.known_to IS NULL OR a.known_to > %(at)b) AND NOT a.void"
_PLACE: LiteralString = "a.{} = %(place)b AND a.service_date BETWEEN %(first)b AND %(last)b AND a.person_ref IS NOT NULL"
_ROWS: dict[View, LiteralString] = {
    View.LIVE: f"assistance_versions a WHERE a.known_to IS NULL AND NOT a.void AND {_PLACE}",
    View.ASOF: f"assistance_versions a WHERE {_THEN} AND {_PLACE}",
    View.SUBMITTED: (
        "submitted_rows r JOIN assistance_versions a ON a.assistance_id = r.assistance_id AND a.revision = r.assistance_revision"
        " WHERE r.report_id = %(report)b AND r.revision = %(revision)b"
    ),
}
_SENT: dict[View, LiteralString] = {
    View.LIVE: "true",
    View.ASOF: "s.submitted_at <= %(at)b",
    View.SUBMITTED: "(s.revision = 1 OR s.revision = %(revision)b)",
}
# As forms are: by what was known then, also of the centre, whoever has established or renamed it since.
_CENTRE: dict[View, LiteralString] = {
    View.LIVE: "c.known_to IS NULL",
    View.ASOF: "c.known_from <= %(at)b AND (c.known_to IS NULL OR c.known_to > %(at)b)",
    View.SUBMITTED: "c.known_from <= sent.submitted_at AND (c.known_to IS NULL OR c.known_to > sent.submitted_at)",
}
# The form's own words beside each of its rows, so that both are of one moment; a form without rows is one row of them.
_SHOWN: LiteralString = """
SELECT sent.revision, sent.first_at, sent.submitted_at, (SELECT nullif(known_at, '-infinity') FROM head),
       centre.centre_id, centre.name, rows.*,
       sent.revision IS NOT NULL AND NOT EXISTS (
           SELECT FROM submitted_rows f
           WHERE f.report_id = %(report)b AND f.revision = 1 AND f.assistance_id = rows.assistance_id
       )
FROM (
    SELECT max(s.revision) AS revision, min(s.submitted_at) FILTER (WHERE s.revision = 1) AS first_at,
           max(s.submitted_at) AS submitted_at
    FROM submissions s WHERE s.report_id = %(report)b AND {sent}
) sent
LEFT JOIN LATERAL (
    SELECT c.centre_id, c.name FROM centre_versions c WHERE c.province = %(province)b AND {centre} ORDER BY c.version DESC LIMIT 1
) centre ON true
LEFT JOIN (SELECT {line} FROM {rows}) rows ON true
ORDER BY rows.service_date, rows.recorded_at, rows.assistance_id
"""
_LAST_REVISION: LiteralString = "SELECT max(revision) FROM submissions WHERE report_id = %s"
_SUBMISSIONS: LiteralString = """
SELECT s.revision, s.submitted_at, s.submitted_by, s.hash, r.assistance_id, r.assistance_revision
FROM submissions s
LEFT JOIN submitted_rows r ON r.report_id = s.report_id AND r.revision = s.revision
LEFT JOIN assistance_versions a ON a.assistance_id = r.assistance_id AND a.revision = r.assistance_revision
WHERE s.report_id = %s
ORDER BY s.revision, a.service_date, a.recorded_at, a.assistance_id
"""
_VERSIONS: LiteralString = f"""
SELECT {_LINE}, false, a.known_from, a.event_id, e.meta ->> 'actor'
FROM assistance_versions a JOIN events e ON e.position = a.position
WHERE a.assistance_id IN (SELECT assistance_id FROM submitted_rows WHERE report_id = %s)
ORDER BY a.assistance_id, a.revision
"""
_REPORTS_WITH: LiteralString = """
SELECT s.form, to_char(s.month, 'YYYY-MM'), s.revision
FROM submitted_rows r JOIN submissions s ON s.report_id = r.report_id AND s.revision = r.revision
WHERE r.assistance_id = %s
ORDER BY s.month, s.form, s.revision
"""


async def unit(connection: Connection, unit_id: UUID) -> Unit | None:
    cursor = await connection.execute("SELECT unit_id, name, province FROM units WHERE unit_id = %s", [unit_id], prepare=True)
    row = await cursor.fetchone()
    return None if row is None else Unit(*row)


async def live(connection: Connection, form: Form) -> Shown:
    """Help that is not void, of people only; the same for the other views."""
    return await _shown(connection, form, View.LIVE, {})


async def as_of(connection: Connection, form: Form, at: datetime) -> Shown:
    """As it was known at an instant."""
    return await _shown(connection, form, View.ASOF, {"at": at})


async def submitted(connection: Connection, form: Form, revision: int | None) -> Shown | None:
    """As it was submitted, the last time if no revision is named; None if it was not."""
    if revision is None:
        cursor = await connection.execute(_LAST_REVISION, [report_id(form)], prepare=True)
        row = await cursor.fetchone()
        revision = None if row is None else row[0]
    if revision is None:
        return None
    shown = await _shown(connection, form, View.SUBMITTED, {"revision": revision})
    return shown if shown.revision == revision else None


async def _shown(connection: Connection, form: Form, view: View, more: Mapping[str, object]) -> Shown:
    sp12 = isinstance(form, Sp12)
    first, last = form.service_dates
    place: dict[str, object] = (
        {"place": form.unit_id if sp12 else form.province, "first": first, "last": last} if view is not View.SUBMITTED else {}
    )
    rows = _ROWS[view].replace("{}", "unit_id" if sp12 else "province")
    statement = _SHOWN.replace("{sent}", _SENT[view]).replace("{centre}", _CENTRE[view])
    statement = statement.replace("{line}", _LINE).replace("{rows}", rows)
    given = {"report": report_id(form), "province": form.province, **place, **more}
    cursor = await connection.execute(statement, given, prepare=True, binary=True)
    found = await cursor.fetchall()
    revision, first_at, submitted_at, known_at, centre_id, centre_name = found[0][:6]
    at = {View.LIVE: known_at, View.ASOF: more.get("at"), View.SUBMITTED: submitted_at}[view]
    lines = [Line(*row[6:]) for row in found if row[6] is not None]
    return Shown(view, at, revision or 0, first_at, lines, None if centre_id is None else Centre(centre_id, centre_name))


async def submissions(connection: Connection, form: Form) -> list[Submission]:
    """Every submission of a form with its rows, first one first."""
    cursor = await connection.execute(_SUBMISSIONS, [report_id(form)], prepare=True)
    found: dict[int, Submission] = {}
    for revision, submitted_at, submitted_by, hash_, assistance_id, assistance_revision in await cursor.fetchall():
        rows: dict[UUID, int] = {}
        submission = found.setdefault(revision, Submission(revision, submitted_at, submitted_by, hash_, rows))
        if assistance_id is not None:
            assert isinstance(submission.rows, dict)
            submission.rows[assistance_id] = assistance_revision
    return list(found.values())


async def versions(connection: Connection, form: Form) -> dict[UUID, list[Version]]:
    """Every version of each help that ever stood on a submission of the form."""
    cursor = await connection.execute(_VERSIONS, [report_id(form)], prepare=True)
    found: dict[UUID, list[Version]] = {}
    for row in await cursor.fetchall():
        version = Version(Line(*row[:12]), *row[12:])
        found.setdefault(version.line.assistance_id, []).append(version)
    return found


async def reports_with(connection: Connection, assistance_id: UUID) -> list[tuple[str, str, int]]:
    """Form, period and revision of each submission that a help stood on."""
    cursor = await connection.execute(_REPORTS_WITH, [assistance_id], prepare=True)
    return [(form, period, revision) for form, period, revision in await cursor.fetchall()]
