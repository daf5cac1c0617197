"""The memory of a whole stack at rest, when it has done some work: what all its processes have for themselves and their share of
what they have in common (PSS)."""

import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]  # it has no types

from bench.figures import Figure
from bench.stage import Stage
from deploy.local.say import say, step
from deploy.local.supervision import Supervisor

ASKED_GIB = 2.0
REST_SECONDS = 15.0
GIB = 2**30
MIB = 2**20


def measure(stage: Stage) -> Iterator[Figure]:
    assert stage.stack.services, "the stack is up"
    with step("memory: letting it rest"):
        time.sleep(REST_SECONDS)
    pids = {name: state.pid for name, state in Supervisor(stage.layout).states().items()}
    used = {name: _pss(pid) for name, pid in pids.items()} | {"supervisor": _pss_alone(psutil.Process(pids["kafka"]).ppid())}
    say("  " + ", ".join(f"{name} {size / MIB:.0f}" for name, size in sorted(used.items())) + " MiB")
    yield Figure("memory of the whole stack at rest", [sum(used.values()) / GIB], "GiB", ASKED_GIB, at_most=True)


def _pss(pid: int) -> int:
    """Bytes of a process and of all that it started."""
    return sum(_pss_alone(one.pid) for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)))


def _pss_alone(pid: int) -> int:
    return int(psutil.Process(pid).memory_full_info().pss)
