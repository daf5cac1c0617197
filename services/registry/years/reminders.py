"""How many terms end soon, counted for the metric of each province: whoever is to be reminded is in the list."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.registry.years import views
from services.registry.years.domain import FIRST, REMINDERS
from shared.buddhist_calendar import bangkok_day
from shared.errors import UnavailableError
from shared.metrics import EXPIRING, LOOP_TURN
from shared.process import Parts
from shared.store import Store

logger = logging.getLogger(__name__)

NAME = "reminders"
LOOK_EVERY = 300.0
SOONER = 5.0
"""After a look that failed."""


class Reminders:
    """Several may run side by side: each process shows what it counted itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown: set[str] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            LOOP_TURN.labels(NAME).set(time.time())
            pause = LOOK_EVERY
            try:
                await self.step(datetime.now(UTC))
            except UnavailableError as error:
                logger.warning("reminders wait", extra={"code": error.code})
                pause = SOONER
            await asyncio.sleep(pause)

    async def step(self, now: datetime) -> None:
        """Counts, and shows it. A province that had some is shown with none."""
        async with self._store.connection() as connection:
            endings = await views.endings(connection, day=bangkok_day(now), within_days=FIRST)
        self._shown |= {ending.province for ending in endings}
        for province in self._shown:
            for within_days in REMINDERS:
                EXPIRING.labels(province, str(within_days)).set(_within(endings, province, within_days))


def _within(endings: Iterable[views.Ending], province: str, days: int) -> int:
    return sum(ending.volunteers for ending in endings if ending.province == province and ending.days_left <= days)


def loops(parts: Parts) -> Mapping[str, Coroutine[Any, Any, None]]:
    """For the worker."""
    return {NAME: Reminders(parts.store).run()}
