"""Intake's decisions, pure: what is known of a case (`Case`, folded from events in whatever order they came), where it stands,
and what may be said of it. Who may report it is in `reporters.py`; which needs are the same, in `duplicates.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.buddhist_calendar import bangkok_day, fiscal_year
from shared.errors import RefusedError
from shared.events.case import CASE_FIELDS
from shared.events.case_status import OF_DECISION, OF_REFERRAL, CaseStatus
from shared.events.codes import Decision, NeedKind, WorkerType
from shared.events.contract import Event
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.routing import ReferralFacts
from shared.events.screening import CaseReopened, CaseScreened
from shared.places import province_of
from shared.sealed import Sealed

OF_REOPENING = {"declined": CaseStatus.DECLINED, "returned": CaseStatus.RETURNED}


@dataclass(frozen=True, slots=True)
class Word:
    """The last that one service said of a case. Within a round its later word counts; a later round beats an earlier one."""

    round: int
    status: CaseStatus


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case. Each source keeps its last word for itself, so that the order between sources does not matter."""

    need: NeedReported | None = None
    withdrawn: NeedWithdrawn | None = None
    screening: Word | None = None
    routing: Word | None = None

    @property
    def decided(self) -> bool:
        """Whether a decision is known; a referral tells of one, too."""
        return self.screening is not None or self.routing is not None

    @property
    def status(self) -> CaseStatus:
        """The last decision round counts. Within it the referral is ahead of the decision that led to it; that the case is open
        again says no more than how the referral ended, and is true even where that has not been heard yet."""
        if self.withdrawn is not None:
            return CaseStatus.WITHDRAWN
        if self.screening is None:
            return CaseStatus.REPORTED if self.routing is None else self.routing.status
        if self.routing is None or self.routing.round < self.screening.round:
            return self.screening.status
        reopened = self.routing.round == self.screening.round and self.screening.status in OF_REOPENING.values()
        return self.screening.status if reopened else self.routing.status


def evolve(case: Case, event: Event) -> Case:
    match event:
        case NeedReported():
            return replace(case, need=event)
        case NeedWithdrawn():
            return replace(case, withdrawn=event)
        case CaseScreened() if event.decision is not Decision.NEEDS_INFORMATION:
            return replace(case, screening=_later(case.screening, Word(event.round, OF_DECISION[event.decision])))
        case CaseReopened():
            return replace(case, screening=_later(case.screening, Word(event.round, OF_REOPENING[event.because])))
        case ReferralFacts():
            return replace(case, routing=_later(case.routing, Word(event.round, OF_REFERRAL[event.status])))
        case _:
            return case


def _later(known: Word | None, word: Word) -> Word:
    """Of one round a service's words come in their order: one referral has one agency, and so one topic."""
    return word if known is None or word.round >= known.round else known


def fold(events: Iterable[Event]) -> Case:
    case = Case()
    for event in events:
        case = evolve(case, event)
    return case


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What was reported, without the person. `unit_id` is the one named, or else the volunteer's."""

    kind: NeedKind
    area_code: str
    village_no: int | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None
    worker_type: WorkerType | None = None
    reported_at: datetime
    consent: bool = False

    @property
    def fiscal_year(self) -> int:
        """Of the day in Bangkok, in the Buddhist era."""
        return fiscal_year(self.reported_at)


def report_need(
    case_id: UUID,
    need: Need,
    *,
    person_ref: UUID | None = None,
    person: Sealed | None = None,
    words: Sealed | None = None,
    original: UUID | None = None,
) -> NeedReported:
    """A new case; a duplicate of `original` if there is one. Tip-offs are urgent (อย่างรีบด่วน)."""
    return NeedReported(
        case_id=case_id,
        kind=need.kind,
        urgent=need.kind.tipoff,
        province=province_of(need.area_code),
        area_code=need.area_code,
        village_no=need.village_no,
        volunteer_id=need.volunteer_id,
        unit_id=need.unit_id,
        person_ref=person_ref,
        person=person,
        worker_type=need.worker_type,
        reported_at=need.reported_at,
        reported_on=bangkok_day(need.reported_at),
        fiscal_year=need.fiscal_year,
        duplicate=original is not None,
        duplicate_of=original,
        consent=need.consent,
        words=words,
    )


def must_be_withdrawable(case: Case) -> NeedReported:
    """The need, if it can still be taken back. Raises RefusedError `wrong_state`."""
    if case.withdrawn is not None:
        raise RefusedError("wrong_state", "the need was withdrawn before")
    if case.decided:
        raise RefusedError("wrong_state", "the need is decided")
    assert case.need is not None  # whoever asks has found the need
    return case.need


def withdraw(case: Case, *, words: Sealed, at: datetime) -> NeedWithdrawn:
    """Taken back. Raises RefusedError as `must_be_withdrawable`."""
    need = must_be_withdrawable(case)
    facts: dict[str, Any] = {name: getattr(need, name) for name in CASE_FIELDS}
    return NeedWithdrawn(**facts, withdrawn_at=at, words=words)
