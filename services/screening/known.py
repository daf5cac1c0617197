"""Cases as their caller may know them: one outside of his reach is as unknown as one that never was, and not any sooner."""

from uuid import UUID

from services.screening import domain
from services.screening.domain import Case
from shared.errors import NotFoundError
from shared.store import Stream
from shared.web import Edge


async def known_case(edge: Edge, case_id: UUID) -> Stream:
    """All that is known of a case. Raises NotFoundError after a second: intake may have told of it only just now."""

    async def look() -> Stream | None:
        stream = await edge.store.load(case_id)
        return stream if is_within(edge, stream) else None

    found = await edge.soon(look)
    if found is None:
        raise NotFoundError
    return found


def is_within(edge: Edge, stream: Stream) -> bool:
    """Whether the stream is a case that the caller may touch."""
    facts = domain.fold(stream.events).facts
    return facts is not None and edge.reach.has(facts.province, unit_id=facts.unit_id, volunteer_id=facts.volunteer_id)


async def known_duplicate_of(edge: Edge, case: Case) -> UUID | None:
    """The case that this one repeats, unless it is none that the caller may know of."""
    first = None if case.facts is None else case.facts.duplicate_of
    if first is None or edge.reach.everything:
        return first
    return first if is_within(edge, await edge.store.load(first)) else None
