"""A whole stack for tests: ten processes with their own Kafka and PostgreSQL, started as a newcomer would. Fixtures are in
`tests/conftest.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.local.cache import ROOT
from deploy.local.health import health_of
from deploy.local.layout import Layout, all_offsets
from deploy.local.ports import free_base
from deploy.local.stack_file import StackFile, read_stack
from deploy.local.supervision import Supervisor
from deploy.local.waiting import wait_until

HOW = {"SONGTOR_KAFKA_SECURITY": "sasl_plaintext", "SONGTOR_WORKERS_NICE": "0"}
"""Stacks of the tests know who is there: what a user of Kafka may not do fails here first. Their workers do not stand back: the
other tests at work beside them would go first."""
UP_SECONDS = 400
READY_SECONDS = 90


class LocalStack:
    """One stack in a data directory of its own. Its methods block: in a test with a running loop call them with
    `asyncio.to_thread`."""

    def __init__(self, data: Path) -> None:
        self.layout = Layout.of(data)
        self.supervisor = Supervisor(self.layout)
        self.port_base = free_base(all_offsets())

    @property
    def file(self) -> StackFile:
        """stack.json: addresses, DSNs, logs."""
        found = read_stack(self.layout)
        assert found is not None, "the stack never came up"
        return found

    def url(self, service: str) -> str:
        return self.file.services[service].url

    def worker_url(self, service: str) -> str:
        return self.file.services[service].worker_url

    def up(self) -> str:
        """Returns what the command said."""
        return self.command("up", "--detach", "--port-base", str(self.port_base))

    def down(self) -> str:
        return self.command("down")

    def status(self) -> dict[str, Any]:
        """`status --json`, whether all is ready or not."""
        found: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return found

    @property
    def ready(self) -> bool:
        """The same as `status` finds, without a process of its own."""
        found = health_of(self.layout) or {}
        return bool(found) and all(health.ready for health in found.values())

    def pid(self, program: str) -> int:
        """Of `intake-worker`, `kafka` and so on, which must run: a signal to 0 would be for ourselves."""
        pid = self.supervisor.states()[program].pid
        assert pid, f"{program} does not run"
        return pid

    def stop_program(self, *names: str) -> None:
        """An outage: returns when they are gone; nothing starts them again."""
        self.supervisor.stop_programs(names)

    def start_program(self, *names: str) -> None:
        """Ends the outage; does not wait until they are ready."""
        self.supervisor.start_programs(names)

    def wait_until_ready(self) -> None:
        assert wait_until(lambda: self.ready, READY_SECONDS, every=0.2), self.status()

    def command(self, *arguments: str) -> str:
        """`python -m deploy.local …` of this stack, which must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        name, *rest = arguments
        command = [sys.executable, "-m", "deploy.local", name, "--data", str(self.layout.data), *rest]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | HOW, capture_output=True, text=True, timeout=UP_SECONDS, check=False
        )
