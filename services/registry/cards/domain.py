"""What is decided about volunteers' ID cards (บัตรประจำตัว): asked for, printed, handed over, lost or given back, and then issued
anew. A card's events carry its whole state, so the state is the newest one."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.registry.domain import Volunteer, status
from shared.errors import RefusedError
from shared.events.codes import CardState
from shared.events.contract import Event
from shared.events.network import CardHandedOver, CardLost, CardPrinted, CardRequested, CardReturned
from shared.ids import derived_id

Card = CardRequested | CardPrinted | CardHandedOver | CardLost | CardReturned
OUT = frozenset({CardState.PRINTED, CardState.HANDED_OVER})
"""Somewhere there is such a card."""
OVER = frozenset({CardState.LOST, CardState.RETURNED})
"""It holds no more, and the next is another issue."""
FIRST_ISSUE, LAST_ISSUE = 1, 999


def card_id(volunteer_id: UUID) -> UUID:
    """The stream of all cards that a volunteer ever has."""
    return derived_id(volunteer_id, "card")


def card_of(events: Iterable[Event]) -> Card | None:
    """How the card stands; None before anybody asked for one."""
    card = None
    for event in events:
        card = event if isinstance(event, Card) else card
    return card


def valid_until(volunteer: Volunteer) -> date:
    """The last day in service, as far as it is known."""
    if volunteer.relieved_on is None:
        return volunteer.term_ends_on
    return min(volunteer.term_ends_on, volunteer.relieved_on - timedelta(days=1))


def holds(volunteer: Volunteer, card: Card | None, issue: int, on: date) -> bool:
    """Whether a card of this issue says the truth. One that was shown before it was printed, as a preview, holds as well."""
    return status(volunteer, on) == "active" and issue == current_issue(card) and (card is None or card.state not in OVER)


def current_issue(card: Card | None) -> int:
    return FIRST_ISSUE if card is None else card.issue


def refuse_if_gone(volunteer: Volunteer, on: date) -> None:
    """Nobody out of service gets a card; whoever is to begin may have it before. Raises RefusedError `relieved` or `expired`."""
    found = status(volunteer, on)
    if found in ("relieved", "expired"):
        raise RefusedError(found, "the volunteer is out of service")


def refuse_if_over(card: Card | None) -> None:
    """Raises RefusedError `wrong_state` where there is no card that could be shown."""
    if card is not None and card.state in OVER:
        raise RefusedError("wrong_state", "the card is lost or was returned; a new one can be asked for")


def request(volunteer: Volunteer, card: Card | None, on: date) -> list[Event]:
    """A card is to be printed. Raises RefusedError `relieved`, `expired`, and `wrong_state` while there is one or one is asked
    for."""
    refuse_if_gone(volunteer, on)
    if card is not None and card.state not in OVER:
        raise RefusedError("wrong_state", "there is a card, or one is asked for")
    issue = FIRST_ISSUE if card is None else card.issue + 1
    if issue > LAST_ISSUE:
        raise RefusedError("wrong_state", "there were too many cards")
    return [CardRequested(**_facts(volunteer), issue=issue, state=CardState.REQUESTED, on=on)]


def print_card(volunteer: Volunteer, card: Card | None, on: date) -> list[Event]:
    """Also one that nobody asked for, and once more one that was printed and is not handed over: sheets get spoilt. Raises
    RefusedError as `request` does."""
    refuse_if_gone(volunteer, on)
    if card is not None and card.state in (CardState.REQUESTED, CardState.PRINTED):
        return [CardPrinted(**_facts(volunteer), issue=card.issue, state=CardState.PRINTED, on=on)]
    if card is not None and card.state is CardState.HANDED_OVER:
        raise RefusedError("wrong_state", "the volunteer has the card")
    asked = request(volunteer, card, on)
    return [*asked, *print_card(volunteer, card_of(asked), on)]


def hand_over(volunteer: Volunteer, card: Card | None, on: date) -> list[Event]:
    """Raises RefusedError `wrong_state` for what is not printed, `relieved` and `expired`."""
    if card is None or card.state is not CardState.PRINTED:
        raise RefusedError("wrong_state", "only a printed card is handed over")
    refuse_if_gone(volunteer, on)
    return [CardHandedOver(**_facts(volunteer), issue=card.issue, state=CardState.HANDED_OVER, on=on)]


def lose(volunteer: Volunteer, card: Card | None, on: date) -> list[Event]:
    """Raises RefusedError `wrong_state` where there is no card."""
    return [CardLost(**_facts(volunteer), issue=_issue_out(card), state=CardState.LOST, on=on)]


def give_back(volunteer: Volunteer, card: Card | None, on: date) -> list[Event]:
    """As for `lose`."""
    return [CardReturned(**_facts(volunteer), issue=_issue_out(card), state=CardState.RETURNED, on=on)]


def _issue_out(card: Card | None) -> int:
    if card is None or card.state not in OUT:
        raise RefusedError("wrong_state", "there is no card that could be lost or returned")
    return card.issue


def _facts(volunteer: Volunteer) -> dict[str, Any]:
    return {
        "card_id": card_id(volunteer.volunteer_id),
        "volunteer_id": volunteer.volunteer_id,
        "province": volunteer.province,
        "card_no": volunteer.card_no,
    }
