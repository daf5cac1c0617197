"""Events to the rows behind the lists of trainings, meetings, publicity, visits."""

from collections.abc import Mapping
from typing import LiteralString

from shared.projection import Handler, Table

TABLES: tuple[Table, ...] = ()
HANDLERS: Mapping[str, Handler] = {}
VIEWS: Mapping[LiteralString, LiteralString] = {}
