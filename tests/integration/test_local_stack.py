"""The parts of the stack on one machine: a broker that goes and comes, databases with closed doors, topics, what is kept, and
processes that nobody supervises any more."""

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import psutil  # type: ignore[import-untyped]  # it has no types
import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its exports are not marked as such
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from deploy.kafka.access import read_access
from deploy.local import databases, doors, kept, leftovers
from deploy.local.failures import StackError
from deploy.local.kafka import KafkaNode
from deploy.local.kafka_quick import install
from deploy.local.layout import Layout
from deploy.local.ports import free_base, free_ports
from deploy.local.postgres import PostgresNode
from deploy.local.programs import Program, supervisor_conf
from deploy.local.supervision import Supervisor
from deploy.local.waiting import wait_until
from shared.broker import Broker
from shared.topics import TopicsNotDeclaredError, declare
from tests.support.local_stack import LocalStack
from tests.support.servers import KafkaServer, PostgresServer

SECONDS = 15.0


@pytest.fixture
def layout(server_home: Path) -> Layout:
    return new_layout(server_home)


def new_layout(server_home: Path) -> Layout:
    """In an empty directory that also PostgreSQL's user may enter."""
    directory = Path(mkdtemp(dir=server_home))
    directory.chmod(0o755)
    found = Layout.of(directory)
    found.log.mkdir()
    return found


@pytest.fixture
def topic(kafka: KafkaServer) -> str:
    name = f"one-{time.time_ns()}"
    assert declare(kafka.broker, [name], partitions=2, replication=1) == [name]
    return name


