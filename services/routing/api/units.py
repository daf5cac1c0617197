"""The service units and mobile units that a request about help names: which the caller may name, and which there are."""

from typing import Any
from uuid import UUID

from services.routing import bodies
from services.routing.units import MobileUnit, Unit, helps, mobile_unit_of, unit_of
from shared.errors import Fault, NotFoundError
from shared.web import Edge


async def known_unit(edge: Edge, unit_id: UUID | None) -> Unit | None:
    return None if unit_id is None else unit_of((await edge.store.load(unit_id)).events)


async def known_mobile_unit(edge: Edge, mobile_unit_id: UUID | None) -> MobileUnit | None:
    return None if mobile_unit_id is None else mobile_unit_of((await edge.store.load(mobile_unit_id)).events)


async def unit_faults(edge: Edge, raw: Any, unit_id: UUID | None, *, agency: str | None = None) -> list[Fault]:
    """A unit that is named must have been open on the day of the help. The need's own unit, which stands for one not named, is
    not asked: an agency's help must not fail because the unit that reported the need has closed since."""
    if unit_id is None:
        return []
    unit, day = await _reached_unit(edge, unit_id, agency), bodies.day_of(raw)
    if unit is None or (day is not None and not unit.open_on(day)):
        return [Fault("/unit_id", "unknown_unit", "is no service unit open on that day")]
    return []


async def _reached_unit(edge: Edge, unit_id: UUID, agency: str | None) -> Unit | None:
    """A unit on whose form the caller may put help; `agency`: whose help it is. None after a second for one that is nowhere.
    Raises NotFoundError for others' units, and also after a second: who does not see all learns nothing of what there is."""

    async def look() -> Unit | None:
        unit = await known_unit(edge, unit_id)
        if unit is None or not edge.reach.has(unit.province, agency=agency, unit_id=unit_id):
            return None
        return unit

    found: Unit | None = await edge.soon(look)
    if found is None and not (edge.reach.provinces is None and edge.reach.has("", agency=agency, unit_id=unit_id)):
        raise NotFoundError
    return found


async def mobile_unit_faults(edge: Edge, raw: Any, *, own: UUID | None = None, province: str | None = None) -> list[Fault]:
    """A mobile unit that is named must be one of the caller's provinces that was not cancelled, and of the province of the unit
    that is named beside it or that is the caller's `own`, or of the need's `province`. One of other provinces is as unknown as
    one that is nowhere, and not any sooner."""
    mobile_unit_id = bodies.mobile_unit_of(raw)
    if mobile_unit_id is None:
        return []

    async def look() -> MobileUnit | None:
        found = await known_mobile_unit(edge, mobile_unit_id)
        return found if found is not None and _in_provinces(edge, found.province) else None

    found: MobileUnit | None = await edge.soon(look)
    unit = await known_unit(edge, bodies.unit_of(raw) or own) if province is None else None
    where = province if unit is None else unit.province
    if found is not None and helps(found) and where in (None, found.province):
        return []
    return [Fault("/mobile_unit_id", "unknown_mobile_unit", "is no mobile unit of the province that came or comes")]


def _in_provinces(edge: Edge, province: str) -> bool:
    """Mobile units belong to provinces alone: whoever helps there may name them."""
    return edge.reach.provinces is None or province in edge.reach.provinces
