"""Kafka and PostgreSQL as containers, through testcontainers: one of the three doors of `doors.py`. What they store is in a
volume of the same name as the container, so that a stack goes on where it was."""

import hashlib
from pathlib import Path

from docker.errors import NotFound  # type: ignore[import-untyped]  # it has no types
from docker.models.containers import Container  # type: ignore[import-untyped]  # it has no types
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka, postgres
from deploy.local.failures import StackError
from deploy.local.kafka_jars import VERSION
from deploy.local.waiting import wait_until
from shared.broker import Broker

KAFKA_IMAGE = f"apache/kafka:{VERSION}"
POSTGRES_IMAGE = "postgres:18"
READY_SECONDS = 120.0
STOP_SECONDS = 20
# Inside a container the broker's own ports; outside only the one that is published.
INSIDE, CONTROLLER_INSIDE = 9092, 9093


class _Kept:
    """A container that is made once under a name, then started and stopped."""

    def __init__(self, home: Path, what: str) -> None:
        self.name = f"songtor-{what}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
        # The reaper would end the stack's containers together with the command that started them.
        testcontainers_config.ryuk_disabled = True

    def run(self, new: DockerContainer) -> None:
        try:
            self._container().start()
        except NotFound:
            new.with_name(self.name).start()

    def stop(self) -> None:
        self._container().stop(timeout=STOP_SECONDS)

    def kill(self) -> None:
        self._container().kill()

    def remove(self) -> None:
        """With everything that it stored."""
        client = DockerClient().client
        try:
            self._container().remove(force=True)
            client.volumes.get(self.name).remove(force=True)
        except NotFound:
            return

    def _container(self) -> Container:
        return DockerClient().client.containers.get(self.name)


class KafkaContainer(_Kept):
    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home, "kafka")
        self.port = port

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def broker(self) -> Broker:
        return Broker(self.bootstrap)

    def start(self) -> None:
        new = DockerContainer(KAFKA_IMAGE).with_bind_ports(INSIDE, self.port)
        for name, value in _environment(self.port).items():
            new.with_env(name, value)
        self.run(new.with_volume_mapping(self.name, "/var/lib/kafka/data", "rw"))
        if not wait_until(lambda: kafka.answers(self.broker), READY_SECONDS):
            raise StackError(f"Kafka did not come up in the container {self.name}")


class PostgresContainer(_Kept):
    def __init__(self, home: Path, port: int, password: str, settings: dict[str, str] | None) -> None:
        super().__init__(home, "postgres")
        self.port, self._password = port, password
        self._settings = {"max_connections": "200", "shared_buffers": "256MB", "jit": "off", "timezone": "UTC"} | (settings or {})

    @property
    def dsn(self) -> str:
        return postgres.superuser_dsn(self.port, self._password)

    def start(self) -> None:
        new = DockerContainer(POSTGRES_IMAGE).with_bind_ports(5432, self.port)
        new.with_env("POSTGRES_PASSWORD", self._password)
        new.with_env("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8")
        new.with_volume_mapping(self.name, "/var/lib/postgresql", "rw")
        new.with_command([part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")])
        self.run(new)
        if not wait_until(lambda: postgres.answers(self.dsn), READY_SECONDS):
            raise StackError(f"PostgreSQL did not come up in the container {self.name}")


def _environment(port: int) -> dict[str, str]:
    """The same settings as our own process has, in the way that the image takes them."""
    text = kafka.plain_properties(Path("/var/lib/kafka/data"), INSIDE, CONTROLLER_INSIDE)
    properties = dict(line.split("=", 1) for line in text.splitlines())
    properties["listeners"] = f"PLAINTEXT://:{INSIDE},CONTROLLER://:{CONTROLLER_INSIDE}"
    properties["advertised.listeners"] = f"PLAINTEXT://127.0.0.1:{port}"
    named = {"KAFKA_" + name.replace(".", "_").upper(): value for name, value in properties.items()}
    return named | {"CLUSTER_ID": kafka.CLUSTER_ID}


def of_stack(kafka_home: Path | None, postgres_home: Path | None) -> list[_Kept]:
    """The containers of a stack that was brought up through this door, by the directories that name them."""
    homes = (("kafka", kafka_home), ("postgres", postgres_home))
    return [_Kept(home, what) for what, home in homes if home is not None]
