"""From the rows of a chunk to appointments that could be made, and to what is wrong with the others: the same checks as those of
an appointment that comes alone."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.registry import domain
from services.registry.bodies import AppointBody, appointment_faults, id_of, province_in
from services.registry.imports.columns import COLUMNS
from services.registry.serving import unit_faults
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError
from shared.events.codes import IdKind
from shared.imports.results import RowResult, refused
from shared.sheets.reading import Row
from shared.vault_many import Document
from shared.web import Edge
from shared.web.problems import faults_of

PER_TURN = 25
"""Rows that are read until others have their turn: some milliseconds."""
_ORDER = {column.name: place for place, column in enumerate(COLUMNS)}


@dataclass(frozen=True, slots=True, eq=False)
class Appointed:
    """A good row."""

    row: int
    body: AppointBody

    @property
    def document(self) -> Document:
        return Document(IdKind.THAI, self.body.citizen_id)

    @property
    def seat(self) -> tuple[Document, str]:
        """Who serves where: what one volunteer at a time has."""
        return self.document, self.body.area_code


class Reading:
    """Of one import: each service unit is looked up once."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._units: dict[UUID, domain.Unit | None] = {}

    async def read(self, rows: Sequence[Row]) -> tuple[list[Appointed], list[RowResult]]:
        """Good rows, and results for all others."""
        good, bad = list[Appointed](), list[RowResult]()
        await self._meet(unit_id for row in rows if (unit_id := id_of(row.values, "unit_id")) is not None)
        for number, row in enumerate(rows, start=1):
            found = self._read(row)
            if isinstance(found, Appointed):
                good.append(found)
            else:
                bad.append(found)
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
        return good, bad

    async def _meet(self, unit_ids: Iterable[UUID]) -> None:
        missing = sorted({one for one in unit_ids if one not in self._units})
        if missing:
            streams = await self._edge.store.load_many(missing)
            self._units |= {one: domain.unit_of(streams[one].events) for one in missing}

    def _read(self, row: Row) -> Appointed | RowResult:
        raw = row.values
        province = province_in(raw)
        if province is not None and not self._edge.reach.has(province):
            return refused(row, "area_code", NotFoundError.code)
        body, faults = _checked(raw)
        faults += appointment_faults(raw, bangkok_day(self._edge.now.at))
        unit_id = id_of(raw, "unit_id")
        if unit_id is not None:
            faults += unit_faults(self._edge.reach, self._units[unit_id], raw)
        if body is None or faults:
            return refused(row, *_first(faults))
        return Appointed(row.number, body)


def _checked(raw: Mapping[str, Any]) -> tuple[AppointBody | None, list[Fault]]:
    try:
        return AppointBody.model_validate_json(orjson.dumps(raw)), []
    except ValidationError as error:
        return None, faults_of(error)


def _first(faults: Sequence[Fault]) -> tuple[str, str]:
    """The column and the code of what is wrong first, from left to right as templates have the columns."""
    return min(((fault.pointer[1:], fault.code) for fault in faults), key=lambda one: _ORDER.get(one[0], -1))
