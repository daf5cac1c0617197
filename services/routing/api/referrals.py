"""Referrals over HTTP: the list, one, and what an agency answers to it. Help is in `assistance.py`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import JsonValue

from services.routing import domain, views
from services.routing.bodies import CloseBody, NoBody, ReasonBody, ReferralAnswer, ReferralShown
from services.routing.projection import NAME
from services.routing.rules import overdue as is_overdue
from services.routing.whereabouts import case_of_referral
from services.routing.words import sealed_reason
from shared.corrections import open_people
from shared.errors import NotFoundError
from shared.events.codes import Agency, ReferralStatus
from shared.events.contract import Event
from shared.events.routing import ReferralFacts
from shared.fields import ProvinceCode
from shared.sealed import Sealed
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses

Decide = Callable[[ReferralFacts], Awaitable[list[Event]]]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/referrals")
    async def referrals(
        edge: ReadEdge,
        page: PageParam,
        agency: Agency | None = None,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        case_id: UUID | None = None,
        status: ReferralStatus | None = None,
        overdue: Annotated[bool | None, Query(description="Sent or accepted, and past the due date.")] = None,
    ) -> Listed[ReferralShown]:
        """The oldest first."""
        after, now = views.place_of(page.after), edge.now.at
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.referrals(
                connection,
                reach=edge.reach,
                now=now,
                agency=agency,
                province=province,
                case_id=case_id,
                status=status,
                overdue=overdue,
                after=after,
                limit=page.fetch,
            )
        seen = rows[: page.limit]
        citizens = dict(zip(seen, await _citizens(edge, seen), strict=True))
        if any(citizens.values()):
            await edge.audited(details={"agency": agency, "province": province, "rows": len(seen)})
        shown = page.listed(rows, lambda row: row.place, lambda row: {**_public(row, now), "citizen": citizens[row]})
        return Listed(**shown)

    @routes.get("/referrals/{referral_id}")
    async def referral(edge: ReadEdge, referral_id: UUID) -> ReferralShown:
        _, found = await known_referral(edge, referral_id)
        (citizen,) = await _citizens(edge, [found])
        if citizen is not None:
            await edge.audited(person_ref=found.person_ref, details={"referral_id": str(referral_id)})
        return ReferralShown(**_public(found, edge.now.at), citizen=citizen)

    @routes.post("/referrals/{referral_id}/accept", response_model=ReferralAnswer, openapi_extra=takes(NoBody))
    @refuses(409, "wrong_state")
    async def accept(edge: WriteEdge, referral_id: UUID) -> Response:
        async def decide(found: ReferralFacts) -> list[Event]:
            await edge.body(NoBody)
            return domain.accept(found)

        return await _write(edge, referral_id, decide)

    @routes.post("/referrals/{referral_id}/decline", response_model=ReferralAnswer, openapi_extra=takes(ReasonBody))
    @refuses(409, "wrong_state")
    async def decline(edge: WriteEdge, referral_id: UUID) -> Response:
        """From sent; the case is back in the screening queue."""

        async def decide(found: ReferralFacts) -> list[Event]:
            body = await edge.body(ReasonBody)
            domain.must_be(found, domain.Status.SENT)  # before anything is sealed
            return domain.decline(found, words=await _reason(edge, found, body))

        return await _write(edge, referral_id, decide)

    @routes.post("/referrals/{referral_id}/return", response_model=ReferralAnswer, openapi_extra=takes(ReasonBody))
    @refuses(409, "wrong_state")
    async def give_back(edge: WriteEdge, referral_id: UUID) -> Response:
        """From sent or accepted: more information is wanted; also back in the queue."""

        async def decide(found: ReferralFacts) -> list[Event]:
            body = await edge.body(ReasonBody)
            domain.must_be_open(found)
            return domain.give_back(found, words=await _reason(edge, found, body))

        return await _write(edge, referral_id, decide)

    @routes.post("/referrals/{referral_id}/close", response_model=ReferralAnswer, openapi_extra=takes(CloseBody))
    @refuses(409, "wrong_state")
    async def close(edge: WriteEdge, referral_id: UUID) -> Response:
        """It ended without help."""

        async def decide(found: ReferralFacts) -> list[Event]:
            body = await edge.body(CloseBody)
            domain.must_be_open(found)
            return domain.close(found, body.outcome, words=await _reason(edge, found, body))

        return await _write(edge, referral_id, decide)

    return routes


async def known_referral(edge: Edge, referral_id: UUID) -> tuple[Stream, ReferralFacts]:
    """All that is known of the referral's case, and the referral. Raises NotFoundError after a second: the decision behind it
    comes from another service. Also for one outside of the caller's reach, and not any sooner."""

    async def look() -> tuple[Stream, ReferralFacts] | None:
        case_id = await case_of_referral(edge.store, referral_id)
        if case_id is None:
            return None
        stream = await edge.store.load(case_id)
        found = domain.fold(stream.events).referrals.get(referral_id)
        if found is None or not edge.reach.has(found.province, agency=found.agency, unit_id=found.unit_id):
            return None
        return stream, found

    known = await edge.soon(look)
    if known is None:
        raise NotFoundError
    return known


async def _write(edge: Edge, referral_id: UUID, decide: Decide) -> Response:
    async def change() -> Change:
        stream, found = await known_referral(edge, referral_id)
        events = await decide(found)
        answer = ReferralAnswer(**_public(domain.fold(events).referrals[referral_id], edge.now.at))
        return Change(stream, events, answer=answer.model_dump(mode="json"), about=found.person_ref)

    return await edge.write(change)


async def _reason(edge: Edge, referral: ReferralFacts, body: ReasonBody) -> Sealed:
    return await sealed_reason(edge.vault, referral.person_ref, referral.case_id, body.reason)


async def _citizens(edge: Edge, found: Sequence[ReferralFacts | views.Referral]) -> list[dict[str, JsonValue] | None]:
    """As they were put right; null where nobody was named, where the person was forgotten, and where the caller is not to see
    people: of those nothing is opened."""
    shown = edge.right.people
    persons = [one.person if shown.has(one.province, agency=one.agency, unit_id=one.unit_id) else None for one in found]
    return [opened if isinstance(opened, dict) else None for opened in await open_people(edge.vault, edge.store, persons)]


def _public(referral: ReferralFacts | views.Referral, now: datetime) -> dict[str, Any]:
    """The fields of ReferralAnswer."""
    shown = {name: getattr(referral, name) for name in ReferralAnswer.model_fields if name != "overdue"}
    return {**shown, "overdue": is_overdue(ReferralStatus(referral.status), referral.due_at, now)}
