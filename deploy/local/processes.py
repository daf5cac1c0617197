"""Servers that are started and stopped here, without a supervisor: by the tests, and to make Kafka's archive."""

import os
import pwd
import signal
import subprocess
from pathlib import Path

from deploy.local.failures import StackError


class Running:
    """One server process. Its output goes to a file, whose end is shown when it does not come up."""

    def __init__(self, command: list[str], log: Path, *, env: dict[str, str] | None = None, user: str | None = None) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=os.environ | (env or {}),
                start_new_session=True,  # Ctrl-C is for us: we stop our servers in order
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        return self._process.wait(seconds)

    def end(self, number: signal.Signals, seconds: float) -> None:
        """Asks with a signal; after `seconds` there is no more asking."""
        self.send(number)
        try:
            self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.wait(seconds)

    def failed(self, what: str) -> StackError:
        return StackError(f"{what} did not come up:\n{self._log.read_text(errors='replace')[-2000:]}")
