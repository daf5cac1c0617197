"""Screening's decisions, pure: what is known of a case (`Case`, folded from events in whatever order they came), and what may be
said of it. The suggestions are in `rules.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from services.screening.rules import Suggestion, suggest
from shared.errors import RefusedError
from shared.events.case import CASE_FIELDS, CaseFacts
from shared.events.codes import Agency, AssistanceType, Decision, Priority
from shared.events.contract import Event
from shared.events.intake import NeedWithdrawn
from shared.events.kinds import DEFAULTS
from shared.events.routing import ReferralDeclined, ReferralFacts, ReferralReturned
from shared.events.screening import CaseReopened, CaseScreened
from shared.sealed import Sealed


class Status(StrEnum):
    """Where a case stands in screening."""

    REPORTED = "reported"
    NEEDS_INFORMATION = "needs_information"
    DECIDED = "decided"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case. Every field keeps the highest round of its kind, so that the order of events does not matter."""

    facts: CaseFacts | None = None
    """Any event about the case carries them; None while there was none."""
    withdrawn: bool = False
    decided: int = 0
    """The last round that was decided. A referral tells of it too: there is none without a decision."""
    came_back: int = 0
    """The last round whose referral was declined or returned, and which is open again because of it."""
    decision: CaseScreened | None = None
    question: CaseScreened | None = None
    """The last `needs_information`; it counts while its round is open."""

    @property
    def round(self) -> int:
        """The round that a decision made now would have."""
        return self.decided + 1

    @property
    def undecided(self) -> bool:
        """Never decided, or open again."""
        return self.decided == self.came_back

    @property
    def reopened(self) -> bool:
        return self.undecided and self.came_back > 0 and not self.withdrawn

    @property
    def needs_information(self) -> bool:
        return self.undecided and self.question is not None and self.question.round == self.round and not self.withdrawn

    @property
    def status(self) -> Status:
        if self.withdrawn:
            return Status.WITHDRAWN
        if not self.undecided:
            return Status.DECIDED
        if self.needs_information:
            return Status.NEEDS_INFORMATION
        return Status.REOPENED if self.reopened else Status.REPORTED

    @property
    def suggestion(self) -> Suggestion | None:
        """None when there is nothing to decide."""
        if self.facts is None or self.withdrawn or not self.undecided:
            return None
        facts = self.facts
        return suggest(facts.kind, worker_type=facts.worker_type, duplicate=facts.duplicate, reopened=self.reopened)


def evolve(case: Case, event: Event) -> Case:
    if not isinstance(event, CaseFacts):
        return case
    if case.facts is None:
        case = replace(case, facts=event)
    match event:
        case NeedWithdrawn():
            return replace(case, withdrawn=True)
        case CaseScreened() if event.decision is Decision.NEEDS_INFORMATION:
            return replace(case, question=_later(case.question, event))
        case CaseScreened():
            return replace(case, decision=_later(case.decision, event), decided=max(case.decided, event.round))
        case CaseReopened():
            return replace(case, came_back=max(case.came_back, event.round), decided=max(case.decided, event.round))
        case ReferralFacts():
            return replace(case, decided=max(case.decided, event.round))
        case _:
            return case


def _later(known: CaseScreened | None, event: CaseScreened) -> CaseScreened:
    """Of equal rounds the last one said: our own events are always in order."""
    return event if known is None or event.round >= known.round else known


def fold(events: Iterable[Event]) -> Case:
    case = Case()
    for event in events:
        case = evolve(case, event)
    return case


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the office says of a case. Agency and help belong to `eligible` only, and default to the kind's own."""

    decision: Decision
    agency: Agency | None = None
    assistance_type: AssistanceType | None = None
    priority: Priority | None = None
    reasons: tuple[str, ...] = ()


def must_be_undecided(case: Case) -> None:
    """Raises RefusedError `wrong_state` (withdrawn) or `already_decided`."""
    if case.withdrawn:
        raise RefusedError("wrong_state", "the need was withdrawn")
    if not case.undecided:
        raise RefusedError("already_decided", "the case is decided and has not come back")


def screen(case: Case, ruling: Ruling, *, words: Sealed | None = None, automatic: bool = False, at: datetime) -> CaseScreened:
    """One decision, or `needs_information`, which leaves the round open. Raises RefusedError as `must_be_undecided`."""
    must_be_undecided(case)
    facts = _facts(case)
    agency, assistance_type = ruling.agency, ruling.assistance_type
    if ruling.decision is Decision.ELIGIBLE:
        default = DEFAULTS[facts["kind"]]
        agency, assistance_type = agency or default.agency, assistance_type or default.assistance_type
    return CaseScreened(
        **facts,
        round=case.round,
        decision=ruling.decision,
        agency=agency,
        assistance_type=assistance_type,
        priority=ruling.priority or (Priority.URGENT if facts["urgent"] else Priority.NORMAL),
        reasons=ruling.reasons,
        automatic=automatic,
        decided_at=at,
        words=words,
    )


def screen_tipoff(case: Case, *, at: datetime) -> list[Event]:
    """A tip-off is decided by the system, as suggested and urgently; once: if it comes back, a person decides."""
    if case.facts is None or not case.facts.kind.tipoff or case.withdrawn or case.decided > 0:
        return []
    suggestion = case.suggestion
    assert suggestion is not None  # it is neither decided nor withdrawn
    ruling = Ruling(
        suggestion.decision, suggestion.agency, suggestion.assistance_type, Priority.URGENT, tuple(suggestion.reasons)
    )
    return [screen(case, ruling, automatic=True, at=at)]


def reopen(case: Case, referral: ReferralDeclined | ReferralReturned, *, at: datetime) -> list[Event]:
    """Back into the queue, unless it is there already, was decided again since, or is withdrawn."""
    if case.withdrawn or case.came_back >= referral.round or case.decided > referral.round:
        return []
    because: Literal["declined", "returned"] = "declined" if isinstance(referral, ReferralDeclined) else "returned"
    return [
        CaseReopened(
            **{name: getattr(referral, name) for name in CASE_FIELDS},
            round=referral.round,
            referral_id=referral.referral_id,
            because=because,
            reopened_at=at,
        )
    ]


def _facts(case: Case) -> dict[str, Any]:
    assert case.facts is not None  # nobody decides about a case of which nothing is known
    return {name: getattr(case.facts, name) for name in CASE_FIELDS}
