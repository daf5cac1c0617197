"""Routing's decisions: what may be done about a referral and the help given through it, and what is known of a case, whatever
came first."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing import domain
from services.routing.domain import NOBODY, Case, fold
from shared.errors import PoisonError, RefusedError
from shared.events.case import CASE_FIELDS
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Outcome, Priority, ReferralStatus, WorkerType
from shared.events.contract import Event
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
from tests.routing.given import (
    ASSISTANCE,
    BOX,
    MOBILE_UNIT,
    NEED,
    PERSON,
    RECORDED_AT,
    REFERRED_AT,
    UNIT,
    WORDS,
    given,
    helping,
    mobile_unit,
    only,
    referral_id,
    referred,
    standing,
    unit,
)
from tests.screening.given import need, screened, withdrawn

S = ReferralStatus
TIPOFF = need(kind=NeedKind.TIPOFF_JOB_SCAM)
OTHER = UUID("01890000-0000-7000-8000-0000000000b2")


def when_heard(case: Case, decision: CaseScreened) -> list[Event]:
    return domain.refer(case, decision, referral_id=referral_id(NEED, decision.round), at=REFERRED_AT)


def recorded(referral: ReferralFacts, assistance_id: UUID = ASSISTANCE, **changed: Any) -> list[Event]:
    return domain.record_assistance(referral, helping(**changed), assistance_id=assistance_id, at=RECORDED_AT)


def test_an_eligible_case_is_referred_to_its_agency_with_all_facts_of_the_need() -> None:
    found = only(when_heard(given(), screened(NEED, agency=Agency.DSD, assistance_type=AssistanceType.DEVELOP)))
    assert isinstance(found, CaseReferred)
    assert {name: getattr(found, name) for name in CASE_FIELDS} == {name: getattr(NEED, name) for name in CASE_FIELDS}
    assert (found.agency, found.topic, found.assistance_type) == (Agency.DSD, "referrals.dsd", AssistanceType.DEVELOP)
    assert (found.status, found.round, found.priority) == (S.SENT, 1, Priority.NORMAL)
    assert (found.referred_at, found.due_at) == (REFERRED_AT, REFERRED_AT + timedelta(days=15))
    assert (found.stream, found.person) == (NEED.case_id, BOX)


def test_an_urgent_case_is_due_after_three_days() -> None:
    assert referred(priority=Priority.URGENT).due_at == REFERRED_AT + timedelta(days=3)


@pytest.mark.parametrize("decision", [decision for decision in Decision if decision is not Decision.ELIGIBLE])
def test_only_an_eligible_case_is_referred(decision: Decision) -> None:
    assert when_heard(given(), screened(NEED, decision)) == []


def test_a_round_is_referred_once_and_the_next_one_again() -> None:
    first = referred()
    case = given(first, *domain.decline(first, words=WORDS))
    assert when_heard(case, screened(NEED)) == []
    assert only(when_heard(case, screened(NEED, round_=2, agency=Agency.PLO))) == referred(NEED, 2, agency=Agency.PLO)


def test_a_withdrawn_need_is_not_referred() -> None:
    assert when_heard(given(withdrawn(NEED)), screened(NEED)) == []


@pytest.mark.parametrize("missing", ["agency", "assistance_type"])
def test_an_eligible_decision_without_agency_or_help_is_poison(missing: str) -> None:
    with pytest.raises(PoisonError):
        when_heard(given(), screened(NEED).model_copy(update={missing: None}))


@pytest.mark.parametrize("status", S)
def test_a_withdrawal_cancels_what_is_open_and_nothing_else(status: ReferralStatus) -> None:
    found = domain.cancel(given(standing(status)))
    assert [type(event) for event in found] == ([ReferralCancelled] if status in (S.SENT, S.ACCEPTED) else [])
    assert all(isinstance(event, ReferralFacts) and event.status is S.CANCELLED for event in found)


ANSWERS: list[tuple[Callable[[ReferralFacts], list[Event]], type[Event], ReferralStatus, set[ReferralStatus]]] = [
    (domain.accept, ReferralAccepted, S.ACCEPTED, {S.SENT}),
    (lambda found: domain.decline(found, words=WORDS), ReferralDeclined, S.DECLINED, {S.SENT}),
    (lambda found: domain.give_back(found, words=WORDS), ReferralReturned, S.RETURNED, {S.SENT, S.ACCEPTED}),
    (lambda found: domain.close(found, Outcome.NOT_NEEDED, words=WORDS), ReferralClosed, S.CLOSED, {S.SENT, S.ACCEPTED}),
]


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize(("answer", "event", "then", "allowed"), ANSWERS)
def test_an_answer_is_taken_from_the_right_states_only(
    answer: Callable[[ReferralFacts], list[Event]],
    event: type[Event],
    then: ReferralStatus,
    allowed: set[ReferralStatus],
    status: ReferralStatus,
) -> None:
    referral = standing(status)
    if status not in allowed:
        with pytest.raises(RefusedError, match="wrong_state"):
            answer(referral)
        return
    found = only(answer(referral))
    assert (type(found), found.status) == (event, then)
    kept = ReferralFacts.model_fields.keys() - {"status"}
    assert found.model_dump(include=kept) == referral.model_dump(include=kept)


def test_an_answer_keeps_its_words_and_its_outcome() -> None:
    closed = only(domain.close(standing(S.ACCEPTED), Outcome.NOT_REACHED, words=WORDS))
    assert (closed.outcome, closed.words) == (Outcome.NOT_REACHED, WORDS)
    assert only(domain.decline(standing(S.SENT), words=WORDS)).words == WORDS
    assert only(domain.give_back(standing(S.SENT), words=WORDS)).words == WORDS


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (S.SENT, [ReferralAccepted.TYPE, AssistanceRecorded.TYPE, ReferralDone.TYPE]),
        (S.ACCEPTED, [AssistanceRecorded.TYPE, ReferralDone.TYPE]),
        (S.DONE, [AssistanceRecorded.TYPE]),
    ],
)
def test_the_first_help_accepts_if_need_be_and_is_the_end_of_the_referral(status: ReferralStatus, expected: list[str]) -> None:
    found = recorded(standing(status))
    assert [event.TYPE for event in found] == expected
    referral = given(standing(status), *found).referrals[referral_id(NEED)]
    assert referral.status is S.DONE


@pytest.mark.parametrize("status", [S.DECLINED, S.RETURNED, S.CLOSED, S.CANCELLED])
def test_no_help_is_recorded_through_a_referral_that_ended_without(status: ReferralStatus) -> None:
    with pytest.raises(RefusedError, match="wrong_state"):
        recorded(standing(status))


def test_help_through_a_referral_carries_the_case_with_it() -> None:
    _, found, _ = recorded(referred(), words=WORDS)
    assert found == AssistanceRecorded(
        assistance_id=ASSISTANCE,
        revision=1,
        case_id=NEED.case_id,
        referral_id=referral_id(NEED),
        agency=Agency.DOE,
        kind=NeedKind.JOB_DOMESTIC,
        volunteer_id=NEED.volunteer_id,
        fiscal_year=2564,
        province="24",
        area_code="240409",
        unit_id=UNIT,
        person_ref=PERSON,
        person=BOX,
        worker_type=WorkerType.INFORMAL,
        assistance_type=AssistanceType.PROMOTE,
        project_name="ส่งเสริมอาชีพ",
        service_date=date(2021, 5, 19),
        recorded_at=RECORDED_AT,
        words=WORDS,
    )
    assert found.stream == NEED.case_id


def test_help_after_a_tip_off_may_be_for_nobody() -> None:
    _, found, _ = recorded(referred(TIPOFF), whom=NOBODY)
    assert isinstance(found, AssistanceRecorded)
    assert (found.person_ref, found.person, found.worker_type) == (None, None, None)


def own_help() -> AssistanceRecorded:
    found = only(domain.record_own_assistance(unit(), helping(), assistance_id=ASSISTANCE, at=RECORDED_AT))
    assert isinstance(found, AssistanceRecorded)
    return found


def test_help_that_a_unit_gave_by_itself_has_no_case_and_the_units_place() -> None:
    found = own_help()
    assert (found.case_id, found.referral_id, found.agency, found.kind, found.fiscal_year) == (None,) * 5
    assert (found.province, found.area_code, found.unit_id) == ("24", "240409", UNIT)
    assert (found.stream, found.revision, found.recorded_at) == (ASSISTANCE, 1, RECORDED_AT)
    assert found.mobile_unit_id is None


def test_help_at_a_mobile_unit_names_it_has_its_place_without_another_and_keeps_it() -> None:
    there = helping(unit_id=None, mobile_unit_id=MOBILE_UNIT, project_name="ออกหน่วย")
    found = only(domain.record_own_assistance(mobile_unit(), there, assistance_id=ASSISTANCE, at=RECORDED_AT))
    assert (found.province, found.area_code, found.unit_id, found.mobile_unit_id) == ("24", "240401", None, MOBILE_UNIT)
    second = only(domain.correct(found, {"project_name": "ม.40"}, reason=WORDS))
    third = only(domain.void(given(), second, reason=WORDS))
    assert (second.project_name, second.mobile_unit_id) == ("ม.40", MOBILE_UNIT)
    assert (third.void, third.mobile_unit_id) == (True, MOBILE_UNIT)


def test_a_correction_carries_the_whole_help_and_keeps_when_it_was_recorded() -> None:
    first = own_help()
    second = only(domain.correct(first, {"service_date": date(2021, 5, 18), "words": WORDS}, reason=WORDS))
    third = only(domain.correct(second, {"worker_type": WorkerType.ELDERLY}, reason=BOX))
    kept = {name: getattr(first, name) for name in AssistanceVoided.model_fields if name != "reason"}
    changed = {"revision": 3, "service_date": date(2021, 5, 18), "words": WORDS, "worker_type": WorkerType.ELDERLY}
    assert third == AssistanceCorrected(**{**kept, **changed}, reason=BOX)
    assert third.recorded_at == RECORDED_AT


def test_void_help_is_neither_corrected_nor_voided_again() -> None:
    voided = only(domain.void(given(), own_help(), reason=WORDS))
    assert (type(voided), voided.void, voided.revision, voided.reason) == (AssistanceVoided, True, 2, WORDS)
    with pytest.raises(RefusedError, match="wrong_state"):
        domain.void(given(voided), voided, reason=WORDS)
    with pytest.raises(RefusedError, match="wrong_state"):
        domain.correct(voided, {"service_date": date(2021, 5, 18)}, reason=WORDS)


def voided(case: Case, assistance_id: UUID = ASSISTANCE) -> list[Event]:
    return domain.void(case, case.assistances[assistance_id], reason=WORDS)


def test_voiding_the_only_help_opens_the_referral_again() -> None:
    case = given(referred(), *recorded(referred()))
    found = voided(case)
    assert [event.TYPE for event in found] == [AssistanceVoided.TYPE, ReferralReopened.TYPE]
    referral = given(*found).referrals[referral_id(NEED)]
    assert referral.status is S.ACCEPTED
    again = recorded(referral, OTHER)
    assert [event.TYPE for event in again] == [AssistanceRecorded.TYPE, ReferralDone.TYPE]


def test_a_referral_with_other_help_stays_done() -> None:
    first = recorded(referred())
    case = given(referred(), *first, *recorded(standing(S.DONE), OTHER))
    one = voided(case)
    assert [event.TYPE for event in one] == [AssistanceVoided.TYPE]
    both = voided(fold([referred(), *first, *recorded(standing(S.DONE), OTHER), *one]), OTHER)
    assert [event.TYPE for event in both] == [AssistanceVoided.TYPE, ReferralReopened.TYPE]


def test_help_of_another_round_does_not_keep_a_referral_done() -> None:
    later = referred(NEED, 2)
    case = given(referred(), *recorded(referred()), later, *recorded(later, OTHER))
    assert [event.TYPE for event in voided(case, OTHER)] == [AssistanceVoided.TYPE, ReferralReopened.TYPE]


def test_voiding_the_only_help_of_a_withdrawn_need_ends_its_referral() -> None:
    case = given(referred(), *recorded(referred()), withdrawn(NEED))
    assert domain.cancel(case) == []
    found = voided(case)
    assert [event.TYPE for event in found] == [AssistanceVoided.TYPE, ReferralCancelled.TYPE]


def test_that_the_person_is_forgotten_is_told_once_a_referral_and_changes_nothing_else_about_it() -> None:
    first, second = referred(), referred(round_=2, agency=Agency.PLO)
    declined = only(domain.decline(first, words=WORDS))
    told = domain.tell_forgotten(given(first, declined, second), at=RECORDED_AT)
    assert [event.TYPE for event in told] == [ReferralPersonForgotten.TYPE] * 2
    assert [ReferralFacts.model_validate(dict(event)) for event in told] == [
        ReferralFacts.model_validate(dict(event)) for event in (declined, second)
    ]
    accepted = only(domain.accept(second))
    assert domain.tell_forgotten(given(first, declined, second, *told, accepted), at=RECORDED_AT) == []
    third = referred(round_=3)
    assert only(domain.tell_forgotten(given(first, second, *told, third), at=RECORDED_AT)).referral_id == third.referral_id
