"""Three doors to Kafka and to PostgreSQL, for the stack and for the tests alike, tried in this order: an address in the
environment (somebody else runs it), a container (a Docker engine answers and SONGTOR_CONTAINERS=1), our own process."""

import os
import subprocess
from enum import Enum
from pathlib import Path
from typing import Protocol

from deploy.local import kafka, postgres
from deploy.local.failures import StackError
from deploy.local.kafka_security import NodeSecurity
from deploy.local.waiting import wait_until
from shared.broker import Broker
from shared.settings import KafkaSettings

KAFKA = "SONGTOR_KAFKA"
POSTGRES = "SONGTOR_POSTGRES"
CONTAINERS = "SONGTOR_CONTAINERS"
GIVEN_SECONDS = 30.0


class Door(Enum):
    GIVEN = "given"
    CONTAINER = "container"
    NATIVE = "native"


class KafkaServer(Protocol):
    """A broker. `bootstrap` stays the same however often it goes away and comes back; `broker` is the same as its admin."""

    @property
    def bootstrap(self) -> str: ...
    @property
    def broker(self) -> Broker: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class PostgresServer(Protocol):
    """A server. `dsn` is the superuser's and stays the same."""

    @property
    def dsn(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


def door(variable: str) -> Door:
    """Which one leads to Kafka (`SONGTOR_KAFKA`) or PostgreSQL (`SONGTOR_POSTGRES`)."""
    if os.environ.get(variable):
        return Door.GIVEN
    return Door.CONTAINER if os.environ.get(CONTAINERS) == "1" and _engine_answers() else Door.NATIVE


def open_kafka(home: Path, port: int, controller_port: int, security: NodeSecurity | None = None) -> KafkaServer:
    """The broker behind the door, not started yet. `security` is for our own process; whoever gives a broker says how it is
    spoken to (SONGTOR_KAFKA_SECURITY, and its admin's _USER and _PASSWORD), and a container's knows no users."""
    match door(KAFKA):
        case Door.GIVEN:
            return GivenKafka(KafkaSettings(ENV="development").broker)
        case Door.CONTAINER:
            from deploy.local.containers import KafkaContainer

            return KafkaContainer(home, port)
        case Door.NATIVE:
            from deploy.local.kafka_quick import install

            return kafka.KafkaNode(home, port, controller_port, install(), security)


def open_postgres(home: Path, port: int, password: str, settings: dict[str, str] | None = None) -> PostgresServer:
    """The server behind the door, not started yet."""
    match door(POSTGRES):
        case Door.GIVEN:
            return GivenPostgres(os.environ[POSTGRES])
        case Door.CONTAINER:
            from deploy.local.containers import PostgresContainer

            return PostgresContainer(home, port, password, settings)
        case Door.NATIVE:
            return postgres.PostgresNode(home, port, password, settings)


class GivenKafka:
    """A broker that somebody else runs: it can be used, not stopped."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    def start(self) -> None:
        if not wait_until(lambda: kafka.answers(self.broker), GIVEN_SECONDS):
            raise StackError(f"no broker answers at {self.bootstrap} ({KAFKA})")

    def stop(self) -> None:
        """It is not ours: it goes on."""

    def kill(self) -> None:
        raise StackError(f"the broker of {KAFKA} is not ours to kill")


class GivenPostgres:
    """A server that somebody else runs; the address must be a superuser's."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def start(self) -> None:
        if not wait_until(lambda: postgres.answers(self.dsn), GIVEN_SECONDS):
            raise StackError(f"no PostgreSQL answers at the address of {POSTGRES}")

    def stop(self) -> None:
        """It is not ours: it goes on."""

    def kill(self) -> None:
        raise StackError(f"the server of {POSTGRES} is not ours to kill")


def _engine_answers() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
