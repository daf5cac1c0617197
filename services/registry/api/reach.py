"""Where a caller may appoint and open: said of the place in a request's body."""

from typing import Any

from services.registry.bodies import province_in
from shared.web import Edge


def must_reach_place(edge: Edge, raw: Any) -> None:
    """Before any fault of the body is told. Raises NotFoundError for a place of a province that is not the caller's."""
    province = province_in(raw)
    if province is not None:
        edge.must_reach(province)
