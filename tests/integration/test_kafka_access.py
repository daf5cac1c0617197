"""On a real broker with users, rights and TLS: who may do what is what `access.toml` says, and the services' own clients work."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from pydantic import SecretStr

from deploy.kafka.access import User, read_access
from deploy.kafka.applied import AccessNotAppliedError, apply
from deploy.kafka.passwords import with_all
from deploy.local.kafka import KafkaNode, answers
from deploy.local.kafka_quick import install
from deploy.local.kafka_security import CA, KEYS, NodeSecurity
from deploy.local.ports import free_ports
from deploy.local.waiting import wait_until
from shared.broker import Broker
from shared.consume import Reactions
from shared.consume.ends import Ends
from shared.consume.hearing import Hearing
from shared.events.catalogue import TOPICS
from shared.relay import Relay
from shared.topics import HEAD_TOPICS, declare_all
from tests.support.servers import PostgresServer
from tests.support.stores import Database, group, new_store, new_stream, running_store

SECONDS = 20.0
PASSWORDS = with_all({}, [user.name for user in read_access()])
DOE = "agency-doe"


class Secured:
    """A broker of this module's own, that asks who is there."""

    def __init__(self, home: Path) -> None:
        port, controller_port = free_ports(2)
        self.admin_password = token_urlsafe()
        self.node = KafkaNode(home, port, controller_port, install(), NodeSecurity("sasl_ssl", self.admin_password))

    @property
    def admin(self) -> Broker:
        return self.node.broker

    def of(self, user: str, password: str | None = None) -> Broker:
        return replace(self.admin, user=user, password=SecretStr(password or PASSWORDS[user]))


@pytest.fixture(scope="module")
def secured(server_home: Path) -> Iterator[Secured]:
    found = Secured(server_home / "secured-kafka")
    found.node.start()
    try:
        declare_all(found.admin, partitions=4, replication=1)
        apply(found.admin, read_access(), PASSWORDS)
        producer = Producer(found.admin.for_confluent())
        for topic in (*TOPICS, *HEAD_TOPICS):
            producer.produce(topic, b"{}", partition=0)
        assert producer.flush(SECONDS) == 0
        for user in read_access():
            until_let_in(found.of(user.name))
        yield found
    finally:
        found.node.stop()


def until_let_in(broker: Broker) -> None:
    """The broker learns of users from its controller a moment after they are made."""
    assert wait_until(lambda: answers(broker), SECONDS)


async def read_one(broker: Broker, topic: str, group: str) -> bytes:
    consumer = AIOKafkaConsumer(topic, **broker.for_aiokafka(), group_id=group, auto_offset_reset="earliest")
    try:
        await consumer.start()
        record = await asyncio.wait_for(consumer.getone(), SECONDS)
        return bytes(record.value)
    finally:
        await consumer.stop()


async def write_one(broker: Broker, topic: str, *, idempotent: bool = False) -> None:
    producer = AIOKafkaProducer(**broker.for_aiokafka(), enable_idempotence=idempotent)
    try:
        await producer.start()
        await asyncio.wait_for(producer.send_and_wait(topic, b"{}", partition=0), SECONDS)
    finally:
        await producer.stop()


def seen_by(broker: Broker) -> set[str]:
    return set(AdminClient(broker.for_confluent()).list_topics(timeout=SECONDS).topics)


# An agency


async def test_an_agency_reads_its_own_topic_in_a_group_of_its_own(secured: Secured) -> None:
    assert await read_one(secured.of(DOE), "referrals.doe", "agency-doe.app") == b"{}"


async def test_an_agency_reads_no_other_agencys_topic(secured: Secured) -> None:
    for topic in ("referrals.sso", "intake.needs", "intake.people", "routing.assistance"):
        with pytest.raises(TopicAuthorizationFailedError):
            await read_one(secured.of(DOE), topic, "agency-doe.app")


async def test_an_agency_takes_part_in_no_other_group(secured: Secured) -> None:
    for other in ("agency-sso.app", "agency-doe", "screening", "another"):
        with pytest.raises(GroupAuthorizationFailedError):
            await read_one(secured.of(DOE), "referrals.doe", other)


