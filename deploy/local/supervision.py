"""Talking to the supervisor of one stack over its socket: start it, start and stop programs, ask how they are."""

import contextlib
import os
import subprocess
import sys
import xmlrpc.client  # nosec B411 # with our own supervisor, over a socket in our own directory
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no types
from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]  # it has no types

from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.programs import MARK
from deploy.local.waiting import wait_until

START_SECONDS = 10.0
STOP_SECONDS = 40.0
GONE = ("STOPPED", "FATAL")
STOPPED = (*GONE, "EXITED")


@dataclass(frozen=True)
class State:
    """One program as the supervisor sees it. `pid` 0: not running; `begun`: when it was started last, in unix seconds."""

    name: str
    state: str
    pid: int
    begun: int


class Supervisor:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def answers(self) -> bool:
        try:
            with self._proxy() as proxy:
                return bool(proxy.supervisor.getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def start(self) -> None:
        """Starts the supervisor itself, with nothing running yet; it outlives us. Raises StackError."""
        self._layout.socket.unlink(missing_ok=True)
        self._layout.supervisor_pid.unlink(missing_ok=True)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._layout.supervisor_conf)]
        done = subprocess.run(
            command, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode != 0 or not wait_until(self.answers, START_SECONDS):
            raise StackError(f"the supervisor did not come up:\n{(done.stdout + done.stderr)[-2000:]}")

    def start_programs(self, names: Sequence[str]) -> None:
        """Those that do not run yet; does not wait for them."""
        states = self.states()
        with self._proxy() as proxy:
            for name in names:
                if states[name].state in STOPPED:
                    proxy.supervisor.startProcess(name, False)

    def stop_programs(self, names: Sequence[str]) -> None:
        """All at once; returns when they are gone. Raises StackError."""
        if not wait_until(lambda: not self._told_to_stop(names), STOP_SECONDS):
            raise StackError(f"these did not stop: {', '.join(self._running(names))}")

    def _told_to_stop(self, names: Sequence[str]) -> list[str]:
        """Those that are not gone for good. All are told again: one that has just ended by itself (EXITED) hears nothing, and
        is then started again."""
        with self._proxy() as proxy:
            running = self._running(names)
            for name in running:
                with contextlib.suppress(xmlrpc.client.Fault):
                    proxy.supervisor.stopProcess(name, False)
            return running

    def shutdown(self) -> None:
        """Ends the supervisor itself; returns when it is gone."""
        with contextlib.suppress(OSError, xmlrpc.client.Error), self._proxy() as proxy:
            pid: int = proxy.supervisor.getPID()
            proxy.supervisor.shutdown()
            wait_until(lambda: not psutil.pid_exists(pid), STOP_SECONDS)

    def states(self) -> dict[str, State]:
        """By program name. Raises StackError when the supervisor is not there."""
        try:
            with self._proxy() as proxy:
                found: list[dict[str, Any]] = proxy.supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error) as error:
            raise StackError("the supervisor of this stack does not answer") from error
        return {one["name"]: State(one["name"], one["statename"], one["pid"], one["start"]) for one in found}

    def _running(self, names: Sequence[str]) -> list[str]:
        return [name for name, state in self.states().items() if name in names and state.state not in GONE]

    @contextlib.contextmanager
    def _proxy(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._layout.socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport, allow_none=True) as proxy:
            yield proxy

    def _environment(self) -> dict[str, str]:
        """Ours without anything meant for a service: every program is told what it needs, no more."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SONGTOR_") and name != "ENV"}
        return inherited | {MARK: str(self._layout.data)}
