"""Intake's decisions: what a need is, when it can be taken back, and where it stands, whatever was heard first."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.domain import Need, evolve, fold, report_need, withdraw
from shared.errors import RefusedError
from shared.events.case_status import CaseStatus
from shared.events.codes import Agency, Decision, NeedKind, WorkerType
from shared.events.contract import Event
from shared.events.routing import (
    CaseReferred,
    ReferralAccepted,
    ReferralCancelled,
    ReferralClosed,
    ReferralDeclined,
    ReferralDone,
    ReferralReopened,
    ReferralReturned,
)
from tests.intake.given import (
    CASE,
    DECIDED_AT,
    ORIGINAL,
    PERSON,
    UNIT,
    VOLUNTEER,
    WORDS,
    as_recorded,
    given,
    heard_in_some_order,
    helped,
    history,
    need,
    referral,
    reopened,
    screened,
    withdrawn,
)

NEED = need()
SENT = [NEED, screened(NEED), referral(CaseReferred, NEED)]
DECLINED = referral(ReferralDeclined, NEED)
RETURNED = referral(ReferralReturned, NEED)


def reported(**changed: object) -> Need:
    given = {"kind": NeedKind.SKILL_TRAINING, "area_code": "240601", "reported_at": datetime(2020, 9, 30, 17, 0, tzinfo=UTC)}
    return Need(**(given | changed))  # type: ignore[arg-type]  # fields by name, as a test gives them


def test_a_reported_need_says_where_whose_and_when_in_bangkok() -> None:
    event = report_need(
        CASE,
        reported(village_no=2, volunteer_id=VOLUNTEER, unit_id=UNIT, worker_type=WorkerType.DISABLED, consent=True),
        person_ref=PERSON,
        person=WORDS,
    )
    assert (event.province, event.area_code, event.village_no) == ("24", "240601", 2)
    assert (event.volunteer_id, event.unit_id, event.person_ref, event.worker_type) == (VOLUNTEER, UNIT, PERSON, "disabled")
    assert (event.reported_on, event.fiscal_year) == (date(2020, 10, 1), 2564)
    assert (event.urgent, event.duplicate, event.duplicate_of, event.consent) == (False, False, None, True)


@pytest.mark.parametrize("kind", [*NeedKind])
def test_tip_offs_and_nothing_else_are_urgent(kind: NeedKind) -> None:
    assert report_need(CASE, reported(kind=kind)).urgent is kind.startswith("tipoff_")


def test_a_need_that_was_reported_before_names_the_first_one() -> None:
    event = report_need(CASE, reported(), person_ref=PERSON, person=WORDS, original=ORIGINAL)
    assert (event.duplicate, event.duplicate_of) == (True, ORIGINAL)


def test_a_need_is_taken_back_with_all_its_facts() -> None:
    assert withdraw(given(NEED), words=WORDS, at=DECIDED_AT) == withdrawn(NEED)


def test_a_question_leaves_the_need_to_be_taken_back() -> None:
    asked = given(NEED, screened(NEED, Decision.NEEDS_INFORMATION))
    assert withdraw(asked, words=WORDS, at=DECIDED_AT) == withdrawn(NEED)


@pytest.mark.parametrize(
    "events",
    [
        [NEED, withdrawn(NEED)],
        [NEED, screened(NEED)],
        [NEED, screened(NEED, Decision.NOT_ELIGIBLE)],
        [NEED, screened(NEED, Decision.DUPLICATE)],
        [NEED, referral(CaseReferred, NEED)],
        [*SENT, DECLINED, reopened(DECLINED)],
    ],
)
def test_a_need_is_not_taken_back_twice_or_once_a_decision_is_known(events: list[Event]) -> None:
    with pytest.raises(RefusedError, match="wrong_state"):
        withdraw(given(*events), words=WORDS, at=DECIDED_AT)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([NEED], CaseStatus.REPORTED),
        ([NEED, screened(NEED, Decision.NEEDS_INFORMATION)], CaseStatus.REPORTED),
        ([NEED, screened(NEED)], CaseStatus.SCREENED),
        ([NEED, screened(NEED, Decision.NOT_ELIGIBLE)], CaseStatus.CLOSED),
        ([NEED, screened(NEED, Decision.DUPLICATE)], CaseStatus.CLOSED),
        (SENT, CaseStatus.REFERRED),
        ([*SENT, referral(ReferralAccepted, NEED)], CaseStatus.ACCEPTED),
        ([*SENT, DECLINED], CaseStatus.DECLINED),
        ([*SENT, DECLINED, reopened(DECLINED)], CaseStatus.DECLINED),
        ([*SENT, RETURNED, reopened(RETURNED), screened(NEED, Decision.NEEDS_INFORMATION, 2)], CaseStatus.RETURNED),
        ([*SENT, referral(ReferralClosed, NEED)], CaseStatus.CLOSED),
        ([*SENT, referral(ReferralDone, NEED), helped(NEED)], CaseStatus.HELPED),
        ([*SENT, referral(ReferralDone, NEED), referral(ReferralReopened, NEED)], CaseStatus.ACCEPTED),
        ([*SENT, DECLINED, reopened(DECLINED), screened(NEED, Decision.NOT_ELIGIBLE, 2)], CaseStatus.CLOSED),
        ([*SENT, DECLINED, reopened(DECLINED), screened(NEED, round_=2)], CaseStatus.SCREENED),
        ([*SENT, DECLINED, screened(NEED, round_=2), referral(CaseReferred, NEED, 2, Agency.PLO)], CaseStatus.REFERRED),
        ([NEED, withdrawn(NEED)], CaseStatus.WITHDRAWN),
        ([NEED, withdrawn(NEED), screened(NEED)], CaseStatus.WITHDRAWN),
        ([*SENT, withdrawn(NEED), referral(ReferralCancelled, NEED)], CaseStatus.WITHDRAWN),
    ],
)
def test_a_need_stands_where_the_last_round_left_it(events: list[Event], status: CaseStatus) -> None:
    assert given(*events).status is status


def test_what_was_not_heard_yet_is_told_by_what_was() -> None:
    assert given(NEED, referral(ReferralAccepted, NEED)).status is CaseStatus.ACCEPTED
    assert given(NEED, reopened(RETURNED)).status is CaseStatus.RETURNED
    assert given(*SENT, reopened(DECLINED)).status is CaseStatus.DECLINED


@for_all(st.randoms(use_true_random=False))
def test_every_order_between_topics_gives_the_same_state(random: Random) -> None:
    records = as_recorded(history(random))
    expected = fold(record.event for record in records)
    heard = fold(record.event for record in heard_in_some_order(random, records))
    assert heard == expected
    assert heard.status is expected.status


def test_events_of_other_things_change_nothing() -> None:
    case = given(NEED)
    assert evolve(case, helped(NEED)) is case
