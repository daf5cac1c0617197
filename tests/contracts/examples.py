"""One event of every type in the shape of today, every field of it filled: what golden samples are written from, once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.events import codes, intake, network, registry, reporting, routing, screening
from shared.events.contract import Event
from shared.sealed import Sealed

CASE = UUID("019a9f10-8c00-7000-8000-00000000ca5e")
VOLUNTEER = UUID("019a9f10-8c00-7000-8000-000000000001")
UNIT = UUID("019a9f10-8c00-7000-8000-000000000002")
REFERRAL = UUID("019a9f10-8c00-7000-8000-000000000003")
ASSISTANCE = UUID("019a9f10-8c00-7000-8000-000000000004")
FIRST_CASE = UUID("019a9f10-8c00-7000-8000-000000000005")
CARD = UUID("3c1d7a52-54a5-5c0e-8f6e-0d5c2b9a0007")
CENTRE = UUID("019a9f10-8c00-7000-8000-000000000008")
MENTOR = UUID("019a9f10-8c00-7000-8000-000000000009")
ASSIGNMENT = UUID("3c1d7a52-54a5-5c0e-8f6e-0d5c2b9a000a")
ACTIVITY = UUID("019a9f10-8c00-7000-8000-00000000000b")
MOBILE_UNIT = UUID("019a9f10-8c00-7000-8000-00000000000c")
PERSON = UUID("1c5ff1a0-30a5-4f0d-9d1e-5a4a7e1f0006")

PERSON_BOX = Sealed(key_ref=PERSON, box="bm9uY2Ugb2YgMTIgYnl0ZXMgYW5kIHdoYXQgaXMgc2VhbGVkIGJlaGluZCBpdA==")
WORDS_BOX = Sealed(key_ref=PERSON, box="YW5vdGhlciBub25jZSwgYW5kIHRoZW4gYSBzZWFsZWQgbm90ZSBpbiBUaGFp")
REPORTED_AT = datetime(2021, 5, 8, 2, 30, tzinfo=UTC)
LATER = datetime(2021, 5, 10, 3, 0, 0, 123456, tzinfo=UTC)

_VOLUNTEER: dict[str, Any] = {
    "volunteer_id": VOLUNTEER,
    "person_ref": PERSON,
    "person": PERSON_BOX,
    "card_no": "24-000001",
    "province": "24",
    "level": codes.Level.SUBDISTRICT,
    "area_code": "240409",
    "village_no": 3,
    "unit_id": UNIT,
    "appointed_on": date(2018, 5, 7),
    "term_starts_on": date(2021, 5, 7),
    "term_ends_on": date(2024, 5, 6),
    "relieved_on": None,
    "order_no": "12/2564",
    "terms": (
        registry.Term(starts_on=date(2018, 5, 7), ends_on=date(2021, 5, 6)),
        registry.Term(starts_on=date(2021, 5, 7), ends_on=date(2024, 5, 6)),
    ),
}
_UNIT: dict[str, Any] = {
    "unit_id": UNIT,
    "name": "บ้านคลองนิยม",
    "province": "24",
    "area_code": "240409",
    "village_no": 3,
    "opened_on": date(2021, 5, 7),
    "closed_on": None,
}
_CASE: dict[str, Any] = {
    "case_id": CASE,
    "kind": codes.NeedKind.SKILL_TRAINING,
    "urgent": False,
    "province": "24",
    "area_code": "240409",
    "village_no": 3,
    "volunteer_id": VOLUNTEER,
    "unit_id": UNIT,
    "person_ref": PERSON,
    "person": PERSON_BOX,
    "worker_type": codes.WorkerType.INFORMAL,
    "reported_at": REPORTED_AT,
    "reported_on": date(2021, 5, 8),
    "fiscal_year": 2564,
    "duplicate": True,
    "duplicate_of": FIRST_CASE,
}
_REFERRAL: dict[str, Any] = {
    **_CASE,
    "referral_id": REFERRAL,
    "round": 1,
    "agency": codes.Agency.DSD,
    "assistance_type": codes.AssistanceType.DEVELOP,
    "priority": codes.Priority.NORMAL,
    "referred_at": LATER,
    "due_at": datetime(2021, 5, 25, 3, 0, 0, 123456, tzinfo=UTC),
}
_ASSISTANCE: dict[str, Any] = {
    "assistance_id": ASSISTANCE,
    "revision": 1,
    "case_id": CASE,
    "referral_id": REFERRAL,
    "agency": codes.Agency.DSD,
    "kind": codes.NeedKind.SKILL_TRAINING,
    "volunteer_id": VOLUNTEER,
    "fiscal_year": 2564,
    "province": "24",
    "area_code": "240409",
    "unit_id": UNIT,
    "mobile_unit_id": MOBILE_UNIT,
    "person_ref": PERSON,
    "person": PERSON_BOX,
    "worker_type": codes.WorkerType.INFORMAL,
    "assistance_type": codes.AssistanceType.DEVELOP,
    "project_name": "ฝึกอาชีพช่างไฟฟ้า",
    "service_date": date(2021, 5, 25),
    "in_database": True,
    "roster_edition": "2563",
    "recorded_at": LATER,
    "void": False,
    "words": WORDS_BOX,
}


_CARD: dict[str, Any] = {
    "card_id": CARD,
    "volunteer_id": VOLUNTEER,
    "province": "24",
    "card_no": "24-2561-7F3KQ9",
    "issue": 2,
    "on": date(2021, 5, 8),
}
_CENTRE: dict[str, Any] = {
    "centre_id": CENTRE,
    "province": "24",
    "name": "ศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน)",
    "order_no": "292/2564",
    "established_on": date(2021, 1, 29),
}
_MEMBERS = (
    network.CommitteeMember(role=codes.CommitteeRole.CHAIR, volunteer_id=VOLUNTEER),
    network.CommitteeMember(role=codes.CommitteeRole.ADVISER, agency=codes.Agency.SSO, name=PERSON_BOX),
)
_ACTIVITY: dict[str, Any] = {
    "activity_id": ACTIVITY,
    "kind": codes.ActivityKind.TRAINING,
    "province": "24",
    "area_code": "240409",
    "name": "อบรมอาสาสมัครแรงงาน",
    "held_on": date(2021, 5, 8),
    "fiscal_year": 2564,
    "volunteer_ids": (VOLUNTEER,),
    "people_reached": 40,
    "words": WORDS_BOX,
}
_MOBILE_UNIT: dict[str, Any] = {
    "mobile_unit_id": MOBILE_UNIT,
    "province": "24",
    "area_code": "240409",
    "village_no": 3,
    "planned_on": date(2021, 5, 25),
    "project_name": "หน่วยบริการเคลื่อนที่ตำบลบางปะกง",
    "agencies": (codes.Agency.PLO, codes.Agency.SSO),
    "kinds": (codes.NeedKind.SOCIAL_SECURITY_S40,),
    "expected_people": 60,
    "held_on": None,
    "people_served": None,
    "satisfaction": None,
}
_HELD: dict[str, Any] = {
    "held_on": date(2021, 5, 26),
    "people_served": 52,
    "satisfaction": {"1": 0, "2": 1, "3": 4, "4": 20, "5": 27},
}


def _card(state: codes.CardState) -> dict[str, Any]:
    return {**_CARD, "state": state}


def _mobile_unit(status: codes.MobileUnitStatus) -> dict[str, Any]:
    return {**_MOBILE_UNIT, "status": status, **(_HELD if status is codes.MobileUnitStatus.HELD else {})}


def _referral(status: codes.ReferralStatus) -> dict[str, Any]:
    return {**_REFERRAL, "status": status}


EXAMPLES: tuple[Event, ...] = (
    registry.VolunteerAppointed(**_VOLUNTEER),
    registry.VolunteerTermRenewed(**_VOLUNTEER, renewed_on=date(2021, 4, 1)),
    registry.VolunteerRelieved(**{**_VOLUNTEER, "relieved_on": date(2022, 1, 1)}, words=WORDS_BOX),
    registry.ServiceUnitOpened(**_UNIT),
    registry.ServiceUnitClosed(**{**_UNIT, "closed_on": date(2022, 1, 1)}, words=WORDS_BOX),
    network.CardRequested(**_card(codes.CardState.REQUESTED)),
    network.CardPrinted(**_card(codes.CardState.PRINTED)),
    network.CardHandedOver(**_card(codes.CardState.HANDED_OVER)),
    network.CardLost(**_card(codes.CardState.LOST)),
    network.CardReturned(**_card(codes.CardState.RETURNED)),
    network.CentreEstablished(**_CENTRE),
    network.CommitteeAppointed(**_CENTRE, committee_order_no="293/2564", appointed_from=date(2021, 2, 1), members=_MEMBERS),
    network.MentorAdded(mentor_id=MENTOR, province="24", agency=codes.Agency.PLO, name=PERSON_BOX),
    network.MentorAssigned(
        assignment_id=ASSIGNMENT,
        volunteer_id=VOLUNTEER,
        province="24",
        mentor_id=MENTOR,
        assigned_from=date(2021, 5, 8),
        mentors=(network.Mentoring(mentor_id=MENTOR, assigned_from=date(2021, 5, 8)),),
    ),
    network.ActivityHeld(**_ACTIVITY, void=False),
    network.ActivityVoided(**_ACTIVITY, void=True, reason=WORDS_BOX),
    network.MobileUnitPlanned(**_mobile_unit(codes.MobileUnitStatus.PLANNED)),
    network.MobileUnitHeld(**_mobile_unit(codes.MobileUnitStatus.HELD)),
    network.MobileUnitCancelled(**_mobile_unit(codes.MobileUnitStatus.CANCELLED), reason=WORDS_BOX),
    intake.NeedReported(**_CASE, consent=True, words=WORDS_BOX),
    intake.NeedWithdrawn(**_CASE, withdrawn_at=LATER, words=WORDS_BOX),
    intake.PersonCorrected(person_ref=PERSON, person=PERSON_BOX, corrected_at=LATER, words=WORDS_BOX),
    intake.PersonForgotten(person_ref=PERSON, ground=codes.ForgetGround.NO_LONGER_NEEDED, forgotten_at=LATER, words=WORDS_BOX),
    screening.CaseScreened(
        **_CASE,
        round=1,
        decision=codes.Decision.ELIGIBLE,
        agency=codes.Agency.DSD,
        assistance_type=codes.AssistanceType.DEVELOP,
        priority=codes.Priority.URGENT,
        reasons=("kind_default",),
        automatic=True,
        decided_at=LATER,
        words=WORDS_BOX,
    ),
    screening.CaseReopened(**_CASE, round=1, referral_id=REFERRAL, because="declined", reopened_at=LATER),
    routing.CaseReferred(**_referral(codes.ReferralStatus.SENT)),
    routing.ReferralAccepted(**_referral(codes.ReferralStatus.ACCEPTED)),
    routing.ReferralDeclined(**_referral(codes.ReferralStatus.DECLINED), words=WORDS_BOX),
    routing.ReferralReturned(**_referral(codes.ReferralStatus.RETURNED), words=WORDS_BOX),
    routing.ReferralClosed(**_referral(codes.ReferralStatus.CLOSED), outcome=codes.Outcome.NOT_REACHED, words=WORDS_BOX),
    routing.ReferralCancelled(**_referral(codes.ReferralStatus.CANCELLED)),
    routing.ReferralDone(**_referral(codes.ReferralStatus.DONE)),
    routing.ReferralReopened(**_referral(codes.ReferralStatus.ACCEPTED)),
    routing.ReferralPersonForgotten(**_referral(codes.ReferralStatus.DONE), forgotten_at=LATER),
    routing.AssistanceRecorded(**_ASSISTANCE, consent=True),
    routing.AssistanceCorrected(**{**_ASSISTANCE, "revision": 2}, reason=WORDS_BOX),
    routing.AssistanceVoided(**{**_ASSISTANCE, "revision": 2, "void": True}, reason=WORDS_BOX),
    reporting.ReportSubmitted(
        report_id=UNIT,
        form=codes.ReportForm.SP12,
        period="2021-05",
        province="24",
        unit_id=UNIT,
        revision=2,
        submitted_at=LATER,
        first_submitted_at=REPORTED_AT,
        hash="0" * 64,
        row_count=1,
        persons=1,
        part=1,
        parts=1,
        frozen=(reporting.FrozenRow(assistance_id=ASSISTANCE, revision=1),),
    ),
    reporting.ProjectTargetSet(
        target_id=reporting.target_id_of("24", 2564, "ส่งเสริมอาชีพ"),
        province="24",
        fiscal_year=2564,
        project_name="ส่งเสริมอาชีพ",
        target=120,
        set_at=LATER,
    ),
)
