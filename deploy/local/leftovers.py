"""Processes of a stack whose supervisor is gone (killed, or the machine's socket file was removed): found and ended."""

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types

from deploy.local.layout import Layout
from deploy.local.programs import MARK
from deploy.local.say import say

SUPERVISOR_SECONDS = 45.0
SECONDS = 20.0


def end_leftovers(layout: Layout, postgres_home: Path) -> int:
    """Ends what still runs of the stack: its supervisor first, which takes the others along. Returns how many there were."""
    found = _marked(layout) + _postmaster(postgres_home / "data")
    if not found:
        return 0
    say(f"· ending {len(found)} processes that a supervisor left behind")
    _end([one for one in found if _is_supervisor(one)], SUPERVISOR_SECONDS)
    servers = [one for one in _alive(found) if _is_java(one)] + _postmaster(postgres_home / "data")
    _end([one for one in _alive(found) if one not in servers], SECONDS)
    _end(servers, SECONDS)
    return len(found)


def _marked(layout: Layout) -> list[psutil.Process]:
    """By the mark in their environment, which nobody else's process has, however their ids were used again."""
    return [one for one in psutil.process_iter() if one.pid != os.getpid() and _environment(one).get(MARK) == str(layout.data)]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        found: dict[str, str] = process.environ()
    except (psutil.Error, OSError):
        return {}
    return found


def _postmaster(data: Path) -> list[psutil.Process]:
    """PostgreSQL writes over its environment to show what it does; but it says who it is."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
        if str(data) in process.cmdline():
            return [process]
    return []


def _end(processes: Iterable[psutil.Process], seconds: float) -> None:
    processes = list(processes)
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGINT if _is_postgres(one) else signal.SIGTERM)
    for one in psutil.wait_procs(processes, timeout=seconds)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(processes, timeout=seconds)


def _alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and _command(one)]  # a zombie has no command


def _command(process: psutil.Process) -> list[str]:
    try:
        found: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return found


def _is_supervisor(process: psutil.Process) -> bool:
    return "supervisor.supervisord" in _command(process)


def _is_java(process: psutil.Process) -> bool:
    return "kafka.Kafka" in _command(process)


def _is_postgres(process: psutil.Process) -> bool:
    return any(part.endswith("/postgres") for part in _command(process)[:1])
