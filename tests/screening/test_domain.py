"""Screening's decisions: what may be said of a case, and what is known of it, whatever came first."""

from collections.abc import Sequence

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.screening.domain import Case, Ruling, Status, evolve, fold, reopen, screen, screen_tipoff
from shared.errors import RefusedError
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, Priority
from shared.events.contract import Event
from shared.events.routing import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralReturned
from shared.events.screening import CaseReopened, CaseScreened
from tests.screening.given import (
    DECIDED_AT,
    WORDS,
    declined,
    given,
    need,
    referral,
    reopened,
    returned,
    screened,
    when_screened,
    withdrawn,
)

NEED = need()
TIPOFF = need(kind=NeedKind.TIPOFF_JOB_SCAM)


def test_an_eligible_need_goes_to_the_agency_of_its_kind() -> None:
    assert when_screened([NEED], Decision.ELIGIBLE) == screened(NEED)


def test_the_office_may_name_another_agency_and_another_help() -> None:
    found = when_screened(
        [NEED], Decision.ELIGIBLE, agency=Agency.DSD, assistance_type=AssistanceType.DEVELOP, priority=Priority.URGENT
    )
    assert found == screened(NEED, agency=Agency.DSD, assistance_type=AssistanceType.DEVELOP, priority=Priority.URGENT)


def test_another_agency_alone_keeps_the_help_of_the_kind() -> None:
    found = when_screened([NEED], Decision.ELIGIBLE, agency=Agency.PLO)
    assert (found.agency, found.assistance_type) == (Agency.PLO, AssistanceType.PROMOTE)


@pytest.mark.parametrize("decision", [Decision.NOT_ELIGIBLE, Decision.DUPLICATE, Decision.NEEDS_INFORMATION])
def test_only_an_eligible_need_has_an_agency(decision: Decision) -> None:
    found = when_screened([NEED], decision, reasons=("not_informal",))
    assert (found.agency, found.assistance_type, found.reasons) == (None, None, ("not_informal",))


def test_an_urgent_need_is_decided_urgently_unless_the_office_says_otherwise() -> None:
    urgent = need(urgent=True)
    assert when_screened([urgent], Decision.ELIGIBLE).priority is Priority.URGENT
    assert when_screened([urgent], Decision.ELIGIBLE, priority=Priority.NORMAL).priority is Priority.NORMAL


def test_the_decision_hands_on_all_facts_of_the_case_and_keeps_the_sealed_note() -> None:
    reported = need(village_no=3, unit_id=NEED.person_ref, duplicate=True, duplicate_of=NEED.case_id)
    found = screen(given(reported), Ruling(Decision.ELIGIBLE), words=WORDS, at=DECIDED_AT)
    assert found == screened(reported, words=WORDS)


@pytest.mark.parametrize("decision", [Decision.ELIGIBLE, Decision.NOT_ELIGIBLE, Decision.DUPLICATE])
@pytest.mark.parametrize("second", Decision)
def test_a_decided_case_is_not_decided_again(decision: Decision, second: Decision) -> None:
    with pytest.raises(RefusedError, match="already_decided"):
        when_screened([NEED, screened(NEED, decision)], second)


@pytest.mark.parametrize("decision", Decision)
def test_nothing_is_decided_about_a_withdrawn_need(decision: Decision) -> None:
    with pytest.raises(RefusedError, match="wrong_state"):
        when_screened([NEED, withdrawn(NEED)], decision)


def test_a_question_leaves_the_round_open_and_may_be_asked_again() -> None:
    question = when_screened([NEED], Decision.NEEDS_INFORMATION)
    assert question.round == 1
    assert given(NEED, question).status is Status.NEEDS_INFORMATION
    again = when_screened([NEED, question], Decision.NEEDS_INFORMATION)
    assert again.round == 1
    decision = when_screened([NEED, question, again], Decision.ELIGIBLE)
    assert (decision.round, given(NEED, question, again, decision).status) == (1, Status.DECIDED)


