"""Where fetched and made-once things of this machine are kept, and the lock for making them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cache_dir() -> Path:
    """`SONGTOR_CACHE`, or `.songtor-cache` of the working copy; for an installed package the user's own cache."""
    if given := os.environ.get("SONGTOR_CACHE"):
        return Path(given).resolve()
    if (ROOT / "pyproject.toml").exists():
        return ROOT / ".songtor-cache"
    return Path.home() / ".cache" / "songtor"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process at a time works on `directory`; two stacks that start at once must not fetch into each other's files."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
