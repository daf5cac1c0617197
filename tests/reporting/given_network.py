"""Events about the network as registry says them, for the tests of reporting."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.buddhist_calendar import fiscal_year
from shared.events.codes import ActivityKind, Agency, CardState, MobileUnitStatus, NeedKind
from shared.events.contract import Event
from shared.events.network import (
    ActivityHeld,
    ActivityVoided,
    CardHandedOver,
    CardLost,
    CardPrinted,
    CardRequested,
    CardReturned,
    CentreEstablished,
    CommitteeAppointed,
    MentorAdded,
    MentorAssigned,
    Mentoring,
    MobileUnitCancelled,
    MobileUnitHeld,
    MobileUnitPlanned,
)
from tests.reporting.given import WORDS, an_id

CENTRE = an_id(600)
CENTRE_NAME = "ศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน) แห่งที่ ๑"
_CARDS = {
    CardState.REQUESTED: CardRequested,
    CardState.PRINTED: CardPrinted,
    CardState.HANDED_OVER: CardHandedOver,
    CardState.LOST: CardLost,
    CardState.RETURNED: CardReturned,
}


def centre(centre_id: UUID = CENTRE, **changed: Any) -> CentreEstablished:
    facts = {
        "centre_id": centre_id,
        "province": "24",
        "name": CENTRE_NAME,
        "order_no": "292/2564",
        "established_on": date(2021, 1, 29),
    }
    return CentreEstablished.model_validate(facts | changed)


def committee(of: CentreEstablished, **changed: Any) -> CommitteeAppointed:
    appointed = {"committee_order_no": "293/2564", "appointed_from": date(2021, 2, 1), "members": ()}
    return CommitteeAppointed.model_validate(of.model_dump() | appointed | changed)


def activity(activity_id: UUID, *present: UUID, **changed: Any) -> ActivityHeld:
    facts = {
        "activity_id": activity_id,
        "kind": ActivityKind.TRAINING,
        "province": "24",
        "name": "อบรมอาสาสมัครแรงงาน",
        "held_on": date(2021, 3, 10),
        "volunteer_ids": present,
        **changed,
    }
    return ActivityHeld.model_validate({"fiscal_year": fiscal_year(facts["held_on"]), **facts})


def not_held(event: ActivityHeld) -> ActivityVoided:
    return ActivityVoided.model_validate(event.model_dump() | {"void": True, "reason": WORDS})


def mobile_unit(unit_id: UUID, **changed: Any) -> MobileUnitPlanned:
    facts = {
        "mobile_unit_id": unit_id,
        "province": "24",
        "area_code": "240409",
        "planned_on": date(2021, 6, 20),
        "project_name": "หน่วยบริการเคลื่อนที่",
        "agencies": (Agency.DOE,),
        "kinds": (NeedKind.JOB_DOMESTIC,),
        "expected_people": 40,
        "status": MobileUnitStatus.PLANNED,
        **changed,
    }
    return MobileUnitPlanned.model_validate(facts)


def was_held(planned: MobileUnitPlanned, held_on: date | None = None, **changed: Any) -> MobileUnitHeld:
    held = {"status": MobileUnitStatus.HELD, "held_on": held_on or planned.planned_on, "people_served": 30}
    return MobileUnitHeld.model_validate(planned.model_dump() | held | changed)


def cancelled(planned: MobileUnitPlanned) -> MobileUnitCancelled:
    return MobileUnitCancelled.model_validate(planned.model_dump() | {"status": MobileUnitStatus.CANCELLED, "reason": WORDS})


def card(volunteer_id: UUID, state: CardState = CardState.PRINTED) -> Any:
    facts = {
        "card_id": UUID(int=volunteer_id.int ^ 0xCA4D),
        "volunteer_id": volunteer_id,
        "province": "24",
        "card_no": "24-0001",
        "issue": 1,
        "state": state,
        "on": date(2021, 3, 1),
    }
    return _CARDS[state].model_validate(facts)


def mentor(mentor_id: UUID, **changed: Any) -> MentorAdded:
    facts = {"mentor_id": mentor_id, "province": "24", "agency": Agency.PLO, "name": WORDS}
    return MentorAdded.model_validate(facts | changed)


def mentored(volunteer_id: UUID, *by: tuple[UUID, date]) -> MentorAssigned:
    """By these one after the other; the last assignment is what the event is about."""
    mentor_id, assigned_from = by[-1]
    facts = {
        "assignment_id": UUID(int=volunteer_id.int ^ 0x3E27),
        "volunteer_id": volunteer_id,
        "province": "24",
        "mentor_id": mentor_id,
        "assigned_from": assigned_from,
        "mentors": [Mentoring(mentor_id=one, assigned_from=day) for one, day in by],
    }
    return MentorAssigned.model_validate(facts)


def every_part(volunteer_id: UUID) -> list[Event]:
    """One event of each part of the network in province 24, about this volunteer where there is one."""
    held = was_held(mobile_unit(an_id(6), planned_on=date(2021, 4, 1)), satisfaction={"5": 3})
    assigned = mentored(volunteer_id, (an_id(7), date(2021, 3, 1)))
    return [centre(), activity(an_id(5), volunteer_id), held, card(volunteer_id), mentor(an_id(7)), assigned]