def send(kafka: KafkaServer, topic: str, value: bytes) -> None:
    """Returns when the broker has it."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    producer.produce(topic, value=value, key=b"k")
    assert producer.flush(SECONDS) == 0


def stored(kafka: KafkaServer, topic: str, count: int) -> list[bytes | None]:
    settings: dict[str, str | int | float | bool] = {"group.id": topic, "auto.offset.reset": "earliest", "log_level": 0}
    consumer = Consumer(settings | {"bootstrap.servers": kafka.bootstrap})
    try:
        consumer.subscribe([topic])
        return [message.value() for message in consumer.consume(count, SECONDS)]
    finally:
        consumer.close()


# Kafka


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_broker_that_went_away_comes_back_with_what_it_had(kafka: KafkaServer, topic: str, how: str) -> None:
    send(kafka, topic, b"before")
    getattr(kafka, how)()
    kafka.start()
    send(kafka, topic, b"after")
    assert stored(kafka, topic, 2) == [b"before", b"after"]


@pytest.mark.parametrize("archive", [None, pytest.param(b"damaged", marks=pytest.mark.slow)])
def test_a_broker_without_a_usable_archive_of_classes_only_starts_slower(layout: Layout, archive: bytes | None) -> None:
    home = layout.data / "cache"
    home.mkdir()
    (home / "libs").symlink_to(install().libs)
    jars = replace(install(), home=home)
    if archive is not None:
        jars.archive.write_bytes(archive)
    port, controller_port = free_ports(2)
    node = KafkaNode(layout.kafka, port, controller_port, jars)
    try:
        node.start()
    finally:
        node.stop()


def test_a_broker_that_cannot_start_says_why(layout: Layout) -> None:
    port, controller_port = free_ports(2)
    node = KafkaNode(layout.kafka, port, controller_port, install())
    node.prepare()
    (layout.kafka / "data" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")
    with pytest.raises(StackError, match=r"(?s)Kafka did not come up:.*Stored node id 7"):
        node.start()


def test_a_server_does_not_take_another_one_on_its_port_for_itself(
    layout: Layout, kafka: KafkaServer, postgres: PostgresServer
) -> None:
    with pytest.raises(StackError, match="in use"):
        KafkaNode(layout.kafka, int(kafka.bootstrap.split(":")[1]), free_ports(1)[0], install()).start()
    with pytest.raises(StackError, match="in use"):
        PostgresNode(layout.data / "postgres", int(named(postgres.dsn, "port")), "").start()


# Topics


def test_declaring_topics_again_changes_nothing(kafka: KafkaServer, topic: str) -> None:
    assert declare(kafka.broker, [topic], partitions=2, replication=1) == []


def test_a_topic_keeps_what_is_in_it_for_ever_even_if_somebody_changed_that(kafka: KafkaServer, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    shorter = ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[shorter])
    admin.incremental_alter_configs([resource])[resource].result(SECONDS)

    def is_kept_for(milliseconds: str) -> bool:
        found = admin.describe_configs([resource])[resource].result(SECONDS)["retention.ms"].value
        return bool(found == milliseconds)

    # The broker learns from its controller a moment after the controller has it.
    assert wait_until(lambda: is_kept_for("1000"), SECONDS)
    declare(kafka.broker, [topic], partitions=2, replication=1)
    assert wait_until(lambda: is_kept_for("-1"), SECONDS)


def test_a_topic_with_another_number_of_partitions_is_an_error(kafka: KafkaServer, topic: str) -> None:
    with pytest.raises(TopicsNotDeclaredError, match="has 2 partitions instead of 4"):
        declare(kafka.broker, [topic], partitions=4, replication=1)


def test_topics_cannot_be_declared_with_more_copies_than_brokers(kafka: KafkaServer) -> None:
    with pytest.raises(TopicsNotDeclaredError):
        declare(kafka.broker, [f"three-{time.time_ns()}"], partitions=1, replication=3)


# PostgreSQL


@pytest.fixture
def two(postgres: PostgresServer) -> tuple[databases.Database, databases.Database]:
    return databases.Database(*postgres.new_database()), databases.Database(*postgres.new_database())


def named(dsn: str, part: str) -> str:
    return str(conninfo_to_dict(dsn)[part])


def test_a_role_enters_its_own_database_and_no_other(
    postgres: PostgresServer, two: tuple[databases.Database, databases.Database]
) -> None:
    one, other = two
    databases.close_to_strangers(postgres.dsn)
    psycopg.connect(one.app).close()
    for closed in (named(other.app, "dbname"), "postgres", "template1"):
        for role in (one.app, one.owner):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(make_conninfo(role, dbname=closed))


def test_the_role_that_the_processes_use_can_make_no_table(two: tuple[databases.Database, databases.Database]) -> None:
    with psycopg.connect(two[0].owner) as owner:
        owner.execute("CREATE TABLE ours (number int)")
    with psycopg.connect(two[0].app) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE theirs (number int)")
        app.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT * FROM ours")


def test_asking_for_a_database_again_keeps_its_rows_and_takes_the_new_password(postgres: PostgresServer) -> None:
    owner, _ = postgres.new_database()
    name = named(owner, "dbname")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE ours AS SELECT 1 AS number")
    again = databases.ensure(postgres.dsn, name, {f"{name}_owner": "it's another", name: "one more"})
    with psycopg.connect(again.owner) as connection:
        assert connection.execute("SELECT number FROM ours").fetchall() == [(1,)]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(owner)


def test_a_server_that_crashed_comes_back_with_what_was_committed(postgres: PostgresServer) -> None:
    owner, _ = postgres.new_database()
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE ours AS SELECT 1 AS number")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(owner)
    postgres.start()
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT number FROM ours").fetchall() == [(1,)]


# Doors


def test_servers_that_somebody_else_runs_are_used_and_not_stopped(
    kafka: KafkaServer, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(doors.KAFKA, kafka.bootstrap)
    monkeypatch.setenv(doors.POSTGRES, postgres.dsn)
    for given in (doors.open_kafka(tmp_path, 1, 2), doors.open_postgres(tmp_path, 1, "")):
        given.start()
        given.stop()
        with pytest.raises(StackError, match="not ours to kill"):
            given.kill()
    psycopg.connect(postgres.dsn).close()


def test_whoever_gives_a_broker_says_how_it_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"": "one:1,two:2", "_SECURITY": "sasl_ssl", "_USER": "boss", "_CA": "ca.pem"}
    told |= {"_PASSWORD": "long"}  # pragma: allowlist secret
    for name, value in told.items():
        monkeypatch.setenv(doors.KAFKA + name, value)
    found = doors.open_kafka(tmp_path, 1, 2).broker
    assert found == Broker("one:1,two:2", "sasl_ssl", "boss", SecretStr("long"), Path("ca.pem"))


# What is kept


def test_what_was_chosen_at_the_first_start_stays(layout: Layout) -> None:
    base = free_base(range(1, 24))
    first = kept.keep(layout, base)
    assert kept.keep(layout, None) == first
    private = json.loads(layout.jwks.read_bytes())["keys"][0]
    assert private["kty"] == "EC"
    assert "d" not in private


def test_secrets_are_for_the_owners_eyes(layout: Layout) -> None:
    kept.keep(layout, free_base(range(1, 24)))
    for secret in (layout.kept, layout.issuer_key):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_two_stacks_have_nothing_secret_in_common(server_home: Path, layout: Layout) -> None:
    other = new_layout(server_home)
    one, two = kept.keep(layout, free_base(range(1, 24))), kept.keep(other, free_base(range(1, 24)))
    assert {one.master_key, one.pepper, one.superuser_password, *one.passwords.values()}.isdisjoint(
        {two.master_key, two.pepper, two.superuser_password, *two.passwords.values()}
    )


def test_kafka_has_no_users_where_somebody_wants_none(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.SECURITY, "plaintext")
    found = kept.keep(layout, free_base(range(1, 24)))
    assert (found.kafka_security, found.node_security) == ("plaintext", None)


@pytest.mark.parametrize("wanted", [None, "sasl_ssl"])
def test_every_service_and_agency_is_a_user_of_kafka(layout: Layout, monkeypatch: pytest.MonkeyPatch, wanted: str | None) -> None:
    monkeypatch.delenv(kept.SECURITY, raising=False)
    if wanted is not None:
        monkeypatch.setenv(kept.SECURITY, wanted)
    found = kept.keep(layout, free_base(range(1, 24)))
    assert found.node_security is not None
    assert found.node_security.protocol == found.kafka_security == (wanted or "sasl_plaintext")
    assert set(found.kafka_passwords) == {"admin", *(user.name for user in read_access())}
    assert found.kafka_passwords["admin"] not in repr(found.node_security)


def test_a_security_of_kafka_that_there_is_not_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.SECURITY, "none")
    with pytest.raises(StackError, match="must be one of plaintext, sasl_plaintext, sasl_ssl"):
        kept.keep(layout, free_base(range(1, 24)))
    assert not layout.kept.exists()


@pytest.mark.parametrize(("first", "then"), [("sasl_plaintext", "plaintext"), ("plaintext", "sasl_plaintext")])
def test_the_security_of_the_first_start_stays(layout: Layout, monkeypatch: pytest.MonkeyPatch, first: str, then: str) -> None:
    monkeypatch.setenv(kept.SECURITY, first)
    kept.keep(layout, free_base(range(1, 24)))
    monkeypatch.delenv(kept.SECURITY)
    assert kept.keep(layout, None).kafka_security == first
    monkeypatch.setenv(kept.SECURITY, then)
    with pytest.raises(StackError, match=f"made for {first}: .* for {then}$"):
        kept.keep(layout, None)


def test_a_stack_from_before_kafka_had_users_goes_on_without(layout: Layout) -> None:
    kept.keep(layout, free_base(range(1, 24)))
    before = json.loads(layout.kept.read_bytes())
    del before["kafka_security"], before["kafka_passwords"]
    layout.kept.write_text(json.dumps(before))
    assert kept.keep(layout, None).node_security is None


def test_a_stack_from_before_the_vaults_logins_gets_them_and_keeps_its_others(layout: Layout) -> None:
    first = kept.keep(layout, free_base(range(1, 24)))
    before = json.loads(layout.kept.read_bytes())
    logins = {name: before["passwords"].pop(name) for name in map(databases.vault_role, ("intake", "screening"))}
    layout.kept.write_text(json.dumps(before))
    again = kept.keep(layout, None).passwords
    assert again.keys() == first.passwords.keys()
    assert {name for name, password in again.items() if password != first.passwords[name]} == logins.keys()


def test_a_port_in_use_is_named_and_nothing_is_kept(layout: Layout, kafka: KafkaServer) -> None:
    taken = int(kafka.bootstrap.split(":")[1])
    with pytest.raises(StackError, match=str(taken)):
        kept.keep(layout, taken - 11)
    assert not layout.kept.exists()


# The supervisor


@pytest.fixture
def supervised(layout: Layout) -> Iterator[tuple[Layout, Supervisor]]:
    """A supervisor with one program that sleeps and one that leaves with 70 after a moment."""
    leaving = "import os, time; time.sleep(1.2); os._exit(70)"
    programs = [
        Program("sleeper", ["sleep", "1000"], Path("/"), {"ODD": "100% 'of' it; and that"}, start_seconds=0),
        Program("leaver", [sys.executable, "-c", leaving], Path("/"), start_seconds=1),
    ]
    layout.supervisor_conf.write_text(supervisor_conf(layout, programs))
    supervisor = Supervisor(layout)
    supervisor.start()
    yield layout, supervisor
    supervisor.shutdown()
    leftovers.end_leftovers(layout, layout.data)


def running_sleeper(supervisor: Supervisor) -> int:
    supervisor.start_programs(["sleeper"])
    assert wait_until(lambda: supervisor.states()["sleeper"].state == "RUNNING", SECONDS)
    return supervisor.states()["sleeper"].pid


def test_a_program_that_leaves_is_started_again(supervised: tuple[Layout, Supervisor]) -> None:
    _, supervisor = supervised
    supervisor.start_programs(["leaver"])
    seen: set[int] = set()

    def started_three_times() -> bool:
        seen.add(supervisor.states()["leaver"].begun)
        return len(seen - {0}) >= 3

    assert wait_until(started_three_times, SECONDS)


def test_a_program_gets_its_environment_letter_by_letter_and_nothing_of_ours(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGTOR_DATABASE", "ours")
    program = Program("sleeper", ["sleep", "1000"], Path("/"), {"ODD": "100% 'of' it; and that"}, start_seconds=0)
    layout.supervisor_conf.write_text(supervisor_conf(layout, [program]))
    supervisor = Supervisor(layout)
    supervisor.start()
    try:
        sleeper = psutil.Process(running_sleeper(supervisor))
        # Before, it is the supervisor's own child.
        assert wait_until(lambda: sleeper.name() == "sleep" and "ODD" in sleeper.environ(), SECONDS)
        environment = sleeper.environ()
    finally:
        supervisor.stop_programs(["sleeper"])
        supervisor.shutdown()
    assert environment["ODD"] == "100% 'of' it; and that"
    assert "SONGTOR_DATABASE" not in environment


def test_what_a_killed_supervisor_left_behind_is_found_and_ended(supervised: tuple[Layout, Supervisor]) -> None:
    layout, supervisor = supervised
    pid = running_sleeper(supervisor)
    os.kill(int(layout.supervisor_pid.read_text()), signal.SIGKILL)
    assert wait_until(lambda: not supervisor.answers(), SECONDS)
    assert psutil.pid_exists(pid)
    assert leftovers.end_leftovers(layout, layout.data) == 1
    assert not psutil.pid_exists(pid)


def test_a_supervisor_without_its_socket_is_found_and_ended_with_its_programs(supervised: tuple[Layout, Supervisor]) -> None:
    layout, supervisor = supervised
    pid = running_sleeper(supervisor)
    layout.socket.unlink()
    assert leftovers.end_leftovers(layout, layout.data) == 2
    assert not psutil.pid_exists(pid)


def test_a_data_directory_with_a_long_name_has_its_socket_elsewhere(layout: Layout) -> None:
    deep = Layout.of(layout.data / ("a directory with a long name/" * 5))
    assert len(str(deep.socket)) < 100
    assert deep.socket != Layout.of(layout.data / ("a directory with a long name/" * 6)).socket
    for one in (deep, Layout.of(layout.data / ("a directory with a long name/" * 6))):
        one.socket.parent.rmdir()


# The whole stack


@pytest.fixture
def fresh_stacks(server_home: Path) -> Iterator[list[LocalStack]]:
    made = [LocalStack(Path(mkdtemp(dir=server_home)) / "data") for _ in range(2)]
    for stack in made:
        stack.layout.data.parent.chmod(0o755)
    yield made
    for stack in made:
        stack.run("down", "--purge")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_stacks_live_side_by_side_and_one_goes_on_where_it_was(fresh_stacks: list[LocalStack]) -> None:
    one, other = fresh_stacks
    one.up()
    other.up()
    assert one.status()["ready"]
    assert other.status()["ready"]
    before = one.file
    assert "already running" in one.up()
    one.down()
    assert not one.status()["running"]
    assert other.status()["ready"]
    one.up()
    assert one.file == before
    os.kill(int(one.layout.supervisor_pid.read_text()), signal.SIGKILL)
    one.up()
    assert one.status()["ready"]