async def test_an_agency_writes_nothing_not_even_to_its_own_topic(secured: Secured) -> None:
    for topic in ("referrals.doe", "intake.needs"):
        with pytest.raises(TopicAuthorizationFailedError):
            await write_one(secured.of(DOE), topic)
        with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
            await write_one(secured.of(DOE), topic, idempotent=True)


def test_an_agency_does_not_even_see_what_else_there_is(secured: Secured) -> None:
    assert seen_by(secured.of(DOE)) == {"referrals.doe"}


def test_nobody_but_the_admin_makes_topics_users_or_rights(secured: Secured) -> None:
    for user in (DOE, "routing"):
        client = AdminClient(secured.of(user).for_confluent())
        made = client.create_topics([NewTopic("mine", num_partitions=1)])
        with pytest.raises(KafkaException) as refused:
            made["mine"].result(SECONDS)
        assert refused.value.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
        with pytest.raises(AccessNotAppliedError, match="CLUSTER_AUTHORIZATION_FAILED"):
            apply(secured.of(user), [User(user, reads=("intake.people",))], PASSWORDS)


# A service


@pytest.mark.parametrize("user", [user for user in read_access() if user.writes], ids=lambda user: user.name)
async def test_a_service_writes_what_it_says_and_nothing_else(secured: Secured, user: User) -> None:
    for topic in user.writes:
        await write_one(secured.of(user.name), topic, idempotent=True)
    other = next(topic for topic in TOPICS if topic not in user.writes)
    with pytest.raises(TopicAuthorizationFailedError):
        await write_one(secured.of(user.name), other)


@pytest.mark.parametrize("user", [user for user in read_access() if user.writes], ids=lambda user: user.name)
def test_a_service_sees_what_it_says_and_hears_and_nothing_else(secured: Secured, user: User) -> None:
    assert seen_by(secured.of(user.name)) == {*user.writes, *user.reads}


@pytest.fixture
def databases(postgres: PostgresServer) -> dict[str, Database]:
    return {name: new_store(postgres) for name in ("registry", "intake", "reporting")}


