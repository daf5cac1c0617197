"""The real Kafka and the real PostgreSQL for the tests: one of each per test run, started when the first test asks, in a
directory that goes away. Fixtures are in `tests/conftest.py`."""

import itertools
import secrets
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.local import databases, doors
from deploy.local.ports import free_ports
from deploy.local.waiting import wait_until
from shared.broker import Broker

GONE_SECONDS = 20.0


class KafkaServer:
    """The broker. Its methods block: in a test with a running loop call them with `asyncio.to_thread`."""

    def __init__(self, home: Path) -> None:
        port, controller_port = free_ports(2)
        self._node = doors.open_kafka(home, port, controller_port)
        self._up = False

    @property
    def bootstrap(self) -> str:
        return self._node.bootstrap

    @property
    def broker(self) -> Broker:
        return self._node.broker

    def start(self) -> None:
        """Returns when the broker answers: after 1 s, and after `kill` in 4 s, when its old session is over."""
        if not self._up:
            self._node.start()
            self._up = True

    def stop(self) -> None:
        """In order, as with SIGTERM."""
        self._up = False
        self._node.stop()

    def kill(self) -> None:
        """As with kill -9."""
        self._up = False
        self._node.kill()


class PostgresServer:
    """The server, and as many databases in it as tests want. Its methods block, if only for a moment."""

    def __init__(self, home: Path) -> None:
        # Nothing here must survive the loss of power; a killed server keeps what it wrote without fsync too.
        fast = {"fsync": "off", "full_page_writes": "off", "max_connections": "400", "shared_buffers": "128MB"}
        self._node = doors.open_postgres(home, free_ports(1)[0], secrets.token_hex(8), fast)
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(3)
        # Of the roles that copies share: an older copy may still be in use.
        self._roles: set[str] = set()
        self._password = secrets.token_hex(8)
        self._up = False

    @property
    def dsn(self) -> str:
        """The superuser's."""
        return self._node.dsn

    def new_database(self, template: str = "template0") -> tuple[str, str]:
        """A fresh database with roles of its own: the DSN of its owner, and of the role that owns nothing. 30 ms."""
        name = f"t{self._run}_{next(self._numbers)}"
        passwords = {name + databases.OWNER: secrets.token_hex(8), name: secrets.token_hex(8)}
        made = databases.ensure(self.dsn, name, passwords, template=template)
        return made.owner, made.app

    def copy_of(self, template: str, *, owner: str, app: str) -> tuple[str, str]:
        """A copy of a database that nobody is in, for the same two roles: the DSN of its owner and of the other one."""
        name = f"t{self._run}_{next(self._numbers)}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for role in {owner, app} - self._roles:
                databases.ensure_role(connection, role, self._password)
            self._roles |= {owner, app}
            databases.let_narrow(connection, app)
            databases.make(connection, name, owner=owner, app=app, template=template)
        return self._dsn_for(name, owner, self._password), self._dsn_for(name, app, self._password)

    def drop(self, dsn: str) -> None:
        """Drops the database of that DSN, whoever is still in it."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(name))))

    def end_connections(self, dsn: str, *, like: str = "%") -> int:
        """Ends the connections to the database of that DSN (whose last statement is `like` that), and returns how many."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query ILIKE %s", (name, like)
            ).fetchall()
        return len(ended)

    def start(self) -> None:
        if not self._up:
            self._node.start()
            self._up = True

    def stop(self) -> None:
        """In order; whoever is connected is cut off."""
        self._up = False
        self._node.stop()

    def kill(self) -> None:
        """As in a crash."""
        self._up = False
        self._node.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _dsn_for(self, name: str, role: str, password: str) -> str:
        return make_conninfo(self.dsn, user=role, password=password, dbname=name)


def nobody_is_in(superuser_dsn: str, database: str) -> bool:
    """Whether a database may be copied now."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        return connection.execute("SELECT FROM pg_stat_activity WHERE datname = %s", (database,)).fetchone() is None


def wait_until_empty(superuser_dsn: str, database: str) -> None:
    assert wait_until(lambda: nobody_is_in(superuser_dsn, database), GONE_SECONDS), f"somebody is still in {database}"
