"""Routing's decisions, pure: what is known of a case (`Case`, folded from events in whatever order they came), and what may be
done about its referrals and the help that was given. Due dates are in `rules.py`.

A referral is sent, then accepted, declined, returned or closed; it is done by the first help, accepted again when the only help
is voided, and cancelled when the need is withdrawn while it is open. Help that was recorded stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.routing.rules import OPEN, due_at
from services.routing.units import MobileUnit, Unit
from shared.errors import PoisonError, RefusedError
from shared.events.case import CASE_FIELDS
from shared.events.codes import AssistanceType, Decision, Outcome, ReferralStatus, WorkerType
from shared.events.contract import Event
from shared.events.intake import NeedWithdrawn
from shared.events.routing import (
    AssistanceCorrected,
    AssistanceRecorded,
    AssistanceVoided,
    CaseReferred,
    ReferralAccepted,
    ReferralCancelled,
    ReferralClosed,
    ReferralDeclined,
    ReferralDone,
    ReferralFacts,
    ReferralPersonForgotten,
    ReferralReopened,
    ReferralReturned,
)
from shared.events.screening import CaseScreened
from shared.sealed import Sealed

Assistance = AssistanceRecorded | AssistanceCorrected | AssistanceVoided
Status = ReferralStatus

_REFERRAL_FIELDS = (*ReferralFacts.model_fields,)
_ASSISTANCE_FIELDS = (*(AssistanceRecorded.model_fields.keys() & AssistanceVoided.model_fields.keys()),)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case; of help without a case the help alone. Withdrawal is intake's word, the rest is routing's own,
    so that the order between them does not matter."""

    withdrawn: bool = False
    referrals: Mapping[UUID, ReferralFacts] = field(default_factory=dict)
    """Each referral's last event, by its id, in the order of their rounds."""
    assistances: Mapping[UUID, Assistance] = field(default_factory=dict)
    """The last event of each help, by its id."""
    told: frozenset[UUID] = frozenset()
    """Of which referrals the agency was told that the person is forgotten."""

    def other_help(self, than: Assistance) -> bool:
        """Whether the same referral has help that is not void, besides this one."""
        return any(
            help_.referral_id == than.referral_id and not help_.void and help_.assistance_id != than.assistance_id
            for help_ in self.assistances.values()
        )


def evolve(case: Case, event: Event) -> Case:
    match event:
        case NeedWithdrawn():
            return replace(case, withdrawn=True)
        case ReferralFacts():
            told = case.told | {event.referral_id} if isinstance(event, ReferralPersonForgotten) else case.told
            return replace(case, referrals={**case.referrals, event.referral_id: event}, told=told)
        case AssistanceRecorded() | AssistanceCorrected() | AssistanceVoided():
            return replace(case, assistances={**case.assistances, event.assistance_id: event})
        case _:
            return case


def fold(events: Iterable[Event]) -> Case:
    case = Case()
    for event in events:
        case = evolve(case, event)
    return case


def refer(case: Case, decision: CaseScreened, *, referral_id: UUID, at: datetime) -> list[Event]:
    """An eligible case goes to its agency, once a round. Nothing is sent of a need that is known to be withdrawn.
    Raises PoisonError for an eligible case without an agency or a kind of help."""
    if decision.decision is not Decision.ELIGIBLE or case.withdrawn:
        return []
    if any(referral.round >= decision.round for referral in case.referrals.values()):
        return []
    if decision.agency is None or decision.assistance_type is None:
        raise PoisonError("eligible_without_agency")
    return [
        CaseReferred(
            **{name: getattr(decision, name) for name in CASE_FIELDS},
            referral_id=referral_id,
            round=decision.round,
            agency=decision.agency,
            assistance_type=decision.assistance_type,
            priority=decision.priority,
            status=Status.SENT,
            referred_at=at,
            due_at=due_at(at, decision.priority),
        )
    ]


def cancel(case: Case) -> list[Event]:
    """The need was withdrawn: open referrals end; those that are done stay, with their help."""
    return [
        ReferralCancelled(**_now(referral, Status.CANCELLED)) for referral in case.referrals.values() if referral.status in OPEN
    ]


def tell_forgotten(case: Case, *, at: datetime) -> list[Event]:
    """The person of the case is forgotten: whoever it was referred to hears so, once for each referral, whatever became of it.
    `at`: since when."""
    return [
        ReferralPersonForgotten(**_now(referral, referral.status), forgotten_at=at)
        for referral in case.referrals.values()
        if referral.referral_id not in case.told
    ]


def accept(referral: ReferralFacts) -> list[Event]:
    """Raises RefusedError `wrong_state`, as all that follow."""
    must_be(referral, Status.SENT)
    return [ReferralAccepted(**_now(referral, Status.ACCEPTED))]


def decline(referral: ReferralFacts, *, words: Sealed) -> list[Event]:
    must_be(referral, Status.SENT)
    return [ReferralDeclined(**_now(referral, Status.DECLINED), words=words)]