@contextlib.asynccontextmanager
async def all_running(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    running = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_relay_reactions_bulk_ear_and_ends_work_as_their_own_users(
    secured: Secured, databases: dict[str, Database], tmp_path: Path
) -> None:
    opened, topic = new_stream("registry"), "registry.units"
    ends = Ends(secured.of("reporting"), [topic])
    async with (
        running_store(databases["registry"].app, "registry") as registry,
        running_store(databases["intake"].app, "intake") as intake,
        running_store(databases["reporting"].app, "reporting") as reporting,
    ):
        reach = await ends.reach({})
        assert reach is not None
        reactions = Reactions(
            intake,
            kafka=secured.of("intake"),
            topics=[topic],
            handlers={},
            replica="0",
            data_dir=str(tmp_path),
            session_timeout=6,
        )
        hearing = Hearing(reporting, databases["reporting"].app, secured.of("reporting"), [topic])
        relay = Relay(databases["registry"].app, "registry", secured.of("registry"))
        async with all_running(relay.run(), hearing.run(), reactions.run()):
            await registry.append(group(opened))
            for store in (intake, reporting):
                await heard(store, opened.id)
        later = await ends.reach({})
        assert later is not None
        assert sum(later.ends.values()) == sum(reach.ends.values()) + 1
    await ends.close()


async def heard(store: Any, unit: UUID) -> None:
    async with asyncio.timeout(SECONDS):
        while not (await store.load(unit)).known:
            await asyncio.sleep(0.05)


# Strangers


@pytest.mark.parametrize(("user", "password"), [(DOE, "guessed"), ("nobody", "guessed"), ("admin", "admin")])
async def test_whoever_does_not_know_the_password_does_not_come_in(secured: Secured, user: str, password: str) -> None:
    with pytest.raises(KafkaConnectionError):
        await read_one(secured.of(user, password), "referrals.doe", "agency-doe.app")


async def test_whoever_does_not_log_in_does_not_come_in(secured: Secured) -> None:
    with pytest.raises(KafkaConnectionError):
        await read_one(Broker(secured.node.bootstrap), "referrals.doe", "agency-doe.app")


async def test_a_client_that_does_not_know_the_authority_does_not_send_its_password(secured: Secured) -> None:
    with pytest.raises(KafkaConnectionError):
        await read_one(replace(secured.of(DOE), ca=None), "referrals.doe", "agency-doe.app")


def test_a_wrong_password_can_be_told_from_a_broker_that_is_away(secured: Secured) -> None:
    """By confluent-kafka: aiokafka says the same of both."""
    told: list[KafkaError] = []
    settings = secured.of(DOE, "guessed").for_confluent() | {"group.id": "agency-doe.app"}
    consumer = Consumer(settings | {"error_cb": told.append})
    try:
        assert wait_until(lambda: consumer.poll(0.05) is None and bool(told), SECONDS)
        assert KafkaError._AUTHENTICATION in {error.code() for error in told}
    finally:
        consumer.close()


def test_the_controller_listens_to_nobody_without_its_certificate(secured: Secured) -> None:
    """Neither in clear nor with TLS alone: it would make topics and users for whoever speaks to it."""
    place = ("127.0.0.1", secured.node.controller_port)
    metadata_request = bytes.fromhex("0000000e 0012 0000 00000001 ffff ffff ffff".replace(" ", ""))
    with socket.create_connection(place, SECONDS) as plain:
        plain.sendall(metadata_request)
        assert not answered(plain)
    home = secured.node.home
    stranger = ssl.create_default_context(cafile=home / CA)
    with (
        socket.create_connection(place, SECONDS) as plain,
        stranger.wrap_socket(plain, server_hostname="localhost") as ours,
    ):
        assert not answered(ours)  # TLS 1.3 tells the missing certificate after the handshake
    node = ssl.create_default_context(cafile=home / CA)
    node.load_cert_chain(home / KEYS)
    with socket.create_connection(place, SECONDS) as plain, node.wrap_socket(plain, server_hostname="localhost") as ours:
        ours.sendall(bytes.fromhex("0000000e 0012 0000 00000001 0004 6e6f6465".replace(" ", "")))
        assert answered(ours)


def answered(connection: socket.socket) -> bool:
    """Whether one byte of an answer came, that is no alert of TLS."""
    try:
        first = connection.recv(1)
    except (ssl.SSLError, ConnectionError):
        return False
    return first == b"\x00"


# Applying


def test_applying_again_changes_nothing(secured: Secured) -> None:
    again = apply(secured.admin, read_access(), PASSWORDS)
    assert (again.given, again.taken, again.strangers) == (0, 0, ())


async def test_a_right_that_is_no_longer_in_the_file_is_taken_away(secured: Secured) -> None:
    before = User("visitor", reads=("referrals.doe",), groups=("visitor.",))
    passwords = {**PASSWORDS, "visitor": "first"}
    assert apply(secured.admin, [*read_access(), before], passwords).given == 3
    visitor = secured.of("visitor", "first")
    until_let_in(visitor)
    assert await read_one(visitor, "referrals.doe", "visitor.app") == b"{}"
    assert apply(secured.admin, read_access(), passwords).strangers == ("visitor",)
    done = apply(secured.admin, [replace(before, reads=())], passwords)
    assert (done.given, done.taken) == (0, 2)
    assert wait_until(lambda: seen_by(visitor) == set(), SECONDS)
    with pytest.raises(TopicAuthorizationFailedError):
        await read_one(visitor, "referrals.doe", "visitor.app")
    apply(secured.admin, [User("visitor")], passwords)
    assert apply(secured.admin, read_access(), PASSWORDS).strangers == ()


async def test_a_new_password_puts_the_old_one_out_of_use(secured: Secured) -> None:
    apply(secured.admin, read_access(), {**PASSWORDS, "agency-sso": "the next"})
    try:
        until_let_in(secured.of("agency-sso", "the next"))
        assert await read_one(secured.of("agency-sso", "the next"), "referrals.sso", "agency-sso.app") == b"{}"
        with pytest.raises(KafkaConnectionError):
            await read_one(secured.of("agency-sso"), "referrals.sso", "agency-sso.app")
    finally:
        apply(secured.admin, read_access(), PASSWORDS)


def test_nothing_that_the_broker_keeps_in_clear_is_readable_by_others(secured: Secured) -> None:
    home = secured.node.home
    for file in (path for path in home.iterdir() if path.is_file()):
        if file.name not in (CA, "kafka.log"):
            assert file.stat().st_mode & 0o077 == 0, file
    assert secured.admin_password not in (home / "kafka.log").read_text()
    assert not (home / "format-arguments").exists()
