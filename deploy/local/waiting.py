"""Waiting for another process: polling to a deadline."""

import time
from collections.abc import Callable

LOOK_EVERY = 0.05


def wait_until(ready: Callable[[], bool], seconds: float, every: float = LOOK_EVERY) -> bool:
    """True as soon as `ready` says so, False when the time is over. Whatever `ready` raises ends the waiting."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
