"""A case in every order: what routing hears between topics, and what an agency does around it, always ends the same way."""

from collections.abc import Sequence

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.routing import domain
from services.routing.domain import Case, evolve, fold
from shared.errors import RefusedError
from shared.events.codes import Agency, Decision, Outcome, ReferralStatus
from shared.events.contract import Event
from shared.events.routing import ReferralFacts
from shared.events.screening import CaseScreened
from shared.ids import derived_id
from tests.routing.given import ASSISTANCE, NEED, RECORDED_AT, REFERRED_AT, WORDS, helping, referred
from tests.screening.given import declined, reopened, screened, withdrawn

S = ReferralStatus
ANSWERED = ["accept", "decline", "help", "void", "close"]


class Routing:
    """The reactions and a few answers of an agency, without store and Kafka: what is heard in some order, and what is said."""

    def __init__(self) -> None:
        self.case = Case()

    def hear(self, event: Event) -> None:
        said: list[Event] = []
        if isinstance(event, CaseScreened):
            said = domain.refer(self.case, event, referral_id=derived_id(NEED.case_id, f"r{event.round}"), at=REFERRED_AT)
        elif event == withdrawn(NEED):
            said = domain.cancel(self.case)
        self.case = fold_on(fold_on(self.case, [event]), said)

    def answer(self, answers: Sequence[str]) -> None:
        """What the agency does about the last referral, as far as it may."""
        for answer in answers:
            for referral in list(self.case.referrals.values())[-1:]:
                try:
                    self.case = fold_on(self.case, self._said(answer, referral))
                except RefusedError:
                    continue

    def _said(self, answer: str, referral: ReferralFacts) -> list[Event]:
        match answer:
            case "accept":
                return domain.accept(referral)
            case "decline":
                return domain.decline(referral, words=WORDS)
            case "help":
                return domain.record_assistance(
                    referral, helping(), assistance_id=derived_id(ASSISTANCE, str(len(self.case.assistances))), at=RECORDED_AT
                )
            case "void":
                first = next((help_ for help_ in self.case.assistances.values() if not help_.void), None)
                return [] if first is None else domain.void(self.case, first, reason=WORDS)
            case _:
                return domain.close(referral, Outcome.OTHER, words=WORDS)

    @property
    def open(self) -> bool:
        return any(referral.status in (S.SENT, S.ACCEPTED) for referral in self.case.referrals.values())

    @property
    def standing_help(self) -> list[object]:
        return [help_ for help_ in self.case.assistances.values() if not help_.void]

    @property
    def end(self) -> object:
        """Where the case stands: which referrals, what became of them, which help counts."""
        return [(r.round, r.status) for r in self.case.referrals.values()], [h.void for h in self.case.assistances.values()]


def fold_on(case: Case, events: Sequence[Event]) -> Case:
    for event in events:
        case = evolve(case, event)
    return case


SCREENING: list[Event] = [
    screened(NEED, Decision.NEEDS_INFORMATION),
    screened(NEED),
    reopened(declined(NEED)),
    screened(NEED, round_=2, agency=Agency.PLO),
]


@for_all(order=st.permutations([0, 1, 1, 1, 1]), said=st.integers(0, 4), answers=st.lists(st.sampled_from(ANSWERED), max_size=4))
def test_what_is_referred_does_not_depend_on_when_the_need_itself_is_heard_of(
    order: list[int], said: int, answers: list[str]
) -> None:
    ends = []
    for turn in (order, sorted(order)):
        routing, left = Routing(), {0: iter([NEED]), 1: iter(SCREENING[:said])}
        for source in turn:
            event = next(left[source], None)
            if event is not None:
                routing.hear(event)
                routing.answer(answers if source == 1 else ())
        ends.append(routing.end)
    assert ends[0] == ends[1]


@for_all(
    before=st.lists(st.sampled_from(ANSWERED), max_size=5),
    after=st.lists(st.sampled_from(ANSWERED), max_size=4),
    at=st.integers(0, 4),
)
@settings(max_examples=100, deadline=None)
def test_a_withdrawal_leaves_nothing_open_whenever_it_comes(before: list[str], after: list[str], at: int) -> None:
    """Before, between or after decisions, with whatever an agency does around it: nothing stays open, no help that stands is
    lost by it, and nothing is referred afterwards."""
    routing = Routing()
    for event in [*SCREENING[:at], withdrawn(NEED), *SCREENING[at:]]:
        known, standing_help = set(routing.case.referrals), routing.standing_help
        routing.hear(event)
        assert routing.standing_help == standing_help
        if routing.case.withdrawn:
            assert set(routing.case.referrals) == known
            assert not routing.open
        routing.answer(after if routing.case.withdrawn else before)
    assert not routing.open


@for_all(
    answers=st.lists(st.sampled_from(ANSWERED), max_size=8),
    at=st.integers(0, 8),
)
@settings(max_examples=100, deadline=None)
def test_a_referral_is_done_exactly_while_it_has_help_that_stands(answers: list[str], at: int) -> None:
    routing = Routing()
    routing.hear(screened(NEED))
    for number, answer in enumerate(answers):
        if number == at:
            routing.hear(withdrawn(NEED))
        routing.answer([answer])
        (referral,) = routing.case.referrals.values()
        assert (referral.status is S.DONE) == bool(routing.standing_help)


@for_all(order=st.permutations([0, 1, 1, 1, 1]))
def test_a_case_folds_to_the_same_in_every_order_between_intake_and_routing(order: list[int]) -> None:
    own: list[Event] = [referred(), *domain.record_assistance(referred(), helping(), assistance_id=ASSISTANCE, at=RECORDED_AT)]
    left = {0: iter([withdrawn(NEED)]), 1: iter(own)}
    assert fold(next(left[source]) for source in order) == fold([withdrawn(NEED), *own])
