"""What routing hears of a case, and what it says of it, for its tests: a need in พิมพา, Chachoengsao, decided eligible."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.routing.domain import Case, Help, Whom, fold, refer
from shared.events.case import CaseFacts
from shared.events.codes import Agency, AssistanceType, MobileUnitStatus, NeedKind, ReferralStatus, WorkerType
from shared.events.contract import Event
from shared.events.network import MobileUnitPlanned
from shared.events.registry import ServiceUnitOpened
from shared.events.routing import CaseReferred, ReferralFacts
from shared.ids import derived_id
from shared.sealed import Sealed
from tests.screening.given import need, screened

REFERRED_AT = datetime(2021, 5, 11, 4, 0, tzinfo=UTC)
RECORDED_AT = datetime(2021, 5, 20, 4, 0, tzinfo=UTC)
UNIT = UUID("01890000-0000-7000-8000-0000000000a1")
MOBILE_UNIT = UUID("01890000-0000-7000-8000-0000000000c1")
ASSISTANCE = UUID("01890000-0000-7000-8000-0000000000b1")
PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
BOX = Sealed(key_ref=PERSON, box="B" * 40)
WORDS = Sealed(key_ref=PERSON, box="C" * 40)
NEED = need(village_no=3, person=BOX, unit_id=UNIT)


def unit(unit_id: UUID = UNIT, **changed: Any) -> ServiceUnitOpened:
    facts = {"name": "บ้านคลองนิยม", "province": "24", "area_code": "240409", "village_no": 3, "opened_on": date(2021, 5, 7)}
    return ServiceUnitOpened(**{"unit_id": unit_id, **facts, **changed})


def mobile_unit(mobile_unit_id: UUID = MOBILE_UNIT, **changed: Any) -> MobileUnitPlanned:
    facts = {
        "province": "24",
        "area_code": "240401",
        "planned_on": date(2021, 5, 20),
        "project_name": "หน่วยบริการเคลื่อนที่",
        "agencies": (Agency.DOE,),
        "kinds": (NeedKind.JOB_DOMESTIC,),
        "expected_people": 80,
        "status": MobileUnitStatus.PLANNED,
    }
    return MobileUnitPlanned(**{"mobile_unit_id": mobile_unit_id, **facts, **changed})


def given(*events: Event) -> Case:
    return fold(events)


def referral_id(reported: CaseFacts, round_: int = 1) -> UUID:
    return derived_id(reported.case_id, f"referral {round_}")


def referred(reported: CaseFacts = NEED, round_: int = 1, **changed: Any) -> CaseReferred:
    """The referral that an eligible decision leads to; `changed` are fields of the decision."""
    (event,) = refer(
        Case(), screened(reported, round_=round_, **changed), referral_id=referral_id(reported, round_), at=REFERRED_AT
    )
    assert isinstance(event, CaseReferred)
    return event


def standing(status: ReferralStatus, reported: CaseFacts = NEED) -> ReferralFacts:
    """The referral as if its last event had left it so."""
    return referred(reported).model_copy(update={"status": status})


def helping(**changed: Any) -> Help:
    done = {
        "assistance_type": AssistanceType.PROMOTE,
        "project_name": "ส่งเสริมอาชีพ",
        "service_date": date(2021, 5, 19),
        "unit_id": UNIT,
        "whom": Whom(PERSON, BOX, WorkerType.INFORMAL),
    }
    return Help(**{**done, **changed})


def only(events: Iterable[Event]) -> Any:
    (event,) = events
    return event
