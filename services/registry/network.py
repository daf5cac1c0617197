"""The projection behind the lists of the network: all that registry shows besides volunteers and service units, folded in one
pass. What the tables are is said by each part."""

from typing import LiteralString

from services.registry.activities import projection as activities
from services.registry.cards import projection as cards
from services.registry.centres import projection as centres
from services.registry.heard import projection as heard
from services.registry.mentors import projection as mentors
from services.registry.mobile_units import projection as mobile_units
from shared.projection import Handler, Projection, Table

NAME = "network"

_PARTS = (heard, cards, centres, mentors, activities, mobile_units)


def _tables() -> tuple[Table, ...]:
    return tuple(table for part in _PARTS for table in part.TABLES)


def _handlers() -> dict[str, Handler]:
    return {event: handler for part in _PARTS for event, handler in part.HANDLERS.items()}


def _views() -> dict[LiteralString, LiteralString]:
    return {name: view for part in _PARTS for name, view in part.VIEWS.items()}


PROJECTION = Projection(name=NAME, definition=2, tables=_tables(), handlers=_handlers(), views=_views())
