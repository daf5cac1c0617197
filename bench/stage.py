"""What the benches are run on: a Kafka and a PostgreSQL of their own, set as in the product (what is stored is flushed), or a
whole stack; each is started when the first bench asks, and gone at the end."""

import itertools
import secrets
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import psycopg
from psycopg import sql

from deploy.local import databases, doors, stack
from deploy.local.doors import KafkaServer, PostgresServer
from deploy.local.layout import Layout, all_offsets
from deploy.local.ports import free_base, free_ports
from deploy.local.say import step
from deploy.local.stack_file import StackFile
from shared.broker import Broker
from shared.events.catalogue import TOPICS
from shared.migrate import migrate
from shared.topics import declare

PARTITIONS = 4
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Database:
    """An empty migrated store: the DSN of its owner, and of the role that owns nothing."""

    owner: str
    app: str


class Stage:
    """`rounds`: how often each bench measures; `quick`: as little as possible, to see that it works."""

    def __init__(self, *, rounds: int | None, quick: bool) -> None:
        self._rounds = rounds
        self.quick = quick
        self._home = Path(tempfile.mkdtemp(prefix="songtor-bench-"))
        self._home.chmod(0o755)  # PostgreSQL's user passes through
        self._numbers = itertools.count(1)
        self._kafka: KafkaServer | None = None
        self._postgres: PostgresServer | None = None
        self._stack: StackFile | None = None
        self._shared: dict[Callable[..., Any], Any] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop_servers()
            if self._stack is not None:
                stack.down(self.layout.data, purge=True)
        finally:
            shutil.rmtree(self._home, ignore_errors=True)

    def rounds(self, usually: int) -> range:
        if self._rounds is not None:
            return range(self._rounds)
        return range(1 if self.quick else usually)

    def size(self, usually: int, quick: int) -> int:
        return quick if self.quick else usually

    @property
    def home(self) -> Path:
        """For files of a bench's own."""
        return self._home

    def shared(self, opened: Callable[[Self], AbstractContextManager[Found]]) -> Found:
        """What several benches read on the servers below: opened when the first asks, closed before the servers stop."""
        if opened not in self._shared:
            self._shared[opened] = self._closing.enter_context(opened(self))
        found: Found = self._shared[opened]
        return found

    @property
    def layout(self) -> Layout:
        return Layout.of(self._home / "stack")

    @property
    def postgres(self) -> str:
        """The superuser's DSN."""
        if self._postgres is None:
            with step("starting PostgreSQL"):
                self._postgres = doors.open_postgres(self._home / "postgres", free_ports(1)[0], secrets.token_hex(8))
                self._postgres.start()
        return self._postgres.dsn

    @property
    def kafka(self) -> Broker:
        """The broker's address."""
        if self._kafka is None:
            with step("starting Kafka"):
                port, controller_port = free_ports(2)
                self._kafka = doors.open_kafka(self._home / "kafka", port, controller_port)
                self._kafka.start()
        return self._kafka.broker

    @property
    def stack(self) -> StackFile:
        """All services, ready. The two servers above are stopped: the stack has its own."""
        if self._stack is None:
            self._stop_servers()
            self._stack = stack.up(self.layout.data, free_base(all_offsets()))
        return self._stack

    def new_store(self) -> Database:
        name = f"bench{next(self._numbers)}"
        passwords = {name + databases.OWNER: secrets.token_hex(8), name: secrets.token_hex(8)}
        made = databases.ensure(self.postgres, name, passwords)
        migrate(made.owner, "shared", "schema/store")
        return Database(made.owner, made.app)

    def new_vault(self) -> databases.VaultDatabase:
        """Roles named as everywhere."""
        made = databases.ensure_vault(self.postgres, {role: secrets.token_hex(8) for role in databases.vault_roles()})
        migrate(made.owner, "shared", "schema/vault")
        return made

    def drop(self, dsn: str) -> None:
        name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def new_topics(self) -> str:
        """Every topic of the catalogue under a suffix, which is returned."""
        suffix = f"--bench{next(self._numbers)}"
        declare(self.kafka, [topic + suffix for topic in TOPICS], partitions=PARTITIONS, replication=1)
        return suffix

    def _stop_servers(self) -> None:
        self._closing.close()
        self._shared.clear()
        if self._kafka is not None:
            self._kafka.stop()
        if self._postgres is not None:
            self._postgres.stop()
        self._kafka = self._postgres = None
