"""An event loop on which hours pass at once: when all that is left is to wait until a time, its clock stands at that time. For
code that tells the time by its loop, and hears of nothing from outside."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Found = TypeVar("Found")


class _Hurried(selectors.DefaultSelector):
    """What was waited for here stands in `passed`, in seconds; it took no time."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("nothing is left that could happen by itself")
        self.passed += max(timeout, 0)
        return super().select(0)


class _HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._selector_of_ours = _Hurried()
        super().__init__(self._selector_of_ours)

    def time(self) -> float:
        return self._selector_of_ours.passed


def hurried(coroutine: Coroutine[Any, Any, Found]) -> tuple[Found, float]:
    """What it returns, and how many seconds it would have taken."""
    with asyncio.Runner(loop_factory=_HurriedLoop) as runner:
        found = runner.run(coroutine)
        return found, runner.get_loop().time()
