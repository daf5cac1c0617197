"""Decisions about volunteers' ID cards, and the token on them."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry import domain as volunteers
from services.registry.cards import domain, tokens
from services.registry.cards.projection import CARDS, HANDLERS
from shared.errors import RefusedError
from shared.events.codes import CardState
from shared.events.network import CardHandedOver, CardLost, CardPrinted, CardRequested, CardReturned
from tests.registry.given import BOX, appointed, only

DAY = date(2011, 10, 15)
KEY, OTHER = b"k" * 32, b"o" * 32
MOVES: dict[str, Callable[..., Any]] = {
    "request": domain.request,
    "print": domain.print_card,
    "hand over": domain.hand_over,
    "lose": domain.lose,
    "give back": domain.give_back,
}
MAY: dict[CardState | None, dict[str, list[type]]] = {
    None: {"request": [CardRequested], "print": [CardRequested, CardPrinted]},
    CardState.REQUESTED: {"print": [CardPrinted]},
    CardState.PRINTED: {
        "print": [CardPrinted],
        "hand over": [CardHandedOver],
        "lose": [CardLost],
        "give back": [CardReturned],
    },
    CardState.HANDED_OVER: {"lose": [CardLost], "give back": [CardReturned]},
    CardState.LOST: {"request": [CardRequested], "print": [CardRequested, CardPrinted]},
    CardState.RETURNED: {"request": [CardRequested], "print": [CardRequested, CardPrinted]},
}
"""What may come after a state, and what is said then."""


def relieved(on: date) -> volunteers.Volunteer:
    return only(volunteers.relieve(appointed(), on, words=BOX))


def card(state: CardState | None, issue: int = 1) -> domain.Card | None:
    """How a card is that stands so."""
    if state is None:
        return None
    made = {kind.TYPE: kind for kind in (CardRequested, CardPrinted, CardHandedOver, CardLost, CardReturned)}
    name = "Card" + "".join(word.capitalize() for word in state.value.split("_"))
    asked = domain.request(appointed(), None, DAY)[0]
    return made[name](**(asked.model_dump() | {"state": state, "issue": issue}))


@pytest.mark.parametrize("state", MAY)
@pytest.mark.parametrize("move", MOVES)
def test_a_card_goes_only_where_it_may(state: CardState | None, move: str) -> None:
    before = card(state)
    said = MAY[state].get(move)
    if said is None:
        with pytest.raises(RefusedError) as refused:
            MOVES[move](appointed(), before, DAY)
        assert refused.value.code == "wrong_state"
        return
    events = MOVES[move](appointed(), before, DAY)
    assert [type(event) for event in events] == said
    anew = CardRequested in said and before is not None
    assert {event.issue for event in events} == {2 if anew else 1}


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=30))
def test_issues_only_rise_and_only_after_an_end(moves: list[str]) -> None:
    now: domain.Card | None = None
    for move in moves:
        try:
            events = MOVES[move](appointed(), now, DAY)
        except RefusedError:
            continue
        after = domain.card_of([*([] if now is None else [now]), *events])
        assert after is not None
        ended = now is not None and now.state in domain.OVER
        assert after.issue - (0 if now is None else now.issue) == (1 if ended or now is None else 0)
        now = after


@pytest.mark.parametrize(
    ("volunteer", "on", "code"),
    [(relieved(date(2011, 10, 15)), DAY, "relieved"), (appointed(), date(2014, 10, 1), "expired")],
)
@pytest.mark.parametrize(("move", "state"), [("request", None), ("print", CardState.PRINTED), ("hand over", CardState.PRINTED)])
def test_nobody_out_of_service_gets_a_card(
    volunteer: volunteers.Volunteer, on: date, code: str, move: str, state: CardState | None
) -> None:
    with pytest.raises(RefusedError) as refused:
        MOVES[move](volunteer, card(state), on)
    assert refused.value.code == code
    assert domain.lose(volunteer, card(CardState.HANDED_OVER), on)


def test_who_is_to_begin_may_have_a_card_before_and_it_holds_from_the_first_day() -> None:
    (_, made) = domain.print_card(appointed(), None, date(2011, 9, 1))
    assert isinstance(made, CardPrinted)
    assert not domain.holds(appointed(), made, 1, date(2011, 9, 30))
    assert domain.holds(appointed(), made, 1, date(2011, 10, 1))


def test_a_card_is_valid_to_the_last_day_in_service() -> None:
    assert domain.valid_until(appointed()) == date(2014, 9, 30)
    assert domain.valid_until(relieved(date(2012, 1, 1))) == date(2011, 12, 31)
    assert domain.holds(relieved(date(2012, 1, 1)), None, 1, date(2011, 12, 31))
    assert not domain.holds(relieved(date(2012, 1, 1)), None, 1, date(2012, 1, 1))


@pytest.mark.parametrize("state", CardState)
def test_only_the_current_issue_holds_until_it_ends(state: CardState) -> None:
    now = card(state, issue=2)
    assert [domain.holds(appointed(), now, issue, DAY) for issue in (1, 2, 3)] == [False, state not in domain.OVER, False]


def test_cards_do_not_go_on_for_ever() -> None:
    with pytest.raises(RefusedError):
        domain.request(appointed(), card(CardState.LOST, issue=domain.LAST_ISSUE), DAY)


@given(st.uuids(), st.integers(1, domain.LAST_ISSUE))
def test_a_token_names_what_was_signed(volunteer_id: UUID, issue: int) -> None:
    shown = tokens.Shown(volunteer_id, issue)
    token = tokens.signed(KEY, shown)
    assert len(token) == 52
    assert tokens.named([KEY], token) == shown
    assert tokens.named([OTHER, KEY], token) == shown
    assert tokens.named([OTHER], token) is None
    assert tokens.named([], token) is None


@settings(max_examples=300)
@given(st.integers(0, 51), st.sampled_from("ABCabc019-_"))
def test_a_token_has_one_spelling(at: int, sign: str) -> None:
    token = tokens.signed(KEY, tokens.Shown(UUID(int=7), 1))
    changed = token[:at] + sign + token[at + 1 :]
    assert (tokens.named([KEY, OTHER], changed) is None) == (changed != token)


def test_a_token_from_when_there_was_one_key_holds_as_long_as_that_key_is_known() -> None:
    before = "AAAAAAAAAAAAAAAAAAAABwABXNPw0pr5QWtsJ1hXmXS9JCaI"
    shown = tokens.Shown(UUID(int=7), 1)
    assert tokens.named([KEY], before) == tokens.named([OTHER, KEY], before) == shown
    assert tokens.named([OTHER], before) is None
    assert [at for at in range(48) if tokens.named([KEY], before[:at] + "z" + before[at + 1 :]) is not None] == []


@given(st.text(max_size=60))
def test_whatever_is_shown_is_only_not_ours(text: str) -> None:
    assert tokens.named([KEY], text) is None


def test_every_event_of_a_card_leaves_its_row() -> None:
    assert set(HANDLERS) == {kind.TYPE for kind in (CardRequested, CardPrinted, CardHandedOver, CardLost, CardReturned)}
    assert set(CARDS.columns) - {"version"} == set(CardPrinted.model_fields)