def test_a_case_that_came_back_is_decided_in_the_next_round() -> None:
    back = [NEED, screened(NEED), declined(NEED), reopened(declined(NEED))]
    assert given(*back).status is Status.REOPENED
    assert when_screened(back, Decision.ELIGIBLE, agency=Agency.PLO).round == 2
    question = when_screened(back, Decision.NEEDS_INFORMATION)
    assert question.round == 2
    asked = given(*back, question)
    assert (asked.status, asked.reopened, asked.needs_information) == (Status.NEEDS_INFORMATION, True, True)


def test_a_question_of_an_earlier_round_does_not_mark_a_case_that_came_back() -> None:
    question = screened(NEED, Decision.NEEDS_INFORMATION)
    case = given(NEED, question, screened(NEED), returned(NEED), reopened(returned(NEED)))
    assert (case.status, case.needs_information) == (Status.REOPENED, False)


@pytest.mark.parametrize("kind", [kind for kind in NeedKind if kind.tipoff])
def test_a_tip_off_is_decided_by_the_system_at_once_and_urgently(kind: NeedKind) -> None:
    (found,) = screen_tipoff(given(need(kind=kind)), at=DECIDED_AT)
    assert isinstance(found, CaseScreened)
    assert (found.automatic, found.decision, found.round) == (True, Decision.ELIGIBLE, 1)
    assert (found.priority, found.reasons) == (Priority.URGENT, ("tipoff_urgent", "kind_default_agency"))
    assert found.agency is not None
    assert screen_tipoff(given(need(kind=kind), found), at=DECIDED_AT) == []


@pytest.mark.parametrize("kind", [kind for kind in NeedKind if not kind.tipoff])
def test_a_named_need_waits_for_a_person(kind: NeedKind) -> None:
    assert screen_tipoff(given(need(kind=kind)), at=DECIDED_AT) == []


def test_a_withdrawn_tip_off_is_left_alone() -> None:
    assert screen_tipoff(given(TIPOFF, withdrawn(TIPOFF)), at=DECIDED_AT) == []


def test_a_tip_off_that_came_back_is_a_persons_to_decide() -> None:
    back = [TIPOFF, screened(TIPOFF, automatic=True), declined(TIPOFF), reopened(declined(TIPOFF))]
    assert screen_tipoff(given(*back), at=DECIDED_AT) == []
    assert when_screened(back, Decision.ELIGIBLE).automatic is False


@pytest.mark.parametrize("back", [declined(NEED), returned(NEED)])
def test_a_declined_or_returned_case_comes_back(back: ReferralDeclined | ReferralReturned) -> None:
    assert reopen(given(NEED, screened(NEED), back), back, at=DECIDED_AT) == [reopened(back)]


def test_a_case_comes_back_once() -> None:
    back = declined(NEED)
    assert reopen(given(NEED, screened(NEED), back, reopened(back)), back, at=DECIDED_AT) == []


def test_a_case_decided_again_does_not_come_back_for_an_earlier_round() -> None:
    back = declined(NEED)
    case = given(NEED, screened(NEED), back, reopened(back), screened(NEED, round_=2))
    assert reopen(case, back, at=DECIDED_AT) == []
    assert case.status is Status.DECIDED


def test_a_withdrawn_case_does_not_come_back() -> None:
    assert reopen(given(NEED, screened(NEED), withdrawn(NEED), declined(NEED)), declined(NEED), at=DECIDED_AT) == []


def test_a_decline_heard_before_the_need_brings_the_case_back_all_the_same() -> None:
    back = declined(TIPOFF)
    (said,) = reopen(given(back), back, at=DECIDED_AT)
    assert said == reopened(back)
    later = given(back, said, TIPOFF)
    assert later.status is Status.REOPENED
    assert screen_tipoff(later, at=DECIDED_AT) == []


