"""`GET /digest`: what a service said and heard, as counts and hashes per topic, so that the services can be compared."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from shared.web import ReadEdge

_SUMS = """
SELECT topic, source, count(*), coalesce(bit_xor(hashtextextended(id::text, 0)), 0) FROM events GROUP BY topic, source
"""
_PARKED = "SELECT count(*) FROM parked WHERE state IN ('parked', 'retry')"
PATIENCE = 120.0


class Sum(BaseModel):
    """`hash`: over the ids of the events."""

    count: int
    hash: str


class Digest(BaseModel):
    """`said` and `heard`: by topic. `hears`: the topics that it listens to. `parked`: what it heard and could not take in."""

    service: str
    hears: list[str]
    said: dict[str, Sum]
    heard: dict[str, Sum]
    parked: int


def digest_routes(service: str, hears: tuple[str, ...]) -> APIRouter:
    """One route. It reads the whole store: for checks, not for monitoring."""
    router = APIRouter()

    @router.get("/digest", response_model=Digest)
    async def digest(edge: ReadEdge) -> dict[str, Any]:
        """`said` and `heard`: by topic, how many events and a hash of their ids that does not depend on order."""
        async with edge.store.connection(patience=PATIENCE) as connection:
            sums = await (await connection.execute(_SUMS)).fetchall()
            parked = await (await connection.execute(_PARKED)).fetchone()
        said = {topic: {"count": count, "hash": str(xor)} for topic, source, count, xor in sums if source == service}
        heard = {topic: {"count": count, "hash": str(xor)} for topic, source, count, xor in sums if source != service}
        return {"service": service, "hears": hears, "said": said, "heard": heard, "parked": parked[0] if parked else 0}

    return router
