"""How often a loop turns: at once after a quiet moment, and then no more often than it pays."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Turns that begin at least `seconds` apart. What comes in meanwhile is done in one turn: ten events in a turn cost little
    more than one, and on a busy machine the turns would take the time of whoever answers people."""

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._monotonic, self._sleep = monotonic, sleep
        self._next = float("-inf")

    async def turn(self) -> None:
        """Returns when a turn may begin, which counts as its beginning."""
        early = self._next - self._monotonic()
        if early > 0:
            await self._sleep(early)
        self._next = self._monotonic() + self._seconds
