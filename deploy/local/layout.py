"""Where a stack keeps what: every path under its data directory, and the ports counted from its base."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failures import StackError
from shared.events.catalogue import SERVICES

ROLES = ("api", "worker")
DEFAULT_BASE = 8000
KAFKA_OFFSET, CONTROLLER_OFFSET, POSTGRES_OFFSET = 21, 22, 23
# The system keeps the path of a unix socket in 104 bytes or a little more; supervisor adds a suffix while it binds.
LONGEST_SOCKET = 80
LOG_END = 3000


@dataclass(frozen=True)
class Layout:
    """The data directory of one stack, as an absolute path."""

    data: Path

    @classmethod
    def of(cls, data: Path) -> "Layout":
        return cls(data.resolve())

    @property
    def log(self) -> Path:
        return self.data / "log"

    def log_of(self, program: str) -> Path:
        return self.log / f"{program}.log"

    def end_of_log(self, program: str) -> str:
        """For messages: the file, and the last of what it says."""
        log = self.log_of(program)
        return f"The end of {log}:\n{log.read_text(errors='replace')[-LOG_END:] if log.exists() else '(there is none)'}"

    @property
    def kept(self) -> Path:
        return self.data / "kept.json"

    @property
    def stack(self) -> Path:
        return self.data / "stack.json"

    @property
    def stories(self) -> Path:
        return self.data / "stories.json"

    @property
    def reports(self) -> Path:
        return self.data / "reports"

    @property
    def kafka(self) -> Path:
        return self.data / "kafka"

    @property
    def issuer_key(self) -> Path:
        return self.data / "dev-issuer.pem"

    @property
    def jwks(self) -> Path:
        return self.data / "jwks.json"

    @property
    def tokens(self) -> Path:
        return self.data / "tokens.json"

    @property
    def supervisor_conf(self) -> Path:
        return self.data / "supervisord.conf"

    @property
    def supervisor_pid(self) -> Path:
        return self.data / "supervisord.pid"

    def made_here(self) -> list[Path]:
        """Everything that a stack puts into its data directory."""
        directories = [self.log, self.kafka, self.reports, self.data / "postgres", self.data / "scratch"]
        files = [self.kept, self.stack, self.stories, self.issuer_key, self.jwks, self.tokens]
        return [*directories, *files, self.supervisor_conf, self.supervisor_pid, self.socket, self.data / ".lock"]

    def scratch(self, program: str) -> Path:
        return self.data / "scratch" / program

    @property
    def socket(self) -> Path:
        """In the data directory, or in a short place of the same user's when that path is too long."""
        near = self.data / "supervisor.sock"
        if len(str(near).encode()) <= LONGEST_SOCKET:
            return near
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"songtor-{os.getuid()}-{digest}"
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.stat().st_uid != os.getuid():
            raise StackError(f"{directory} belongs to somebody else; set TMPDIR to a place of your own")
        return directory / "supervisor.sock"


def program_name(service: str, role: str) -> str:
    return f"{service}-{role}"


def services_and_roles() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for role in ROLES:
            yield service, role


def port_of(base: int, service: str, role: str) -> int:
    """The api of the n-th service has base + n, its worker base + 10 + n."""
    return base + SERVICES.index(service) + (1 if role == "api" else 11)


def service_ports(base: int) -> list[int]:
    return [port_of(base, service, role) for service, role in services_and_roles()]


def all_offsets() -> tuple[int, ...]:
    return (*service_ports(0), KAFKA_OFFSET, CONTROLLER_OFFSET, POSTGRES_OFFSET)
