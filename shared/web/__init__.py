"""The HTTP edge that all services share: requests in, problems out, positions, pages, health. No business words."""

from shared.web.change import Change
from shared.web.edge import Edge
from shared.web.pages import Page, PageParam
from shared.web.position import position_of_record
from shared.web.requests import AnybodysBody, BulkEdge, ReadEdge, StrangersRead, WriteEdge

__all__ = [
    "AnybodysBody",
    "BulkEdge",
    "Change",
    "Edge",
    "Page",
    "PageParam",
    "ReadEdge",
    "StrangersRead",
    "WriteEdge",
    "position_of_record",
]
