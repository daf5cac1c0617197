"""From the rows of a chunk to needs that could be reported, and to what is wrong with the others: the same checks as those of a
report that comes alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.intake.bodies import NeedBody, day_of_report, id_of, need_faults, need_faults_of, province_in
from services.intake.domain import Need
from services.intake.imports.known import Known
from services.intake.imports.rows import card_in, document_of, first_fault, raw_body
from services.intake.reach import reporting_as
from services.intake.reporters import Reporters
from shared.access import Reach
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError
from shared.ids import new_id
from shared.imports.results import RowResult, refused
from shared.sheets.reading import Row
from shared.vault_many import Document
from shared.web import Edge
from shared.web.problems import faults_of

PER_TURN = 25
"""Rows that are read until others have their turn: some milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """A good row. `case_id`: of the need that it becomes if it is none yet; the row keeps it however often it is tried."""

    row: int
    case_id: UUID
    body: NeedBody
    need: Need
    document: Document | None


class Reading:
    """`ids`: cases by the number of their row, kept from one try to the next."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._known = Known(edge)
        self._ids: dict[int, UUID] = {}

    async def read(self, rows: Sequence[Row]) -> tuple[list[Reported], list[RowResult]]:
        """Good rows, and results for all others."""
        good, bad = list[Reported](), list[RowResult]()
        raws = [raw_body(row.values) for row in rows]
        await self._name_by_card(raws)
        await self._meet(raws)
        for number, (row, raw) in enumerate(zip(rows, raws, strict=True), start=1):
            found = self._read(row, raw)
            if isinstance(found, Reported):
                good.append(found)
            else:
                bad.append(found)
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
        return good, bad

    async def _name_by_card(self, raws: Sequence[dict[str, Any]]) -> None:
        """Who is named by a card is named by the id from here on."""
        cards = [(raw, card) for raw in raws if (card := card_in(str(raw.get("volunteer_id", "")))) is not None]
        await self._known.meet_cards(card for _, card in cards)
        for raw, card in cards:
            raw["volunteer_id"] = str(self._known.holder(card))

    async def _meet(self, raws: Sequence[dict[str, Any]]) -> None:
        reach = self._edge.reach
        named = {_id_in(raw, name) for raw in raws for name in ("volunteer_id", "unit_id")}
        if not reach.whole:
            named |= {reach.volunteer_id, reach.unit_id}
        await self._known.meet(one for one in named if one is not None)

    def _read(self, row: Row, raw: dict[str, Any]) -> Reported | RowResult:
        now, province = self._edge.now.at, province_in(raw)
        try:
            named = reporting_as(self._edge.reach, _id_in(raw, "volunteer_id"), _id_in(raw, "unit_id"), province)
        except NotFoundError:
            return refused(row, _foreign(self._edge.reach, province), NotFoundError.code)
        reporters = self._known.reporters(*named)
        body, faults = _checked(raw)
        if body is None:
            faults += need_faults(raw, now) + reporters.faults(day_of_report(raw, now))
        else:
            faults += need_faults_of(body, raw, now) + reporters.faults(_day_of(body, now))
        if body is None or faults:
            return refused(row, *first_fault(faults))
        return self._reported(row, body, reporters)

    def _reported(self, row: Row, body: NeedBody, reporters: Reporters) -> Reported:
        need = body.need(now=self._edge.now.at, volunteer_id=reporters.volunteer_id, unit_id=reporters.unit_of_need)
        case_id = self._ids.setdefault(row.number, new_id())
        return Reported(row.number, case_id, body, need, document_of(body.citizen))


def _checked(raw: dict[str, Any]) -> tuple[NeedBody | None, list[Fault]]:
    try:
        return NeedBody.model_validate_json(orjson.dumps(raw)), []
    except ValidationError as error:
        return None, faults_of(error)


def _day_of(body: NeedBody, now: datetime) -> date | None:
    """As `day_of_report`."""
    reported_at = body.reported_at or now
    return None if reported_at > now else bangkok_day(reported_at)


def _id_in(raw: dict[str, Any], name: str) -> UUID | None:
    """As `id_of`. The same few stand in many rows."""
    text = raw.get(name)
    return _id_of(text) if isinstance(text, str) else None


@lru_cache(maxsize=4096)
def _id_of(text: str) -> UUID | None:
    return id_of({"id": text}, "id")


def _foreign(reach: Reach, province: str | None) -> str:
    """The column that names what is not for the caller: the place, or else the unit of somebody else."""
    everybodys = replace(reach, whole=True)
    return "unit_id" if province is not None and everybodys.has(province) else "area_code"
