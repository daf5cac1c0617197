"""What intake, screening and routing say of needs and help in Chonburi, invented, as the tests of registry let it hear."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from shared.buddhist_calendar import fiscal_year
from shared.events.case import CASE_FIELDS, CaseFacts
from shared.events.codes import AssistanceType, Decision, NeedKind, WorkerType
from shared.events.contract import Event
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.routing import AssistanceRecorded, AssistanceVoided
from shared.events.screening import CaseReopened, CaseScreened
from shared.ids import derived_id
from tests.registry.given import BOX, PERSON

CASE = UUID("01890000-0000-7000-8000-00000000f001")
DAY = date(2011, 10, 10)


def need(case_id: UUID = CASE, *, on: date = DAY, kind: NeedKind = NeedKind.SKILL_TRAINING, **changed: Any) -> NeedReported:
    """A named need; a tip-off names nobody."""
    person = {} if kind.tipoff else {"person_ref": PERSON, "person": BOX, "worker_type": WorkerType.INFORMAL, "consent": True}
    facts: dict[str, Any] = {"province": "20", "area_code": "200101"} | person | changed
    at = datetime.combine(on, time(3), UTC)
    return NeedReported(
        case_id=case_id,
        kind=kind,
        urgent=kind.tipoff,
        reported_at=at,
        reported_on=on,
        fiscal_year=fiscal_year(on),
        **facts,
    )


def _facts(case: CaseFacts) -> dict[str, Any]:
    return {name: getattr(case, name) for name in CASE_FIELDS}


def withdrawn(case: CaseFacts) -> NeedWithdrawn:
    return NeedWithdrawn(**_facts(case), withdrawn_at=case.reported_at, words=BOX)


def screened(case: CaseFacts, decision: Decision = Decision.ELIGIBLE, round_: int = 1) -> CaseScreened:
    return CaseScreened(**_facts(case), round=round_, decision=decision, decided_at=case.reported_at)


def reopened(case: CaseFacts, round_: int = 1) -> CaseReopened:
    referral_id = derived_id(case.case_id, "referral")
    return CaseReopened(**_facts(case), round=round_, referral_id=referral_id, because="declined", reopened_at=case.reported_at)


def helped(case: CaseFacts, *, on: date = DAY, **changed: Any) -> AssistanceRecorded:
    """Help for the person of a case."""
    same = ("case_id", "kind", "province", "area_code", "person_ref", "person", "worker_type", "fiscal_year")
    facts = {name: getattr(case, name) for name in same} | changed
    return AssistanceRecorded(
        assistance_id=derived_id(case.case_id, "help"),
        revision=1,
        assistance_type=AssistanceType.DEVELOP,
        project_name="ฝึกอาชีพ",
        service_date=on,
        recorded_at=datetime.combine(on, time(4), UTC),
        **facts,
    )


def voided(help_: AssistanceRecorded) -> AssistanceVoided:
    return AssistanceVoided(**(_voidable(help_) | {"revision": help_.revision + 1, "void": True, "reason": BOX}))


def _voidable(help_: AssistanceRecorded) -> dict[str, Any]:
    return {name: getattr(help_, name) for name in AssistanceRecorded.model_fields if name != "consent"}


def of_case(case_id: UUID = CASE) -> Sequence[Event]:
    """From the report to the help."""
    case = need(case_id)
    return case, screened(case), helped(case)
