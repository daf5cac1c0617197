"""Volunteers' ID cards over HTTP: asked for, printed, handed over, lost, returned; the list; one card to look at; and for
anybody, whether a card that is shown holds."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.registry import domain as volunteers
from services.registry.cards import bulk, domain, drawing, tokens, views
from services.registry.cards.bodies import CardAnswer, CardsAnswer, CardsBody, DayBody, Verified, day_faults
from services.registry.cards.printing import AS_PDF, drawn, facts_of, names_of
from services.registry.network import NAME
from services.registry.serving import CARD, known
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError, RefusedError
from shared.events.codes import CardState
from shared.events.contract import Event
from shared.fields import ProvinceCode
from shared.files.answering import file_response
from shared.files.formats import Format
from shared.web import Change, Edge, PageParam, ReadEdge, StrangersRead, WriteEdge
from shared.web.openapi import ANYBODYS, takes
from shared.web.pages import Listed
from shared.web.refusals import refuses

CardNo = Annotated[str, Path(pattern="^[0-9]{2}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{6}$")]
Move = Callable[[volunteers.Volunteer, domain.Card | None, date], list[Event]]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/cards")
    async def cards(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        state: CardState | None = None,
    ) -> Listed[CardAnswer]:
        """How the cards stand, by number; a volunteer for whom nobody asked for one has none."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.cards(connection, edge.reach, province=province, state=state, after=after, limit=page.fetch)
        return Listed(**page.listed(rows, lambda row: [row.card_no], CardAnswer.model_validate))

    @routes.get("/cards/verify/{token}", openapi_extra=ANYBODYS)
    async def verify(asked: StrangersRead, token: str) -> Verified:
        """For whoever reads the code on a card. Of one that does not hold, for whatever reason, nothing else is said."""
        shown = tokens.named(asked.settings.card_keys, token)
        if shown is None:
            return Verified(valid=False)
        card_id = domain.card_id(shown.volunteer_id)
        streams = await asked.store.load_many([shown.volunteer_id, card_id])
        volunteer = volunteers.volunteer_of(streams[shown.volunteer_id].events)
        card = domain.card_of(streams[card_id].events)
        if volunteer is None or not domain.holds(volunteer, card, shown.issue, bangkok_day(asked.now.at)):
            return Verified(valid=False)
        until = domain.valid_until(volunteer)
        return Verified(valid=True, valid_until=until, province=volunteer.province, level=volunteer.level)

    @routes.post("/cards/request", response_model=CardsAnswer, openapi_extra=takes(CardsBody))
    async def request(edge: WriteEdge) -> Response:
        """All of them, or none."""
        return await bulk.request_many(edge)

    @routes.post("/cards/print", response_class=Response, responses=AS_PDF, openapi_extra=takes(CardsBody))
    @refuses(503, "printing_failed")
    async def print_(edge: WriteEdge) -> Response:
        """Sheets of ten on A4, fronts and backs in turn: all of them, or none."""
        return await bulk.print_many(edge)

    @routes.post("/cards/{card_no}/hand-over", response_model=CardAnswer, openapi_extra=takes(DayBody))
    @refuses(409, "wrong_state", "relieved", "expired")
    async def hand_over(edge: WriteEdge, card_no: CardNo) -> Response:
        return await edge.write(lambda: _moved(edge, card_no, domain.hand_over))

    @routes.post("/cards/{card_no}/lose", response_model=CardAnswer, openapi_extra=takes(DayBody))
    @refuses(409, "wrong_state")
    async def lose(edge: WriteEdge, card_no: CardNo) -> Response:
        return await edge.write(lambda: _moved(edge, card_no, domain.lose))

    @routes.post("/cards/{card_no}/return", response_model=CardAnswer, openapi_extra=takes(DayBody))
    @refuses(409, "wrong_state")
    async def return_(edge: WriteEdge, card_no: CardNo) -> Response:
        return await edge.write(lambda: _moved(edge, card_no, domain.give_back))

    @routes.get("/volunteers/{volunteer_id}/card.pdf", response_class=Response, responses=AS_PDF)
    @refuses(409, "relieved", "expired", "forgotten", "wrong_state")
    @refuses(503, "printing_failed")
    async def card_pdf(edge: ReadEdge, volunteer_id: UUID) -> Response:
        """The current card, front and back, to look at or to print once more; nothing is said to be printed by it."""
        return await _shown(edge, volunteer_id)

    return routes


async def _moved(edge: Edge, card_no: str, move: Move) -> Change:
    volunteer_id = (await edge.store.holders(CARD, [card_no])).get(card_no)
    if volunteer_id is None:
        raise NotFoundError
    stream, volunteer = await known(edge, volunteer_id)
    card_stream = await edge.store.load(domain.card_id(volunteer_id))

    async def also(raw: Any) -> list[Fault]:
        return day_faults(raw, bangkok_day(edge.now.at), earliest=volunteer.appointed_on)

    body = await edge.body(DayBody, also=also)
    events = move(volunteer, domain.card_of(card_stream.events), body.on)
    answer = CardAnswer.model_validate(domain.card_of(events)).model_dump(mode="json")
    return Change(card_stream, events, answer=answer, rests_on=[stream], about=volunteer.person_ref)


async def _shown(edge: Edge, volunteer_id: UUID) -> Response:
    """Raises RefusedError `relieved`, `expired`, `forgotten`, and `wrong_state` for a card that is lost or returned."""
    _, volunteer = await known(edge, volunteer_id)
    card = domain.card_of((await edge.store.load(domain.card_id(volunteer_id))).events)
    domain.refuse_if_gone(volunteer, bangkok_day(edge.now.at))
    domain.refuse_if_over(card)
    names = await names_of(edge, [volunteer])
    if names[volunteer_id] is None:
        raise RefusedError("forgotten", "a card without a name is none")
    pdf = await drawn(edge, drawing.single, [facts_of(volunteer, domain.current_issue(card))], names)
    await edge.audited(person_ref=volunteer.person_ref)
    return file_response(Format.PDF, f"card-{volunteer.card_no}", pdf)
