"""Order, marks and servers for all tests: pure ones first and without a network, then those with the real Kafka and
PostgreSQL, which are started when the first test asks for them. Missing servers fail the run."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import settings

from shared.garbage import collect_seldom
from shared.migrate import migrate
from tests.support.local_stack import LocalStack
from tests.support.network import MARKS, Network
from tests.support.servers import KafkaServer, PostgresServer, wait_until_empty
from tests.support.vaults import name_of, new_vault

HERE = Path(__file__).parent
# A directory's tests carry its mark, and run in this order after all others. Seconds that one may take with what it waits for
# first: a broker fetched and prepared, or a whole stack on a busy machine.
MARKED = {"integration": 240, "e2e": 420}


# Where a test does not say itself how many examples it wants. Each run draws others.
settings.register_profile("suite", max_examples=50)
settings.register_profile("quick", max_examples=20)  # of `make test-unit`
settings.load_profile("suite")
ROOM_BYTES = 8 * 1024**3
NETWORK = Network()
# Tests ask faster than people. What is refused, and when, is tested with limits of its own.
os.environ |= {"SONGTOR_LIMIT_SUBJECT": "100000", "SONGTOR_LIMIT_ADDRESS": "100000"}
gc.disable()  # until all tests are collected


def pytest_configure(config: pytest.Config) -> None:
    """SIGTERM ends a run as Ctrl-C does: fixtures stop what they started. A shell starts what runs in its background deaf to
    SIGINT, and what that starts is deaf too: tests that send it would wait for ever."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    NETWORK.guard()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if (directory := _directory(item)) in MARKED:
            item.add_marker(directory)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(MARKED[directory]))
    items.sort(key=_cost)


def pytest_collection_finish() -> None:
    """Python looks for garbage again, but never in what was imported and collected: that took a tenth of the time."""
    collect_seldom()
    gc.enable()


def _directory(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""


def _cost(item: pytest.Item) -> int:
    directory = _directory(item)
    return 1 + list(MARKED).index(directory) if directory in MARKED else 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    NETWORK.open = any(item.get_closest_marker(mark) for mark in MARKS)


def _in_memory() -> Path | None:
    """A directory whose files are in memory, where there is one with room: hundreds of databases are made and dropped."""
    place = Path("/dev/shm")  # noqa: S108 what is made in it gets a name of its own
    roomy = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free >= ROOM_BYTES
    return place if roomy else None


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """Where servers keep their data during the run; also a server that runs as another user must be able to enter it."""
    home = Path(tempfile.mkdtemp(prefix="songtor-tests-", dir=_in_memory()))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka_of_run(server_home: Path) -> Iterator[KafkaServer]:
    server = KafkaServer(server_home / "kafka")
    server.start()
    yield server
    server.kill()  # nobody reads what is left in it


@pytest.fixture
def kafka(kafka_of_run: KafkaServer) -> Iterator[KafkaServer]:
    """The real broker. A test may stop or kill it; the next test finds it up again."""
    yield kafka_of_run
    kafka_of_run.start()


@pytest.fixture(scope="session")
def postgres_of_run(server_home: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(server_home / "postgres")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def postgres(postgres_of_run: PostgresServer) -> Iterator[PostgresServer]:
    """The real server, for fresh databases. A test may stop or kill it; the next test finds it up again."""
    yield postgres_of_run
    postgres_of_run.start()


@pytest.fixture(scope="session")
def vault_template(postgres_of_run: PostgresServer) -> str:
    """The name of an empty vault, to be copied."""
    vault = new_vault(postgres_of_run)
    migrate(vault.owner, "shared", "schema/vault")
    name = name_of(vault.owner)
    wait_until_empty(postgres_of_run.dsn, name)
    return name


@pytest.fixture
def vault_dsn(postgres: PostgresServer, vault_template: str) -> Iterator[str]:
    """An empty vault of this test's own, as intake; as who else: `vault_as`."""
    vault = new_vault(postgres, template=vault_template)
    yield vault.apps["intake"]
    postgres.start()
    postgres.drop(vault.owner)


@pytest.fixture(scope="session")
def stack_of_run() -> Iterator[LocalStack]:
    home = Path(tempfile.mkdtemp(prefix="songtor-stack-"))
    home.chmod(0o755)
    stack = LocalStack(home / "data")
    try:
        stack.up()
        yield stack
    finally:
        stack.run("down", "--purge")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def stack(stack_of_run: LocalStack) -> Iterator[LocalStack]:
    """The whole stack, with what earlier tests left in its store. A test may stop parts of it; the next finds all of it ready."""
    yield stack_of_run
    if not stack_of_run.ready:
        stack_of_run.up()
