"""Intake over HTTP: report a need, take it back, one case with its timeline, the list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.intake import change, views
from services.intake.bodies import CaseShown, CitizenShown, NeedAnswer, NeedBody, NeedShown, WithdrawAnswer, WithdrawBody
from services.intake.domain import Case
from services.intake.duplicates import Turns
from services.intake.imports.kind import NEEDS
from services.intake.people.api import router as people
from services.intake.projection import NAME
from services.intake.reach import reaches, seen
from services.intake.timeline import timeline
from shared.corrections import Opened, open_people
from shared.events.case_status import CaseStatus
from shared.events.codes import NeedKind
from shared.events.intake import NeedReported
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.imports.routes import import_routes
from shared.store import Stream
from shared.web import Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()
    turns = Turns()

    @routes.post("/needs", status_code=201, response_model=NeedAnswer, openapi_extra=takes(NeedBody))
    @refuses(404, "not_found")
    @refuses(409, "person_forgotten")
    async def report(edge: WriteEdge) -> Response:
        case_id = new_id()
        async with turns.turn() as turn:
            return await edge.write(lambda: change.report(edge, case_id, turn))

    @routes.post("/needs/{case_id}/withdraw", response_model=WithdrawAnswer, openapi_extra=takes(WithdrawBody))
    @refuses(409, "wrong_state")
    async def withdraw(edge: WriteEdge, case_id: UUID) -> Response:
        return await edge.write(lambda: change.withdraw(edge, case_id))

    routes.include_router(import_routes(NEEDS))  # before `/needs/{case_id}`, which would take the template's name for one

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
        async with edge.reading() as connection:
            rows = await views.needs(
                connection,
                edge.reach,
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
    person, words, farewell = await _opened(edge, case, need)
    original = None if need.duplicate_of is None else await edge.store.load(need.duplicate_of)
    facts = need.model_dump(include=set(NeedShown.model_fields)) | {"duplicate_of": seen(edge.reach, original)}
    return CaseShown(
        **facts,
        status=case.status,
        consent=need.consent,
        citizen=CitizenShown.model_validate(person) if isinstance(person, dict) else None,
        detail=_text(words, "detail"),
        withdrawn_at=withdrawn.withdrawn_at if withdrawn else None,
        withdrawal_reason=_text(farewell, "reason"),
        timeline=timeline(stream.records),
    )


async def _opened(edge: Edge, case: Case, need: NeedReported) -> tuple[Opened, Opened, Opened]:
    """The person, what was reported in words, and why it was taken back. What is not shown is not opened either."""
    if not reaches(edge.right.people, need):
        return None, None, None
    await edge.audited(person_ref=need.person_ref, details={"case_id": str(need.case_id)})
    (person,) = await open_people(edge.vault, edge.store, [need.person])
    words, farewell = await edge.vault.open_many([need.words, case.withdrawn.words if case.withdrawn else None])
    return person, words, farewell


def _text(opened: Opened, name: str) -> str | None:
    text = opened.get(name) if isinstance(opened, dict) else None
    return text if isinstance(text, str) else None
