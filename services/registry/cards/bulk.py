"""Cards of many volunteers in one request: asked for or printed all together, or none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from services.registry import domain as volunteers
from services.registry.cards import domain, drawing
from services.registry.cards.bodies import CardAnswer, CardsBody
from services.registry.cards.printing import drawn, facts_of, names_of
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, InvalidError, RefusedError
from shared.events.contract import Event
from shared.files.answering import file_response
from shared.files.formats import Format
from shared.store import Stream
from shared.web import Change, Edge
from shared.web.kept import REPLAYED

Decide = Callable[[volunteers.Volunteer, domain.Card | None, date], list[Event]]
NAME = "cards"
"""Of the file."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What comes to pass with one volunteer's card. `rests_on`: the volunteer's own stream."""

    volunteer: volunteers.Volunteer
    rests_on: Stream
    stream: Stream
    events: list[Event]

    @property
    def card(self) -> domain.Card:
        card = domain.card_of(self.events)
        assert card is not None
        return card


async def request_many(edge: Edge) -> Response:
    async def decide() -> Change:
        decided = await _decided(edge, domain.request)
        return _change(decided, [CardAnswer.model_validate(one.card).model_dump(mode="json") for one in decided])

    return await edge.write(decide)


async def print_many(edge: Edge) -> Response:
    """First the sheets, then the events: nothing is said to be printed that could not be made. Under the same key again they are
    made again, from what was kept. Who sees the names is written down each time."""
    made = dict[str, bytes]()

    async def decide() -> Change:
        decided = await _decided(edge, domain.print_card)
        names = await names_of(edge, [one.volunteer for one in decided])
        _refuse_nameless([names[one.volunteer.volunteer_id] for one in decided])
        facts = [facts_of(one.volunteer, one.card.issue) for one in decided]
        made["pdf"] = await drawn(edge, drawing.sheet, facts, names)
        return _change(decided, facts)

    written = await edge.write(decide)
    facts = orjson.loads(written.body)["items"]
    pdf = made["pdf"] if REPLAYED not in written.headers else await _again(edge, facts)
    await edge.audited(details={"cards": len(facts)})
    answer = file_response(Format.PDF, NAME, pdf)
    answer.headers.update(
        {name: value for name, value in written.headers.items() if name.startswith(("songtor-", "idempotent-"))}
    )
    return answer


async def _again(edge: Edge, facts: Sequence[dict[str, Any]]) -> bytes:
    streams = await edge.store.load_many([UUID(one["volunteer_id"]) for one in facts])
    found = [volunteers.volunteer_of(stream.events) for stream in streams.values()]
    names = await names_of(edge, [volunteer for volunteer in found if volunteer is not None])
    return await drawn(edge, drawing.sheet, facts, names)


async def _decided(edge: Edge, decide: Decide) -> list[_Decided]:
    """Raises InvalidError with each volunteer who gets none: `unknown_volunteer` (also of another province), `relieved`,
    `expired`, `wrong_state`."""
    wanted = (await edge.body(CardsBody, also=_twice)).volunteer_ids
    streams = await edge.store.load_many([*wanted, *map(domain.card_id, wanted)])
    today = bangkok_day(edge.now.at)
    found: list[_Decided] = []
    faults: list[Fault] = []
    for number, volunteer_id in enumerate(wanted):
        stream, card_stream = streams[volunteer_id], streams[domain.card_id(volunteer_id)]
        volunteer = volunteers.volunteer_of(stream.events)
        if volunteer is None or not edge.reach.has(volunteer.province):
            faults.append(_fault(number, "unknown_volunteer", "is no volunteer"))
            continue
        try:
            events = decide(volunteer, domain.card_of(card_stream.events), today)
        except RefusedError as refused:
            faults.append(_fault(number, refused.code, refused.detail))
            continue
        found.append(_Decided(volunteer, stream, card_stream, events))
    if faults:
        raise InvalidError(faults)
    return found


def _change(decided: Sequence[_Decided], items: list[dict[str, Any]]) -> Change:
    first, *others = decided
    return Change(
        first.stream,
        first.events,
        answer={"items": items},
        beside=[(one.stream, one.events) for one in others],
        rests_on=[one.rests_on for one in decided],
    )


def _refuse_nameless(names: Sequence[str | None]) -> None:
    """A card without a name is none. Raises InvalidError `forgotten`."""
    faults = [_fault(number, "forgotten", "has no name any more") for number, name in enumerate(names) if name is None]
    if faults:
        raise InvalidError(faults)


async def _twice(raw: Any) -> list[Fault]:
    """Whoever stands in the list a second time."""
    given = raw.get("volunteer_ids")
    if not isinstance(given, list):
        return []
    ids = [one.lower() if isinstance(one, str) else None for one in given]
    return [
        _fault(number, "invalid", "stands in the list twice")
        for number, one in enumerate(ids)
        if one is not None and ids.index(one) < number
    ]


def _fault(number: int, code: str, message: str) -> Fault:
    return Fault(f"/volunteer_ids/{number}", code, message)
