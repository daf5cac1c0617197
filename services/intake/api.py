"""Intake over HTTP: report a need, take it back, one case with its timeline, the list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.intake import change, views
from services.intake.bodies import CaseShown, CitizenShown, NeedAnswer, NeedBody, NeedShown, WithdrawAnswer, WithdrawBody
from services.intake.domain import Case
from services.intake.duplicates import Turns
from services.intake.people.api import router as people
from services.intake.projection import NAME
from services.intake.timeline import timeline
from shared.corrections import Opened, open_people
from shared.events.case_status import CaseStatus
from shared.events.codes import NeedKind
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.store import Stream
from shared.web import Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed


def router() -> APIRouter:
    routes = APIRouter()
    turns = Turns()

    @routes.post("/needs", status_code=201, response_model=NeedAnswer, openapi_extra=takes(NeedBody))
    async def report(edge: WriteEdge) -> Response:
        case_id = new_id()
        async with turns.turn() as turn:
            return await edge.write(lambda: change.report(edge, case_id, turn))

    @routes.post("/needs/{case_id}/withdraw", response_model=WithdrawAnswer, openapi_extra=takes(WithdrawBody))
    async def withdraw(edge: WriteEdge, case_id: UUID) -> Response:
        return await edge.write(lambda: change.withdraw(edge, case_id))

    @routes.get("/needs")
    async def needs(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        volunteer_id: UUID | None = None,
        status: CaseStatus | None = None,
        kind: NeedKind | None = None,
    ) -> Listed[NeedShown]:
        """The newest first, without the people."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.store.connection() as connection:
            rows = await views.needs(
                connection,
                province=province,
                volunteer_id=volunteer_id,
                status=status,
                kind=kind,
                after=after,
                limit=page.fetch,
            )
        return Listed(**page.listed(rows, lambda row: row.place, NeedShown.model_validate))

    @routes.get("/needs/{case_id}")
    async def case(edge: ReadEdge, case_id: UUID) -> CaseShown:
        """All that is known of a case, at once."""
        stream, found = await change.known_case(edge, case_id)
        return await _shown(edge, stream, found)

    routes.include_router(people())
    return routes


async def _shown(edge: Edge, stream: Stream, case: Case) -> CaseShown:
    need, withdrawn = case.need, case.withdrawn
    assert need is not None  # a known case has one
    (person,) = await open_people(edge.vault, edge.store, [need.person])
    words, farewell = await edge.vault.open_many([need.words, withdrawn.words if withdrawn else None])
    return CaseShown(
        **need.model_dump(include=set(NeedShown.model_fields)),
        status=case.status,
        consent=need.consent,
        citizen=CitizenShown.model_validate(person) if isinstance(person, dict) else None,
        detail=_text(words, "detail"),
        withdrawn_at=withdrawn.withdrawn_at if withdrawn else None,
        withdrawal_reason=_text(farewell, "reason"),
        timeline=timeline(stream.records),
    )


def _text(opened: Opened, name: str) -> str | None:
    text = opened.get(name) if isinstance(opened, dict) else None
    return text if isinstance(text, str) else None
