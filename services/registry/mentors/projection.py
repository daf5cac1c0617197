"""Events to the rows behind the lists of mentors, the volunteers given to them, and the progress of those."""

from collections.abc import Mapping
from typing import LiteralString

from shared.projection import Handler, Table

TABLES: tuple[Table, ...] = ()
HANDLERS: Mapping[str, Handler] = {}
VIEWS: Mapping[LiteralString, LiteralString] = {}
