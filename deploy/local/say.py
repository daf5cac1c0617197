"""Progress for people and for logs: one plain line per step, the same on a terminal and off it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what begins when it takes longer than a moment's work, and how long it took."""
    begun = time.monotonic()
    say(f"· {what} …")
    yield
    say(f"✓ {what} ({time.monotonic() - begun:.1f} s)")
