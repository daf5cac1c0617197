"""People over HTTP: the cases of one, what is wrong about one put right, one forgotten. The ID is in the body always: addresses
are written into logs."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.intake.bodies import NeedShown
from services.intake.people import change, views
from services.intake.people.bodies import (
    CorrectedAnswer,
    CorrectPersonBody,
    ForgetBody,
    FoundAnswer,
    PersonAnswer,
    SearchBody,
    document_faults,
)
from services.intake.projection import NAME
from shared.errors import Fault
from shared.web import Edge, WriteEdge
from shared.web.openapi import takes
from shared.web.refusals import refuses
from shared.web.salting import salted

NOBODY = UUID(int=0)


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/people/search", openapi_extra=takes(SearchBody))
    async def search(edge: WriteEdge) -> FoundAnswer:
        """The cases of somebody with that document in one's own provinces. Changes nothing, and nothing of it is kept."""
        return await _search(edge)

    @routes.post("/people/forget", status_code=202, response_model=PersonAnswer, openapi_extra=takes(ForgetBody))
    @refuses(404, "not_found")
    async def forget(edge: WriteEdge) -> Response:
        """Within 10 s name, ID, phone and free text are gone everywhere."""
        asked = salted(edge)
        return await asked.write(lambda: change.forget(asked))

    @routes.post("/people/{person_ref}/correct", response_model=CorrectedAnswer, openapi_extra=takes(CorrectPersonBody))
    @refuses(409, "already_known", "person_forgotten")
    async def correct(edge: WriteEdge, person_ref: UUID) -> Response:
        """Forms and agencies show the person so from now on; no hash changes."""
        asked = salted(edge)
        return await asked.write(lambda: change.correct(asked, person_ref))

    return routes


async def _search(edge: Edge) -> FoundAnswer:
    """The reference only with a case: whether somebody is known elsewhere must not show."""

    async def also(raw: Any) -> list[Fault]:
        return document_faults(raw)

    body = await edge.body(SearchBody, also=also)
    person_ref = await edge.vault.find(body.id_kind, body.citizen_id)
    await edge.projected(NAME)  # also of nobody: time must not tell who is known elsewhere
    async with edge.reading() as connection:
        rows = await views.cases_of(connection, edge.reach, person_ref or NOBODY)
    await edge.audited(person_ref=person_ref, details={"rows": len(rows)})
    return FoundAnswer(person_ref=person_ref if rows else None, items=[NeedShown.model_validate(row) for row in rows])
