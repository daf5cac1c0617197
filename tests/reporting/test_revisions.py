"""What one submission changed against the one before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.reporting.report import Line
from services.reporting.revisions import Submission, Version, revisions
from tests.reporting.given import an_id
from tests.reporting.test_report import LINE

FIRST, SECOND = datetime(2021, 5, 25, 3, 0, tzinfo=UTC), datetime(2021, 6, 1, 3, 0, tzinfo=UTC)
A, B, C = an_id(1), an_id(2), an_id(3)


def version(help_: UUID, revision: int, known_from: datetime, **facts: Any) -> Version:
    line: Line = replace(LINE, assistance_id=help_, revision=revision, **facts)
    return Version(line, known_from, an_id(100 * revision + help_.int % 16), f"office-{revision}")


def submission(number: int, at: datetime, **rows: int) -> Submission:
    return Submission(
        number, at, "clerk", "0" * 64, {{"a": A, "b": B, "c": C}[name]: revision for name, revision in rows.items()}
    )


BEFORE, BETWEEN, AFTER = FIRST - timedelta(days=1), FIRST + timedelta(days=1), SECOND + timedelta(days=1)
VERSIONS = {
    A: [version(A, 1, BEFORE), version(A, 2, BETWEEN, project_name="ใหม่", assistance_type="protect"), version(A, 3, AFTER)],
    B: [version(B, 1, BEFORE), version(B, 2, BETWEEN), version(B, 3, AFTER)],
    C: [version(C, 1, BETWEEN)],
}


def test_every_row_of_the_first_submission_was_added() -> None:
    (first,) = revisions([submission(1, FIRST, a=1, b=1)], VERSIONS)
    assert first["added"] == [
        {"assistance_id": str(A), "cause": str(VERSIONS[A][0].cause), "by": "office-1"},
        {"assistance_id": str(B), "cause": str(VERSIONS[B][0].cause), "by": "office-1"},
    ]
    assert (first["removed"], first["changed"]) == ([], [])
    assert (first["submitted_at"], first["submitted_by"]) == ("2021-05-25T03:00:00.000000Z", "clerk")


def test_what_came_what_went_and_what_changed_is_told_with_its_cause() -> None:
    """What is removed went because of the last event known at the submission, not because of a later one."""
    _, second = revisions([submission(1, FIRST, a=1, b=1), submission(2, SECOND, a=2, c=1)], VERSIONS)
    assert second["added"] == [{"assistance_id": str(C), "cause": str(VERSIONS[C][0].cause), "by": "office-1"}]
    assert second["removed"] == [{"assistance_id": str(B), "cause": str(VERSIONS[B][1].cause), "by": "office-2"}]
    assert second["changed"] == [
        {
            "assistance_id": str(A),
            "fields": {"assistance_type": ["promote", "protect"], "project_name": [LINE.project_name, "ใหม่"]},
            "cause": str(VERSIONS[A][1].cause),
            "by": "office-2",
        }
    ]


def test_a_changed_note_changes_no_row() -> None:
    _, second = revisions([submission(1, FIRST, b=1), submission(2, SECOND, b=2, c=1)], VERSIONS)
    assert second["changed"] == []


def test_a_row_that_left_and_came_back_is_added_again() -> None:
    third = revisions([submission(1, FIRST, a=1), submission(2, SECOND), submission(3, AFTER, a=3)], VERSIONS)[2]
    assert [row["cause"] for row in third["added"]] == [str(VERSIONS[A][2].cause)]


def test_a_form_never_submitted_has_no_revisions() -> None:
    assert revisions([], {}) == []
