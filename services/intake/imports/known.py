"""Volunteers and units as one import comes to know them: each is looked up once, and who is unknown is waited for once."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from services.intake.reporters import Reporters, Unit, Volunteer, unit_of, volunteer_of
from shared.web import Edge

WAIT_SECONDS = 1.0
"""In all: a file may name thousands who do not exist."""
LOOK_EVERY = 0.05
AT_ONCE = 200


class Known:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._volunteers: dict[UUID, Volunteer] = {}
        self._units: dict[UUID, Unit] = {}
        self._nobody: set[UUID] = set()
        self._waited = 0.0

    async def meet(self, ids: Iterable[UUID]) -> None:
        """Looks them up, whatever they are. What registry said a moment ago may still be on its way."""
        missing = {one for one in ids if not self._is_known(one)} - self._nobody
        await self._look(missing)
        while (missing := {one for one in missing if not self._is_known(one)}) and self._waited < WAIT_SECONDS:
            await asyncio.sleep(LOOK_EVERY)
            self._waited += LOOK_EVERY
            await self._look(missing)
        self._nobody |= missing

    def reporters(self, volunteer_id: UUID | None, unit_id: UUID | None) -> Reporters:
        """As the caller knows them. Both have been met."""
        found = Reporters(
            volunteer_id=volunteer_id,
            unit_id=unit_id,
            volunteer=None if volunteer_id is None else self._volunteers.get(volunteer_id),
            unit=None if unit_id is None else self._units.get(unit_id),
        )
        return found.within(self._edge.reach)

    def _is_known(self, one: UUID) -> bool:
        return one in self._volunteers or one in self._units

    async def _look(self, ids: Iterable[UUID]) -> None:
        ordered = sorted(ids)
        for start in range(0, len(ordered), AT_ONCE):
            streams = await self._edge.store.load_many(ordered[start : start + AT_ONCE])
            for one, stream in streams.items():
                if (volunteer := volunteer_of(stream.events)) is not None:
                    self._volunteers[one] = volunteer
                if (unit := unit_of(stream.events)) is not None:
                    self._units[one] = unit
