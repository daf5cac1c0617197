"""Volunteers and units as one import comes to know them: each is looked up once, and who is unknown is waited for once."""

import asyncio
from collections.abc import Collection, Iterable
from uuid import UUID

from services.intake import views
from services.intake.reporters import Reporters, Unit, Volunteer, unit_of, volunteer_of
from shared.access import EVERYTHING
from shared.web import Edge

WAIT_SECONDS = 1.0
"""In all: a file may name thousands who do not exist."""
LOOK_EVERY = 0.05
AT_ONCE = 200
NOBODY = UUID(int=0)


class Known:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._volunteers: dict[UUID, Volunteer] = {}
        self._units: dict[UUID, Unit] = {}
        self._nobody: set[UUID] = {NOBODY}
        self._cards: dict[str, UUID] = {}
        self._waited = 0.0

    async def meet(self, ids: Iterable[UUID]) -> None:
        """Looks them up, whatever they are. What registry said a moment ago may still be on its way."""
        missing = {one for one in ids if not self._is_known(one)} - self._nobody
        await self._look(missing)
        while (missing := {one for one in missing if not self._is_known(one)}) and self._waited < WAIT_SECONDS:
            await self._wait_if(missing)
            await self._look(missing)
        self._nobody |= missing

    async def meet_cards(self, cards: Iterable[str]) -> None:
        """Whose they are, as the list of needs knows it: a moment behind the store."""
        missing = {*cards} - self._cards.keys()
        while missing:
            async with self._edge.reading(EVERYTHING) as connection:
                self._cards |= await views.volunteers_by_card(connection, missing)
            missing -= self._cards.keys()
            if self._waited >= WAIT_SECONDS:
                break
            await self._wait_if(missing)
        self._cards |= dict.fromkeys(missing, NOBODY)

    def holder(self, card: str) -> UUID:
        """Of a card that has been met; NOBODY, who is no volunteer, of one that does not exist."""
        return self._cards[card]

    async def _wait_if(self, missing: Collection[object]) -> None:
        if missing:
            await asyncio.sleep(LOOK_EVERY)
            self._waited += LOOK_EVERY

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