def test_a_suggestion_is_there_while_there_is_something_to_decide() -> None:
    assert given(NEED).suggestion is not None
    assert given(NEED, screened(NEED)).suggestion is None
    assert given(NEED, withdrawn(NEED)).suggestion is None
    assert given().suggestion is None


def standing(case: Case) -> object:
    """Where the case stands for anybody who looks."""
    return case.status, case.needs_information, case.reopened, case.suggestion


def shuffled(sources: Sequence[Sequence[Event]]) -> st.SearchStrategy[list[Event]]:
    """The events of several sources in any order that keeps each source's own."""
    turns = [number for number, events in enumerate(sources) for _ in events]
    return st.permutations(turns).map(lambda order: _in_order(sources, order))


def _in_order(sources: Sequence[Sequence[Event]], order: Sequence[int]) -> list[Event]:
    left = [iter(events) for events in sources]
    return [next(left[number]) for number in order]


ROUTING_ROUND_1: list[Event] = [referral(CaseReferred, NEED), referral(ReferralAccepted, NEED), returned(NEED)]
ROUTING_ROUND_2: list[Event] = [referral(CaseReferred, NEED, 2, Agency.PLO), declined(NEED, 2, Agency.PLO)]
OWN: list[Event] = [
    screened(NEED, Decision.NEEDS_INFORMATION),
    screened(NEED),
    reopened(returned(NEED)),
    screened(NEED, Decision.NEEDS_INFORMATION, 2),
    screened(NEED, Decision.ELIGIBLE, 2, agency=Agency.PLO),
    reopened(declined(NEED, 2, Agency.PLO)),
]


@for_all(
    own=st.integers(0, len(OWN)),
    taken_back=st.booleans(),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_events_of_a_case_in_every_order_between_topics_give_the_same_state(
    own: int, taken_back: bool, data: st.DataObject
) -> None:
    said = OWN[:own]
    decided = max((event.round for event in said if isinstance(event, CaseScreened) and event.agency), default=0)
    sources: list[list[Event]] = [
        [NEED, withdrawn(NEED)] if taken_back else [NEED],
        ROUTING_ROUND_1 if decided >= 1 else [],
        ROUTING_ROUND_2 if decided >= 2 else [],
        said,
    ]
    expected = fold(event for events in sources for event in events)
    found = fold(data.draw(shuffled(sources)))
    assert (standing(found), found.decision) == (standing(expected), expected.decision)


@for_all(taken_back=st.booleans(), tipoff=st.booleans(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_screening_comes_to_the_same_end_in_whatever_order_it_hears_of_a_case(
    taken_back: bool, tipoff: bool, data: st.DataObject
) -> None:
    """The reactions themselves, fed in every order between intake's topic and the agencies'; also in those that only a store
    put back to an earlier day could see, where an agency answers to what screening does not remember."""
    reported = TIPOFF if tipoff else NEED
    intake: list[Event] = [reported, withdrawn(reported)] if taken_back else [reported]
    sources = [
        intake,
        [referral(CaseReferred, reported), declined(reported)],
        [referral(CaseReferred, reported, 2, Agency.PLO), returned(reported, 2, Agency.PLO)],
    ]
    ends = [_heard(data.draw(shuffled(sources))) for _ in range(2)]
    assert standing(ends[0]) == standing(ends[1])
    assert ends[0].status is (Status.WITHDRAWN if taken_back else Status.REOPENED)
    assert ends[0].undecided or taken_back


def _heard(events: Sequence[Event]) -> Case:
    case = Case()
    for event in events:
        case = evolve(case, event)
        said: list[Event] = []
        if isinstance(event, (ReferralDeclined, ReferralReturned)):
            said = reopen(case, event, at=DECIDED_AT)
        elif event in (NEED, TIPOFF):
            said = screen_tipoff(case, at=DECIDED_AT)
        for own in said:
            assert isinstance(own, CaseScreened | CaseReopened)
            case = evolve(case, own)
    return case