def give_back(referral: ReferralFacts, *, words: Sealed) -> list[Event]:
    """More information is wanted."""
    must_be_open(referral)
    return [ReferralReturned(**_now(referral, Status.RETURNED), words=words)]


def close(referral: ReferralFacts, outcome: Outcome, *, words: Sealed) -> list[Event]:
    """It ended without help; one that is done cannot end so."""
    must_be_open(referral)
    return [ReferralClosed(**_now(referral, Status.CLOSED), outcome=outcome, words=words)]


def must_be(referral: ReferralFacts, *statuses: Status) -> None:
    """Raises RefusedError `wrong_state`."""
    if referral.status not in statuses:
        raise RefusedError("wrong_state", f"the referral is {referral.status}")


def must_be_open(referral: ReferralFacts) -> None:
    """Raises RefusedError `wrong_state`."""
    must_be(referral, *OPEN)


def must_take_help(referral: ReferralFacts) -> None:
    """Raises RefusedError `wrong_state`."""
    must_be(referral, *OPEN, Status.DONE)


@dataclass(frozen=True, slots=True)
class Whom:
    """Who was helped. `consent` is that of a person named with the help: for the person of a need, the need says it."""

    person_ref: UUID | None
    person: Sealed | None
    worker_type: WorkerType | None
    consent: bool = False


NOBODY = Whom(None, None, None)
"""A tip-off that named nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What was done, for whom, by which unit, at which mobile one."""

    assistance_type: AssistanceType
    project_name: str
    service_date: date
    unit_id: UUID | None
    mobile_unit_id: UUID | None = None
    whom: Whom
    in_database: bool = False
    roster_edition: str | None = None
    words: Sealed | None = None


def record_assistance(referral: ReferralFacts, given: Help, *, assistance_id: UUID, at: datetime) -> list[Event]:
    """Help through a referral: the first one accepts it, if nobody has, and it is done; later ones may be added."""
    must_take_help(referral)
    recorded = AssistanceRecorded(
        assistance_id=assistance_id,
        revision=1,
        case_id=referral.case_id,
        referral_id=referral.referral_id,
        agency=referral.agency,
        kind=referral.kind,
        volunteer_id=referral.volunteer_id,
        fiscal_year=referral.fiscal_year,
        province=referral.province,
        area_code=referral.area_code,
        recorded_at=at,
        **_done(given),
    )
    before = accept(referral) if referral.status is Status.SENT else []
    after = [ReferralDone(**_now(referral, Status.DONE))] if referral.status in OPEN else []
    return [*before, recorded, *after]


def record_own_assistance(unit: Unit | MobileUnit, given: Help, *, assistance_id: UUID, at: datetime) -> list[Event]:
    """Help without a referral, in the province and the area of the unit that gave it, or of the mobile unit."""
    return [
        AssistanceRecorded(
            assistance_id=assistance_id,
            revision=1,
            province=unit.province,
            area_code=unit.area_code,
            recorded_at=at,
            **_done(given),
        )
    ]


def correct(assistance: Assistance, changes: Mapping[str, Any], *, reason: Sealed) -> list[Event]:
    """`changes`: new values by the event's field names. Raises RefusedError `wrong_state` for void help."""
    must_stand(assistance)
    return [AssistanceCorrected(**{**_next(assistance), **changes}, reason=reason)]


def void(case: Case, assistance: Assistance, *, reason: Sealed) -> list[Event]:
    """It did not happen. A referral without any other help is accepted again; where the need was withdrawn meanwhile it ends as
    an open one would have. Raises RefusedError `wrong_state` for help that is void already."""
    must_stand(assistance)
    voided = AssistanceVoided(**{**_next(assistance), "void": True}, reason=reason)
    referral = None if assistance.referral_id is None else case.referrals[assistance.referral_id]
    if referral is None or referral.status is not Status.DONE or case.other_help(assistance):
        return [voided]
    if case.withdrawn:
        return [voided, ReferralCancelled(**_now(referral, Status.CANCELLED))]
    return [voided, ReferralReopened(**_now(referral, Status.ACCEPTED))]


def must_stand(assistance: Assistance) -> None:
    """Raises RefusedError `wrong_state`."""
    if assistance.void:
        raise RefusedError("wrong_state", "the help was voided")


def _now(referral: ReferralFacts, status: Status) -> dict[str, Any]:
    return {**{name: getattr(referral, name) for name in _REFERRAL_FIELDS}, "status": status}


def _next(assistance: Assistance) -> dict[str, Any]:
    return {
        **{name: getattr(assistance, name) for name in _ASSISTANCE_FIELDS},
        "revision": assistance.revision + 1,
    }


def _done(given: Help) -> dict[str, Any]:
    return {
        "assistance_type": given.assistance_type,
        "project_name": given.project_name,
        "service_date": given.service_date,
        "unit_id": given.unit_id,
        "mobile_unit_id": given.mobile_unit_id,
        "person_ref": given.whom.person_ref,
        "person": given.whom.person,
        "worker_type": given.whom.worker_type,
        "consent": given.whom.consent,
        "in_database": given.in_database,
        "roster_edition": given.roster_edition,
        "words": given.words,
    }
