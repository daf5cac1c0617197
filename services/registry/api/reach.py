"""Where a caller may appoint, open and plan: said of the place or the province in a request's body."""

from typing import Any

from services.registry.bodies import province_in
from shared.places import is_province
from shared.web import Edge


def must_reach_place(edge: Edge, raw: Any) -> None:
    """Before any fault of the body is told. Raises NotFoundError for a place of a province that is not the caller's."""
    province = province_in(raw)
    if province is not None:
        edge.must_reach(province)


def must_reach_named(edge: Edge, raw: Any) -> None:
    """Likewise, of the body's `province`; what is none is told as a fault."""
    province = raw.get("province")
    if isinstance(province, str) and is_province(province):
        edge.must_reach(province)
