"""One person's record over HTTP, for the right of access."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Response

from services.reporting import person_views
from services.reporting.answers.people import PersonRecord
from services.reporting.api.reading import as_json, projected
from services.reporting.person import Boxes, about, boxes_of, record
from shared.errors import NotFoundError
from shared.sealed import Sealed
from shared.store.records import Recorded
from shared.web import Edge, ReadEdge


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/people/{person_ref}/record", response_model=PersonRecord)
    async def record_of(edge: ReadEdge, person_ref: UUID) -> Response:
        """All that the system holds of a person: who they are, every event about them, the submitted forms they stand on. Of
        somebody who is forgotten what is left: no name, no number, no words."""
        records = await edge.soon(lambda: _known(edge, person_ref))
        if records is None:
            raise NotFoundError
        reports = await projected(edge, lambda connection: person_views.reports_of(connection, person_ref))
        opened = await _opened(edge, person_ref, boxes_of(records))
        return as_json(record(person_ref, records, opened, reports))

    return routes


async def _opened(edge: Edge, person_ref: UUID, boxes: Sequence[Sealed]) -> Boxes:
    """Nothing for a caller who may not see people everywhere: a record is of no province."""
    if not edge.right.people.everything:
        return {}
    await edge.audited(person_ref=person_ref, details={"blocks": len(boxes)})
    return dict(zip(boxes, await edge.vault.open_many(boxes), strict=True))


async def _known(edge: Edge, person_ref: UUID) -> list[Recorded] | None:
    """None of somebody of whom nothing was heard; another service's word may be on its way."""
    streams = await projected(edge, lambda connection: person_views.streams_about(connection, person_ref))
    loaded = await edge.store.load_many([person_ref, *streams])
    return about(person_ref, (one for stream in loaded.values() for one in stream.records)) or None
