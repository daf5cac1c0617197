"""Turns of a loop keep their distance, and wait for nothing when they have it."""

import asyncio
import math

from hypothesis import given
from hypothesis import strategies as st

from shared.pace import Pace


class _Clock:
    """Time passes when somebody waits or works, and never else."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.lists(st.floats(min_value=0, max_value=0.2), min_size=2, max_size=20))
def test_turns_begin_so_far_apart_and_no_further_than_their_work_takes(work: list[float]) -> None:
    apart, clock = 0.05, _Clock()

    async def turns() -> list[float]:
        pace, begun = Pace(apart, monotonic=clock, sleep=clock.sleep), []
        for seconds in work:
            await pace.turn()
            begun.append(clock())
            clock.now += seconds
        return begun

    begun = asyncio.run(turns())
    assert begun[0] == 0
    for earlier, later, seconds in zip(begun, begun[1:], work, strict=False):
        assert math.isclose(later - earlier, max(apart, seconds), abs_tol=1e-9)
