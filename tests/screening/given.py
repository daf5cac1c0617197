"""What other services said about a case, for the tests of screening: a need in พิมพา, Chachoengsao, and its referrals."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.screening.domain import Case, Ruling, fold, screen
from shared.events.case import CASE_FIELDS, CaseFacts
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority, ReferralStatus, WorkerType
from shared.events.contract import Event
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.routing import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralFacts, ReferralReturned
from shared.events.screening import CaseReopened, CaseScreened
from shared.ids import derived_id
from shared.sealed import Sealed

CASE = UUID("01890000-0000-7000-8000-000000000001")
PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
REPORTED_AT = datetime(2021, 5, 10, 2, 30, tzinfo=UTC)
DECIDED_AT = datetime(2021, 5, 11, 2, 0, tzinfo=UTC)
WORDS = Sealed(key_ref=PERSON, box="A" * 40)


def need(case_id: UUID = CASE, **changed: Any) -> NeedReported:
    """A named need; for a tip-off give its kind."""
    kind = NeedKind(changed.get("kind", NeedKind.JOB_DOMESTIC))
    named: dict[str, Any] = {} if kind.tipoff else {"person_ref": PERSON, "worker_type": WorkerType.INFORMAL}
    return NeedReported.model_validate(
        {
            "case_id": case_id,
            "kind": kind,
            "urgent": kind.tipoff,
            "province": "24",
            "area_code": "240409",
            "reported_at": REPORTED_AT,
            "reported_on": date(2021, 5, 10),
            "fiscal_year": 2564,
            **named,
            **changed,
        }
    )


def facts(event: CaseFacts) -> dict[str, Any]:
    return {name: getattr(event, name) for name in CASE_FIELDS}


def withdrawn(reported: CaseFacts) -> NeedWithdrawn:
    return NeedWithdrawn(**facts(reported), withdrawn_at=DECIDED_AT, words=WORDS)


def screened(reported: CaseFacts, decision: Decision = Decision.ELIGIBLE, round_: int = 1, **changed: Any) -> CaseScreened:
    eligible = decision is Decision.ELIGIBLE
    return CaseScreened(
        **{
            **facts(reported),
            "round": round_,
            "decision": decision,
            "agency": Agency.DOE if eligible else None,
            "assistance_type": AssistanceType.PROMOTE if eligible else None,
            "decided_at": DECIDED_AT,
            **changed,
        }
    )


def reopened(referral: ReferralDeclined | ReferralReturned, at: datetime = DECIDED_AT) -> CaseReopened:
    because = "declined" if isinstance(referral, ReferralDeclined) else "returned"
    return CaseReopened(
        **facts(referral), round=referral.round, referral_id=referral.referral_id, because=because, reopened_at=at
    )


def referral(kind: type[ReferralFacts], reported: CaseFacts, round_: int = 1, agency: Agency = Agency.DOE) -> Any:
    """What routing says of the referral of a round, as an event of the type `kind`."""
    status = {
        CaseReferred: ReferralStatus.SENT,
        ReferralAccepted: ReferralStatus.ACCEPTED,
        ReferralDeclined: ReferralStatus.DECLINED,
        ReferralReturned: ReferralStatus.RETURNED,
    }[kind]
    words = {"words": WORDS} if kind in (ReferralDeclined, ReferralReturned) else {}
    return kind(
        **facts(reported),
        referral_id=derived_id(reported.case_id, f"referral {round_}"),
        round=round_,
        agency=agency,
        assistance_type=AssistanceType.PROMOTE,
        priority=Priority.NORMAL,
        status=status,
        referred_at=DECIDED_AT,
        due_at=DECIDED_AT + timedelta(days=15),
        **words,
    )


def declined(reported: CaseFacts, round_: int = 1, agency: Agency = Agency.DOE) -> ReferralDeclined:
    found: ReferralDeclined = referral(ReferralDeclined, reported, round_, agency)
    return found


def returned(reported: CaseFacts, round_: int = 1, agency: Agency = Agency.DOE) -> ReferralReturned:
    found: ReferralReturned = referral(ReferralReturned, reported, round_, agency)
    return found


def given(*events: Event) -> Case:
    return fold(events)


def when_screened(events: Sequence[Event], decision: Decision, **ruling: Any) -> CaseScreened:
    """What screening says to that decision, after these events."""
    return screen(fold(events), Ruling(decision, **ruling), at=DECIDED_AT)
