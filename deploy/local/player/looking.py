"""Looking until something is there: cases in screening's queue, referrals at the agencies. Who wait at the same time look
together."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from deploy.local.player.calling import PATIENCE, Caller, Json, Services
from deploy.local.player.story import StoryError

Found = TypeVar("Found")
_PAUSE = 0.05


class Shared:
    """One look for all who wait: whoever asks during a look gets what the next one finds."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._turn = asyncio.Lock()
        self._begun = 0

    async def fresh(self) -> None:
        """Returns when a look that began after this call is done."""
        asked = self._begun
        async with self._turn:
            if self._begun > asked:
                return
            self._begun += 1
            await self._look()


async def until(find: Callable[[], Found | None], shared: Shared, what: str) -> Found:
    """What `find` finds after a look. Raises StoryError after a minute."""
    end = time.monotonic() + PATIENCE
    while (found := find()) is None:
        if time.monotonic() > end:
            raise StoryError(f"{what} did not come within {PATIENCE:.0f} s")
        await shared.fresh()
        if find() is None:
            await asyncio.sleep(_PAUSE)
    return found


async def caught_up(services: Services, caller: Caller) -> None:
    """Returns when reporting has taken in all that was told so far. Raises StoryError after a minute."""
    end = time.monotonic() + PATIENCE
    while not (await services.get("reporting", "/position", {}, caller=caller))["caught_up"]:
        if time.monotonic() > end:
            raise StoryError(f"reporting did not catch up within {PATIENCE:.0f} s")
        await asyncio.sleep(_PAUSE)


class Queue:
    """Screening's queue of one province, as its office sees it."""

    def __init__(self, services: Services, office: Caller) -> None:
        self._services = services
        self._office = office
        self._shared = Shared(self._look)
        self._items: dict[str, Json] = {}

    async def holds(self, case_ids: Iterable[str], *, reopened: bool) -> None:
        """Returns when all of them wait for a decision; with `reopened`, another one."""
        wanted = set(case_ids)
        self._items = {case_id: item for case_id, item in self._items.items() if case_id not in wanted}

        def all_there() -> bool | None:
            there = {case_id for case_id in wanted if case_id in self._items}
            if reopened:
                there = {case_id for case_id in there if self._items[case_id]["reopened"]}
            return True if there == wanted else None

        await until(all_there, self._shared, f"{len(wanted)} case(s) in screening's queue")

    async def _look(self) -> None:
        items = await self._services.list("screening", "/queue", {"province": self._office.province}, caller=self._office)
        self._items = {item["case_id"]: item for item in items}


@dataclass(frozen=True, slots=True)
class FoundReferral:
    referral_id: str
    agency: str


class Referrals:
    """The referrals of one province."""

    def __init__(self, services: Services, office: Caller) -> None:
        self._services = services
        self._office = office
        self._shared = Shared(self._look)
        self._of_case: dict[str, list[Json]] = {}

    async def find(self, case_id: str, number: int) -> FoundReferral:
        """The `number`-th referral of a case, counted by when it was sent."""

        def found() -> FoundReferral | None:
            sent = sorted(self._of_case.get(case_id, []), key=lambda item: str(item["referred_at"]))
            return FoundReferral(sent[number - 1]["referral_id"], sent[number - 1]["agency"]) if len(sent) >= number else None

        return await until(found, self._shared, "a referral")

    async def _look(self) -> None:
        items = await self._services.list("routing", "/referrals", {"province": self._office.province}, caller=self._office)
        of_case: dict[str, list[Json]] = {}
        for item in items:
            of_case.setdefault(item["case_id"], []).append(item)
        self._of_case = of_case
