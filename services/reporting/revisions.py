"""What one submission of a form changed against the one before, row by row, and because of which events. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.reporting.report import Line, instant


@dataclass(frozen=True, slots=True)
class Version:
    """A help after one of its events: what a row would say of it, and the event with its actor. `known_from` is aware."""

    line: Line
    known_from: datetime
    cause: UUID
    by: str

    def because(self) -> dict[str, Any]:
        return {"cause": str(self.cause), "by": self.by}


@dataclass(frozen=True, slots=True)
class Submission:
    """A revision as it was submitted. `rows`: the revision of each help on it."""

    revision: int
    submitted_at: datetime
    submitted_by: str
    hash: str
    rows: Mapping[UUID, int]


def revisions(submissions: Sequence[Submission], versions: Mapping[UUID, Sequence[Version]]) -> list[dict[str, Any]]:
    """Every revision, first one first. `versions`: all of each help that ever stood on the form, in their order."""
    before: list[Mapping[UUID, int]] = [{}, *(submission.rows for submission in submissions)]
    return [_revision(was, submission, versions) for was, submission in zip(before, submissions, strict=False)]


def _revision(before: Mapping[UUID, int], now: Submission, versions: Mapping[UUID, Sequence[Version]]) -> dict[str, Any]:
    return {
        "revision": now.revision,
        "submitted_at": instant(now.submitted_at),
        "submitted_by": now.submitted_by,
        "hash": now.hash,
        "added": [
            {"assistance_id": str(help_), **_version(versions[help_], number).because()}
            for help_, number in now.rows.items()
            if help_ not in before
        ],
        "removed": [
            {"assistance_id": str(help_), **_known_at(versions[help_], now.submitted_at).because()}
            for help_ in before
            if help_ not in now.rows
        ],
        "changed": [
            change
            for help_, number in now.rows.items()
            if help_ in before and (change := _change(versions[help_], before[help_], number)) is not None
        ],
    }


def _change(versions: Sequence[Version], before: int, now: int) -> dict[str, Any] | None:
    """None where nothing that a row says has changed: a note may have."""
    old, new = _version(versions, before), _version(versions, now)
    was, is_ = old.line.facts(), new.line.facts()
    fields = {name: [was[name], is_[name]] for name in is_ if was[name] != is_[name]}
    if not fields:
        return None
    return {"assistance_id": str(new.line.assistance_id), "fields": fields, **new.because()}


def _version(versions: Sequence[Version], number: int) -> Version:
    return next(version for version in versions if version.line.revision == number)


def _known_at(versions: Sequence[Version], at: datetime) -> Version:
    """The last that was known then."""
    return max((version for version in versions if version.known_from <= at), key=lambda version: version.line.revision)
