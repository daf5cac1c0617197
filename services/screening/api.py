"""Screening over HTTP: the queue, a case, a decision, many decisions at once (those in `bulk.py`)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.screening import bulk, domain, views
from services.screening.answers import CaseShown, DecisionAnswer, DecisionsAnswer, WaitingShown
from services.screening.bodies import DecisionBody, DecisionsBody
from services.screening.change import change_of
from services.screening.known import known_case, known_duplicate_of
from services.screening.projection import NAME
from shared.events.codes import NeedKind
from shared.events.screening import CaseScreened
from shared.fields import ProvinceCode
from shared.store import Stream
from shared.web import BulkEdge, Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/queue", response_model=Listed[WaitingShown])
    async def queue(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        kind: NeedKind | None = None,
        urgent: bool | None = None,
    ) -> dict[str, Any]:
        """Cases that wait for a decision: urgent ones first, then the oldest."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.queue(
                connection, reach=edge.reach, province=province, kind=kind, urgent=urgent, after=after, limit=page.fetch
            )
        return page.listed(rows, lambda row: row.place, lambda row: row.as_json())

    @routes.get("/cases/{case_id}", response_model=CaseShown)
    async def case(edge: ReadEdge, case_id: UUID) -> dict[str, Any]:
        """All that screening knows of a case, at once. Notes are sealed, and screening opens nothing."""
        return await _case_json(edge, await known_case(edge, case_id))

    @routes.post("/cases/{case_id}/decision", response_model=DecisionAnswer, openapi_extra=takes(DecisionBody))
    @refuses(409, "wrong_state", "already_decided", "person_forgotten")
    @refuses(503, "key_not_ready")
    async def decide(edge: WriteEdge, case_id: UUID) -> Response:
        async def decide() -> Change:
            stream = await known_case(edge, case_id)
            return await change_of(edge, stream, await edge.body(DecisionBody))

        return await edge.write(decide)

    @routes.post("/decisions", response_model=DecisionsAnswer, openapi_extra=takes(DecisionsBody))
    @refuses(503, "key_not_ready")
    async def decide_many(edge: BulkEdge) -> Response:
        """Up to 1,000 decisions; each is stored or refused for itself."""
        return await bulk.decide_many(edge)

    return routes


async def _case_json(edge: Edge, stream: Stream) -> dict[str, Any]:
    case = domain.fold(stream.events)
    assert case.facts is not None  # every event of a case carries them
    facts = case.facts.model_dump(
        mode="json",
        include={"case_id", "kind", "province", "area_code", "village_no", "volunteer_id", "unit_id", "worker_type"}
        | {"reported_at", "urgent", "duplicate"},
    )
    return {
        **facts,
        "duplicate_of": await known_duplicate_of(edge, case),
        "status": case.status,
        "needs_information": case.needs_information,
        "reopened": case.reopened,
        "suggestion": None if case.suggestion is None else case.suggestion.as_json(),
        "decisions": [
            {**_decision_json(event), "by": record.meta["actor"]}
            for record in stream.records
            if isinstance(event := record.event, CaseScreened)
        ],
    }


def _decision_json(event: CaseScreened) -> dict[str, Any]:
    return event.model_dump(
        mode="json",
        include={"round", "decision", "agency", "assistance_type", "priority", "reasons", "automatic", "decided_at"},
    )
