"""What makes a broker start in one second instead of two, made once per Java and Kafka: a formatted storage to copy, and an
archive of loaded classes (AppCDS)."""

import shutil
import signal
import subprocess
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.local.cache import locked
from deploy.local.failures import StackError
from deploy.local.kafka import READY_SECONDS, STOP_SECONDS, KafkaNode, answers
from deploy.local.kafka_jars import Jars, find_jars
from deploy.local.kafka_security import NodeSecurity
from deploy.local.ports import free_ports
from deploy.local.processes import Running
from deploy.local.say import step
from deploy.local.waiting import wait_until
from shared.broker import Broker


def install() -> Jars:
    """Jars, a formatted storage to copy and an archive of loaded classes: all made once. Without the last two it is slower."""
    jars = find_jars()
    if not jars.prepared.exists():
        with locked(jars.home):
            if not jars.prepared.exists():
                _make_once(jars)
    return jars


def _make_once(jars: Jars) -> None:
    with step("preparing Kafka's quick start (once)"), TemporaryDirectory(prefix="songtor-kafka-") as scratch:
        port, controller_port = free_ports(2)
        open_node = KafkaNode(Path(scratch) / "open", port, controller_port, jars)
        # A broker with users and TLS loads what one without loads, and more.
        security = NodeSecurity("sasl_ssl", token_urlsafe())
        secured = KafkaNode(Path(scratch) / "secured", port, controller_port, jars, security)
        shutil.rmtree(jars.formatted, ignore_errors=True)
        try:
            open_node.prepare()
            shutil.copytree(open_node.home / "data", jars.formatted)
            secured.prepare()
            _record_classes(secured, jars.archive)
        except (StackError, OSError, KafkaException, subprocess.SubprocessError):
            jars.archive.unlink(missing_ok=True)
    jars.prepared.touch()


def _record_classes(node: KafkaNode, archive: Path) -> None:
    """A broker that made a topic and served a group has loaded what every start needs; it writes that down when it ends."""
    part = archive.with_suffix(".part")
    options = [f"-XX:ArchiveClassesAtExit={part}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    running = Running(node.command(*options), node.home / "kafka.log", env=node.environment)
    try:
        if wait_until(lambda: answers(node.broker), READY_SECONDS):
            _use(node.broker)
    finally:
        running.end(signal.SIGTERM, STOP_SECONDS)
    part.replace(archive)


def _use(broker: Broker) -> None:
    settings = broker.for_confluent()
    admin = AdminClient(settings)
    for made in admin.create_topics([NewTopic("first", num_partitions=2, replication_factor=1)]).values():
        made.result(10)
    producer = Producer(settings | {"enable.idempotence": True})
    producer.produce("first", value=b"1", key=b"1")
    producer.flush(10)
    consumer = Consumer(settings | {"group.id": "first", "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe(["first"])
        consumer.poll(10)
    finally:
        consumer.close()
